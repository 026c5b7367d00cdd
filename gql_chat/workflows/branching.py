"""Branching: a message is edited, a reply is regenerated, or a reply that broke off is continued."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from gql_chat.chats import branches, messages, paths, sessions
from gql_chat.chats.idempotency import Exchange, IdempotencyClaim
from gql_chat.chats.models import Attachment, ChatSession, FinishReason, Message, MessageRole, MessageStatus
from gql_chat.errors import BadUserInput, Conflict, ConflictReason, NotFound
from gql_chat.files.policy import UploadPolicy
from gql_chat.generation.job import ReplyJob
from gql_chat.generation.prompting.attaching import NewAttachment, attach
from gql_chat.generation.runner import Runner
from gql_chat.infra.db.database import in_turn, transaction
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.keys.parameters import checked_parameters
from gql_chat.workflows.sending import checked_text
from gql_chat.workflows.starting import ReplyStarter


@dataclass(frozen=True, slots=True)
class Edit:
    """The new content of a user's message; `attachments` None keeps the old ones. The rest is as in `sending.Draft`."""

    message_id: str
    text: str
    attachments: Sequence[NewAttachment] | None = None
    key_id: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    idempotency_key: str | None = None


async def edit_message(user_id: str, edit: Edit, *, starter: ReplyStarter, upload_policy: UploadPolicy) -> Exchange:
    """Store a sibling of the user's message, which ends the selected branch, and start its reply.

    Raises BadUserInput, NotFound, KeyRequired, RateLimited, Unavailable, and Conflict if the session has ended, its
    last reply is still being written, or the idempotency key was used for something else.
    """
    edit = replace(edit, parameters=checked_parameters(edit.parameters))
    async with IdempotencyClaim(user_id, edit.idempotency_key, ["editMessage", asdict(edit)]) as claim:
        if claim.first_answer is not None:
            return claim.first_answer
        await starter.require_send(user_id)
        edited = await messages.get_message(user_id, edit.message_id)
        if edited.role != MessageRole.USER:
            raise BadUserInput("Only a user's message can be edited.", field="message_id")
        session = await sessions.get_session(user_id, edited.session_id)
        attachments: Sequence[Attachment] = edited.attachments
        if edit.attachments is not None:
            attachments = await attach(user_id, session.id, edit.attachments, policy=upload_policy)
        content = branches.UserContent(checked_text(edit.text, attachments), attachments)
        route = await starter.router.get_route(user_id, session, key_id=edit.key_id, parameters=edit.parameters)
        budget = starter.budget_of(session, route)
        earlier = await paths.list_path(edited.parent_id, budget.max_messages)
        loaded = await starter.materials.load(attachments, earlier)

        @repeated_on_conflict
        async def store() -> tuple[Exchange, ReplyJob]:
            async with in_turn(user_id), transaction():
                locked, again = await branches.lock_branch(user_id, edit.message_id)
                place = branches.Place.beside(again)
                said, reply = await branches.append_exchange(locked, place, content, starter.assign_writer(route))
                exchange = Exchange(locked, said, reply)
                added = [said, reply]
                job = await starter.open_reply(claim, exchange, route, earlier, loaded, budget=budget, added=added)
            return exchange, job

        exchange, job = await store()
        starter.runner.start(job)
        return exchange
    await starter.limits.refund_send(user_id)
    return claim.answer


