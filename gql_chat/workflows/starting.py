"""How every reply starts: once for an idempotency key, stored first, then written, whoever watches."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from tortoise.exceptions import IntegrityError

from gql_chat.changes import changelog
from gql_chat.changes.models import ChangeKind
from gql_chat.chats import claims, sessions
from gql_chat.chats.branches import Writer
from gql_chat.chats.models import ChatSession, Message
from gql_chat.errors import BadUserInput, Conflict, QuotaExceeded, Unavailable
from gql_chat.files.catalog import mark_processed
from gql_chat.generation.accounting import About, new_call
from gql_chat.generation.job import ReplyJob
from gql_chat.generation.prompting.prompt import Prompt
from gql_chat.generation.provider.llm import Endpoint
from gql_chat.keys.keyring import get_key, list_keys, mark_used
from gql_chat.personas.catalog import PersonaCatalog
from gql_chat.personas.parsing import Persona
from gql_chat.usage.ledger import open_call
from gql_chat.usage.models import CallPurpose
from gql_chat.usage.quotas import require_group_quota, require_user_quotas
from gql_chat.usage.tokens import Usage
from gql_chat.users.accounts import find_default_persona
from gql_chat.workflows.key_choice import Choice, choose_key
from gql_chat.workflows.service import Generation


@dataclass(frozen=True, slots=True)
class Sent:
    """A stored exchange; its reply may be being written still."""

    session: ChatSession
    user_message: Message
    reply: Message


@dataclass(frozen=True, slots=True)
class Once:
    """The idempotency key that the user gave, None for none, with the hash of all that was asked under it."""

    idempotency_key: str | None
    hashed: str


Store: TypeAlias = Callable[[], Awaitable[tuple[Sent, ReplyJob]]]


async def start_once(user_id: str, once: Once, store: Store, *, generation: Generation) -> Sent:
    """Store an exchange and start its reply, or return the one that the idempotency key stands for already.

    Raises Unavailable, what `store` raises, and Conflict for an idempotency key of another payload.
    """
    first = await _find_first_answer(user_id, once)
    if first is not None:
        return first
    if generation.runner.draining:
        raise Unavailable("This server is shutting down; send it again.")
    try:
        sent, job = await store()
    except (IntegrityError, Conflict, BadUserInput, QuotaExceeded):
        # Of parallel sends under one idempotency key the first is stored, and its answer is everybody's.
        first = await _find_first_answer(user_id, once)
        if first is None:
            raise
        return first
    generation.runner.start(job)
    return sent


async def record(
    user_id: str,
    once: Once,
    choice: Choice,
    sent: Sent,
    endpoint: Endpoint,
    prompt: Prompt,
    *,
    generation: Generation,
) -> ReplyJob:
    """Claim the idempotency key, open the call, note what is used and what changed; the reply that is to be written.

    To be called last in the transaction that stores the exchange. Raises QuotaExceeded.
    """
    if once.idempotency_key is not None:
        await claims.claim(user_id, once.idempotency_key, once.hashed, sent.user_message, sent.reply)
    reply = sent.reply
    text, reasoning = reply.text, reply.reasoning or ""
    about = About(user_id, CallPurpose.REPLY, choice.key, sent.session.id, reply.id)
    call = new_call(about, endpoint, prompt.messages, generation.ledger, text_before=text, reasoning_before=reasoning)
    await require_group_quota(call)
    if choice.key is not None:
        await mark_used(choice.key.id)
    await require_user_quotas(call, generation.quotas)
    await open_call(call)
    # The reply may be another one to what was said before, or one that goes on.
    is_said_now = sent.user_message.created_at == sent.session.updated_at
    added = [sent.user_message.id, sent.reply.id] if is_said_now else [sent.reply.id]
    happened = [(ChangeKind.MESSAGE_ADDED, [message_id]) for message_id in added]
    happened += [(ChangeKind.FILE_CHANGED, [file_id]) for file_id in await mark_processed(prompt.file_ids)]
    await changelog.record(user_id, (ChangeKind.SESSION_CHANGED, [sent.session.id]), *happened)
    return ReplyJob(reply.id, call, endpoint, prompt.messages, text, reasoning, Usage.of(reply))


def writer_of(choice: Choice, generation: Generation) -> Writer:
    """By what the reply will be written."""
    runner = generation.runner
    return Writer(choice.key.id if choice.key else None, choice.model, runner.worker_id, runner.lease)


async def choose(
    user_id: str, session: ChatSession | None, *, key_id: str | None, model: str | None, generation: Generation
) -> Choice:
    """The key and model that the user names, or else what fits. Raises NotFound, KeyRequired."""
    if key_id is not None:
        key = await get_key(user_id, key_id)
        return Choice(key, model or key.model)
    return choose_key(session, await list_keys(user_id), model=model, server_key=generation.server_key)


async def persona_of(user_id: str, session_persona: str | None, personas: PersonaCatalog) -> Persona:
    """The session's persona, else the user's default, else the first; one that left the file counts as none."""
    if session_persona is not None and personas.find(session_persona):
        return personas.get(session_persona)
    return personas.pick(await find_default_persona(user_id))


async def _find_first_answer(user_id: str, once: Once) -> Sent | None:
    if once.idempotency_key is None:
        return None
    claimed = await claims.find_claimed(user_id, once.idempotency_key, once.hashed)
    if claimed is None:
        return None
    said, reply = claimed
    session = await sessions.find_session(user_id, reply.session_id)  # None: deleted just now, and the claim with it
    return Sent(session, said, reply) if session else None
