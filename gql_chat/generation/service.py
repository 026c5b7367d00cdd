"""What a user can do with replies: send a message, watch, stop; and delete what may still be being written."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tortoise.exceptions import IntegrityError

from gql_chat.chats import claims, messages, sessions
from gql_chat.chats.models import ChatSession, Message, MessageStatus, SessionStatus
from gql_chat.errors import BadUserInput, Conflict, NotFound, Unavailable
from gql_chat.generation.broker import Broker
from gql_chat.generation.endpoints import Choice, ServerKey, choose_key, endpoint_of
from gql_chat.generation.growing import Delta, GrowingReply, Position, TakeNow
from gql_chat.generation.prompt import PromptBudget, build_prompt
from gql_chat.generation.runner import ReplyJob, Runner
from gql_chat.infra.crypto import SecretBox
from gql_chat.infra.db import transaction
from gql_chat.keys.keyring import get_key, list_keys, mark_used
from gql_chat.keys.parameters import checked_parameters
from gql_chat.personas.catalog import PersonaCatalog
from gql_chat.personas.parsing import Persona
from gql_chat.users.accounts import find_default_persona

TEXT_MAX_LENGTH = 200_000  # characters of one message
MAX_ATTACHMENTS = 20
URL_MAX_LENGTH = 2048
FOLLOW_SECONDS = 0.5  # between looks at the snapshots of a reply that another process writes, or wrote


@dataclass(frozen=True, slots=True)
class Generation:
    """What the verbs here need, made once at start."""

    runner: Runner
    broker: Broker
    personas: PersonaCatalog
    box: SecretBox
    server_key: ServerKey | None
    budget: PromptBudget


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to send; `attachments` are {"type": ContentType, "url": …}; `parameters` in snake_case."""

    text: str
    session_id: str | None = None
    attachments: Sequence[Mapping[str, Any]] = ()
    key_id: str | None = None
    model: str | None = None
    persona: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    parent_id: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A stored exchange; its reply may be being written still."""

    session: ChatSession
    user_message: Message
    reply: Message


async def send_message(user_id: str, draft: Draft, *, generation: Generation) -> Sent:
    """Store the message, start its reply and return; the reply goes on whoever watches.

    Raises BadUserInput, NotFound, KeyRequired, Unavailable, and Conflict for a stale parent, a reply that is still
    being written, or an idempotency key of another payload.
    """
    draft = _checked(draft, generation.personas)
    hashed = claims.payload_hash(asdict(draft))
    if draft.idempotency_key is not None:
        first = await _find_first_answer(user_id, draft.idempotency_key, hashed)
        if first is not None:
            return first
    if generation.runner.draining:
        raise Unavailable("This server is shutting down; send it again.")
    try:
        sent, job = await _store(user_id, draft, hashed, generation)
    except (IntegrityError, Conflict):
        # Of parallel sends under one idempotency key the first is stored, and its answer is everybody's.
        first = await _find_first_answer(user_id, draft.idempotency_key, hashed) if draft.idempotency_key else None
        if first is None:
            raise
        return first
    generation.runner.start(job)
    return sent


async def wait_for_reply(user_id: str, sent: Sent, *, generation: Generation) -> Sent:
    """The same exchange once its reply has settled."""
    reply = await _settled(user_id, sent.reply.id, generation)
    return Sent(await sessions.get_session(user_id, sent.session.id), sent.user_message, reply)


async def watch_reply(
    user_id: str, message_id: str, position: Position, *, generation: Generation, take_now: TakeNow | None = None
) -> AsyncGenerator[Delta | Message, None]:
    """Deltas from the position on, then the settled message, always the last. Never starts or cancels anything.

    `take_now` may take deltas before they are given here, in the very call that appends them. Raises NotFound, also
    when the reply is deleted under the watch.
    """
    message = await messages.get_message(user_id, message_id)
    while True:
        if message.status == MessageStatus.STREAMING:
            async with aclosing(generation.broker.watch(message_id, position, take_now)) as deltas:
                async for delta in deltas:
                    yield delta
            message = await messages.get_message(user_id, message_id)
        stored = GrowingReply(message_id, text=message.text, reasoning=message.reasoning or "")
        if message.status != MessageStatus.STREAMING:
            for delta in [*stored.corrections(position), *stored.missing(position)]:
                yield delta
            yield message
            return
        for delta in stored.missing(position):
            yield delta
        # Its writer is another process, or dead: the snapshots tell how far it is until it settles or is reaped.
        await asyncio.sleep(FOLLOW_SECONDS)


async def stop_reply(user_id: str, message_id: str, *, generation: Generation) -> Message:
    """Stop a reply, before its first token too, and return it settled; one that has ended is returned as it is."""
    message = await messages.get_message(user_id, message_id)
    if message.status != MessageStatus.STREAMING:
        return message
    await generation.runner.stop(message_id)
    return await _settled(user_id, message_id, generation)


async def stop_replies(user_id: str, session_ids: Sequence[str] | None, *, generation: Generation) -> None:
    """Stop everything that is being written in the sessions, None for all of the user's; return when it has settled."""
    for message_id in await messages.list_streaming(user_id, session_ids):
        try:
            await stop_reply(user_id, message_id, generation=generation)
        except NotFound:
            continue  # deleted meanwhile, from another device