async def regenerate_reply(
    user_id: str, message_id: str, *, key_id: str | None, idempotency_key: str | None, starter: ReplyStarter
) -> Exchange:
    """Store a sibling of the reply, which ends the selected branch, and start it. Raises as `edit_message`."""
    async with IdempotencyClaim(user_id, idempotency_key, ["regenerateReply", message_id, key_id]) as claim:
        if claim.first_answer is not None:
            return claim.first_answer
        await starter.require_send(user_id)
        replaced = await _get_reply(user_id, message_id)
        session = await sessions.get_session(user_id, replaced.session_id)
        route = await starter.router.get_route(user_id, session, key_id=key_id)
        budget = starter.budget_of(session, route)
        said, earlier = await get_answered(replaced, budget.max_messages)
        loaded = await starter.materials.load(said.attachments, earlier)

        @repeated_on_conflict
        async def store() -> tuple[Exchange, ReplyJob]:
            async with in_turn(user_id), transaction():
                locked, _ = await branches.lock_branch(user_id, message_id)
                reply = await branches.append_reply(locked, said, starter.assign_writer(route))
                exchange = Exchange(locked, said, reply)
                job = await starter.open_reply(claim, exchange, route, earlier, loaded, budget=budget, added=[reply])
            return exchange, job

        exchange, job = await store()
        starter.runner.start(job)
        return exchange
    await starter.limits.refund_send(user_id)
    return claim.answer


async def continue_reply(
    user_id: str, message_id: str, *, idempotency_key: str | None, starter: ReplyStarter
) -> Exchange:
    """Go on writing a reply that was stopped, interrupted or cut for its length, and that ends its branch.

    Text, reasoning and usage go on from where they are. Raises as `edit_message`, and Conflict if something follows it.
    """
    async with IdempotencyClaim(user_id, idempotency_key, ["continueReply", message_id]) as claim:
        if claim.first_answer is not None:
            return claim.first_answer
        await starter.require_send(user_id)
        reply = await _get_reply(user_id, message_id)
        if reply.status != MessageStatus.STREAMING:  # a streaming reply is refused below, not waited for
            # The row may be settled a moment before its writer knows: the writer would go on if it streamed again.
            await starter.runner.wait(reply.id)
        session = await sessions.get_session(user_id, reply.session_id)
        route = await starter.router.get_route_again(user_id, session, reply)
        budget = starter.budget_of(session, route)
        said, earlier = await get_answered(reply, budget.max_messages)
        loaded = await starter.materials.load(said.attachments, earlier)

        @repeated_on_conflict
        async def store() -> tuple[Exchange, ReplyJob]:
            async with in_turn(user_id), transaction():
                locked, going_on = await branches.lock_branch(user_id, message_id)
                await _require_continuable(locked, going_on, starter.runner)
                locked.head_id = going_on.id
                await branches.reopen_reply(locked, going_on, starter.assign_writer(route))
                exchange = Exchange(locked, said, going_on)
                job = await starter.open_reply(claim, exchange, route, earlier, loaded, budget=budget, added=[going_on])
            return exchange, job

        exchange, job = await store()
        starter.runner.start(job)
        return exchange
    await starter.limits.refund_send(user_id)
    return claim.answer


async def _get_reply(user_id: str, message_id: str) -> Message:
    reply = await messages.get_message(user_id, message_id)
    if reply.role != MessageRole.ASSISTANT:
        raise BadUserInput("This message is not a reply.", field="message_id")
    return reply


async def get_answered(reply: Message, max_messages: int) -> tuple[Message, list[Message]]:
    """Return the user's message that the reply answers, and what precedes it, oldest first. None of it ever changes."""
    path = await paths.list_path(reply.parent_id, max_messages + 1)
    if not path:
        raise NotFound("There is no such message.")  # all were deleted a moment ago
    return path[-1], path[:-1]


async def _require_continuable(session: ChatSession, reply: Message, runner: Runner) -> None:
    if runner.writes(reply.id):  # again: another device continued it after our wait, and it was stopped
        raise branches.reply_streaming(session)
    if await paths.list_children(reply):
        message = "The chat has gone on after this reply."
        raise Conflict(message, reason=ConflictReason.BRANCH_GREW, head_id=session.head_id)
    is_cut = reply.status == MessageStatus.COMPLETED and reply.finish_reason == FinishReason.LENGTH
    if not is_cut and reply.status not in (MessageStatus.STOPPED, MessageStatus.INTERRUPTED):
        sentence = "Only a reply that was stopped, interrupted or cut for its length can be continued."
        raise BadUserInput(sentence, field="message_id")
