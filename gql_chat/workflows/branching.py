"""A chat takes another way: a message is edited, a reply written anew, or one that broke off goes on."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, TypeAlias

from gql_chat.chats import branches, claims, messages, sessions
from gql_chat.chats.branches import UserContent, Writer
from gql_chat.chats.models import Attachment, ChatSession, FinishReason, Message, MessageRole, MessageStatus
from gql_chat.errors import BadUserInput, Conflict, NotFound
from gql_chat.generation.job import ReplyJob
from gql_chat.generation.prompting.attaching import NewAttachment, attach
from gql_chat.generation.prompting.prompt import build_continuation
from gql_chat.generation.runner import Runner
from gql_chat.infra.db.database import transaction
from gql_chat.keys.keyring import list_keys
from gql_chat.keys.parameters import checked_parameters
from gql_chat.workflows.key_choice import Choice, choose_again, endpoint_of
from gql_chat.workflows.sending import checked_text
from gql_chat.workflows.service import Generation
from gql_chat.workflows.starting import Once, Sent, choose, persona_of, record, start_once, writer_of

Grow: TypeAlias = Callable[[ChatSession, Message, Writer], Awaitable[Sent]]
"""What is done to the locked session at a message of it."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A user's message in other words; `attachments` None: as they are. The rest is as in `sending.Draft`."""

    message_id: str
    text: str
    attachments: Sequence[NewAttachment] | None = None
    key_id: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    idempotency_key: str | None = None


async def edit_message(user_id: str, edit: Edit, *, generation: Generation) -> Sent:
    """A sibling of the user's message, with its own reply, which ends the selected branch.

    Raises BadUserInput, NotFound, KeyRequired, Unavailable, and Conflict if the session has ended, its last reply is
    still being written, or the idempotency key was used for something else.
    """
    edit = replace(edit, parameters=checked_parameters(edit.parameters))
    once = Once(edit.idempotency_key, claims.payload_hash(["editMessage", asdict(edit)]))
    store = partial(_edit, user_id, edit, once, generation)
    return await start_once(user_id, once, store, generation=generation)


async def regenerate_reply(
    user_id: str, message_id: str, *, key_id: str | None, idempotency_key: str | None, generation: Generation
) -> Sent:
    """A sibling of the reply, which ends the selected branch. Raises as `edit_message`."""
    hashed = claims.payload_hash(["regenerateReply", message_id, key_id])
    once = Once(idempotency_key, hashed)
    store = partial(_regenerate, user_id, message_id, key_id, once, generation)
    return await start_once(user_id, once, store, generation=generation)


async def continue_reply(user_id: str, message_id: str, *, idempotency_key: str | None, generation: Generation) -> Sent:
    """Go on writing a reply that was stopped, interrupted or cut for its length, and that ends its branch.

    Text, reasoning and usage go on from where they are. Raises as `edit_message`, and Conflict if something follows it.
    """
    once = Once(idempotency_key, claims.payload_hash(["continueReply", message_id]))
    store = partial(_continue, user_id, message_id, once, generation)
    return await start_once(user_id, once, store, generation=generation)


async def _edit(user_id: str, edit: Edit, once: Once, generation: Generation) -> tuple[Sent, ReplyJob]:
    edited = await messages.get_message(user_id, edit.message_id)
    if edited.role != MessageRole.USER:
        raise BadUserInput("Only what a user said can be edited.", field="message_id")
    session = await sessions.get_session(user_id, edited.session_id)
    attachments: Sequence[Attachment] = edited.attachments
    if edit.attachments is not None:
        attachments = await attach(user_id, session.id, edit.attachments, policy=generation.files.policy.current)
    words = UserContent(checked_text(edit.text, attachments), attachments)
    choice = await choose(user_id, session, key_id=edit.key_id, model=None, generation=generation)
    earlier = await messages.list_path(edited.parent_id, generation.budget.max_messages)
    turn = _Turn(edited.id, partial(_say_otherwise, words), attachments, earlier, edit.parameters)
    return await _store(user_id, turn, choice, once, generation)