async def delete_sessions(user_id: str, session_ids: Sequence[str], *, generation: Generation) -> list[str]:
    """Stop what is being written in the sessions, then delete them, all or none. Raises NotFound."""
    for session_id in session_ids:
        await sessions.get_session(user_id, session_id)
    await stop_replies(user_id, session_ids, generation=generation)
    return await sessions.delete_sessions(user_id, session_ids)


async def delete_all_sessions(user_id: str, *, generation: Generation) -> int:
    """Stop and delete everything; how many sessions there were."""
    await stop_replies(user_id, None, generation=generation)
    return await sessions.delete_all_sessions(user_id)


async def delete_messages(user_id: str, session_id: str, *, generation: Generation) -> int:
    """Stop and delete all messages of a session, which stays; how many there were. Raises NotFound."""
    await sessions.get_session(user_id, session_id)
    await stop_replies(user_id, [session_id], generation=generation)
    return await messages.delete_messages(user_id, session_id)


async def persona_of(user_id: str, session_persona: str | None, personas: PersonaCatalog) -> Persona:
    """The session's persona, else the user's default, else the first; one that left the file counts as none."""
    if session_persona is not None and personas.find(session_persona):
        return personas.get(session_persona)
    return personas.pick(await find_default_persona(user_id))


async def _store(user_id: str, draft: Draft, hashed: str, generation: Generation) -> tuple[Sent, ReplyJob]:
    session = await sessions.get_session(user_id, draft.session_id) if draft.session_id else None
    choice = await _choose(user_id, session, draft, generation)
    endpoint = endpoint_of(choice, draft.parameters, box=generation.box, server_key=generation.server_key)
    async with transaction():
        session = await _open_session(user_id, draft)
        history = await messages.list_newest(session.id, generation.budget.max_messages) if session.head_id else []
        head = history[-1] if history else None
        messages.require_open_end(session, head, draft.parent_id)
        said, reply = await messages.append_exchange(session, head, _exchange(draft, choice, generation))
        if draft.idempotency_key is not None:
            await claims.claim(user_id, draft.idempotency_key, hashed, said, reply)
        if choice.key is not None:
            await mark_used(choice.key.id)
    persona = await persona_of(user_id, session.persona, generation.personas)
    prompt = build_prompt(persona.content, history, said, generation.budget)
    return Sent(session, said, reply), ReplyJob(reply.id, endpoint, prompt)


async def _choose(user_id: str, session: ChatSession | None, draft: Draft, generation: Generation) -> Choice:
    if draft.key_id is not None:
        key = await get_key(user_id, draft.key_id)
        return Choice(key, draft.model or key.model)
    return choose_key(session, await list_keys(user_id), model=draft.model, server_key=generation.server_key)


async def _open_session(user_id: str, draft: Draft) -> ChatSession:
    if draft.session_id is None:
        return await sessions.create_session(user_id, sessions.SessionDraft(persona=draft.persona))
    session = await sessions.lock_session(user_id, draft.session_id)
    if session.status == SessionStatus.ENDED:
        raise Conflict("This session has ended; set its status to ACTIVE first.", field="input.sessionId")
    session.persona = draft.persona or session.persona
    return session


def _exchange(draft: Draft, choice: Choice, generation: Generation) -> messages.Exchange:
    key_id = choice.key.id if choice.key else None
    return messages.Exchange(draft.text, draft.attachments, key_id, choice.model, generation.runner.worker_id)


def _checked(draft: Draft, personas: PersonaCatalog) -> Draft:
    text = draft.text.replace("\0", "")  # PostgreSQL refuses NUL
    if not text.strip() and not draft.attachments:
        raise BadUserInput("A message needs some text or an attachment.", field="input.text")
    if len(text) > TEXT_MAX_LENGTH:
        raise BadUserInput(f"A message has at most {TEXT_MAX_LENGTH} characters.", field="input.text")
    if len(draft.attachments) > MAX_ATTACHMENTS:
        raise BadUserInput(f"A message has at most {MAX_ATTACHMENTS} attachments.", field="input.attachments")
    for attachment in draft.attachments:
        _require_web_url(attachment["url"])
    if draft.parent_id is not None and draft.session_id is None:
        raise BadUserInput("A parent needs its session: give sessionId too.", field="input.sessionId")
    if draft.persona is not None:
        personas.get(draft.persona)
    parameters = checked_parameters(draft.parameters, field="input.parameters")
    model = sessions.checked_model(draft.model)
    return replace(draft, text=text, parameters=parameters, model=model)


def _require_web_url(url: str) -> None:
    # Passed on to the provider, never fetched here.
    if not url.startswith(("https://", "http://")) or len(url) > URL_MAX_LENGTH or not url.isprintable() or " " in url:
        raise BadUserInput("An attachment's address is an http(s) URL.", field="input.attachments")


async def _find_first_answer(user_id: str, idempotency_key: str, hashed: str) -> Sent | None:
    claimed = await claims.find_claimed(user_id, idempotency_key, hashed)
    if claimed is None:
        return None
    said, reply = claimed
    return Sent(await sessions.get_session(user_id, reply.session_id), said, reply)


async def _settled(user_id: str, message_id: str, generation: Generation) -> Message:
    await generation.runner.wait(message_id)
    while True:
        message = await messages.get_message(user_id, message_id)
        if message.status != MessageStatus.STREAMING:
            return message
        await asyncio.sleep(FOLLOW_SECONDS)  # its writer is another process, or dead and soon reaped