async def _regenerate(
    user_id: str, message_id: str, key_id: str | None, once: Once, generation: Generation
) -> tuple[Sent, ReplyJob]:
    reply = await _get_reply(user_id, message_id)
    session = await sessions.get_session(user_id, reply.session_id)
    choice = await choose(user_id, session, key_id=key_id, model=None, generation=generation)
    return await _store(user_id, await _turn_at(reply, _reply_anew, generation), choice, once, generation)


async def _continue(user_id: str, message_id: str, once: Once, generation: Generation) -> tuple[Sent, ReplyJob]:
    reply = await _get_reply(user_id, message_id)
    if reply.status != MessageStatus.STREAMING:  # which is refused below, not waited for
        # Its row may be settled a moment before its writer knows, who would take it for its own if it streamed again.
        await generation.runner.wait(reply.id)
    session = await sessions.get_session(user_id, reply.session_id)
    choice = choose_again(session, reply, await list_keys(user_id), server_key=generation.server_key)
    turn = await _turn_at(reply, partial(_reopen, generation.runner), generation)
    return await _store(user_id, turn, choice, once, generation)


@dataclass(frozen=True, slots=True)
class _Turn:
    """Where a chat takes another way: at a message, with what is said there and what was said before, oldest first."""

    message_id: str
    grow: Grow
    attachments: Sequence[Attachment]
    earlier: Sequence[Message]
    parameters: Mapping[str, Any] = field(default_factory=dict)


async def _turn_at(reply: Message, grow: Grow, generation: Generation) -> _Turn:
    path = await messages.list_path(reply.parent_id, generation.budget.max_messages + 1)
    if not path:
        raise NotFound("There is no such message.")  # all were deleted a moment ago
    return _Turn(reply.id, grow, path[-1].attachments, path[:-1])


async def _store(
    user_id: str, turn: _Turn, choice: Choice, once: Once, generation: Generation
) -> tuple[Sent, ReplyJob]:
    endpoint = endpoint_of(choice, turn.parameters, box=generation.box, server_key=generation.server_key)
    materials = await generation.materials.load(turn.attachments, turn.earlier)
    async with transaction():
        session, message = await branches.lock_branch(user_id, turn.message_id)
        sent = await turn.grow(session, message, writer_of(choice, generation))
        said, reply = sent.user_message, sent.reply
        persona = await persona_of(user_id, session.persona, generation.personas)
        prompt = build_continuation(persona.content, turn.earlier, said, reply, generation.budget, materials)
        job = await record(user_id, once, choice, sent, endpoint, prompt, generation=generation)
    return sent, job


async def _say_otherwise(words: UserContent, session: ChatSession, edited: Message, writer: Writer) -> Sent:
    await branches.end_branch_with(session, edited.parent_id)
    return Sent(session, *await branches.append_exchange(session, edited.order, words, writer))


async def _reply_anew(session: ChatSession, reply: Message, writer: Writer) -> Sent:
    said = await Message.get(id=reply.parent_id)
    await branches.end_branch_with(session, said.id)
    return Sent(session, said, await branches.append_reply(session, said, writer))


async def _reopen(runner: Runner, session: ChatSession, reply: Message, writer: Writer) -> Sent:
    if runner.writes(reply.id):  # again: another device continued it after our wait, and somebody stopped it
        raise Conflict("The last reply is still being written; wait for it or stop it.", head_id=session.head_id)
    if await Message.exists(parent_id=reply.id):
        raise Conflict("The chat has gone on after this reply.", head_id=session.head_id)
    is_cut = reply.status == MessageStatus.COMPLETED and reply.finish_reason == FinishReason.LENGTH
    if not is_cut and reply.status not in (MessageStatus.STOPPED, MessageStatus.INTERRUPTED):
        sentence = "Only a reply that was stopped, interrupted or cut for its length can go on."
        raise BadUserInput(sentence, field="message_id")
    await branches.end_branch_with(session, reply.id)
    await branches.reopen_reply(session, reply, writer)
    return Sent(session, await Message.get(id=reply.parent_id), reply)


async def _get_reply(user_id: str, message_id: str) -> Message:
    reply = await messages.get_message(user_id, message_id)
    if reply.role != MessageRole.ASSISTANT:
        raise BadUserInput("This message is not a reply.", field="message_id")
    return reply
