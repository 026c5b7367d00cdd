"""Messages: read by their ids, and settled once by the worker that holds the reply."""

from collections.abc import Sequence
from copy import copy
from datetime import datetime
from typing import Any

import msgspec
import orjson
from tortoise.queryset import QuerySet

from gql_chat.changes import changelog
from gql_chat.changes.models import ChangeKind
from gql_chat.chats import pieces
from gql_chat.chats.models import Attachment, FinishReason, Message, MessageStatus
from gql_chat.chats.search_index import add_search_text
from gql_chat.errors import ProviderErrorCode, found
from gql_chat.infra import clock
from gql_chat.infra.db.combining import padded
from gql_chat.infra.db.database import fetch_all, fetch_models, require_last
from gql_chat.infra.db.quick import Quick
from gql_chat.infra.ids import is_id
from gql_chat.usage.tokens import Usage

# On the path of every message, where the ORM's own queries cost more than all the rest.
SELECT_OWN = Quick("""
SELECT messages.* FROM messages JOIN sessions ON sessions.id = messages.session_id
WHERE messages.id = $1 AND sessions.user_id = $2
""")
SETTLE = """
UPDATE messages SET
    status = $2, text = $3, reasoning = $4, finish_reason = $5, error_code = $6, error_message = $7,
    error_retry_after_seconds = $8, prompt_tokens = $9, completion_tokens = $10, total_tokens = $11,
    cached_tokens = $12, reasoning_tokens = $13, usage_source = $14, history_truncated = $15, finished_at = $16,
    attachments = coalesce($17, attachments), worker_id = NULL, lease_until = NULL, stop_requested_at = NULL
WHERE id = $1 AND status = 'STREAMING' AND {held}
RETURNING (SELECT user_id FROM sessions WHERE sessions.id = messages.session_id) AS user_id
"""
SETTLE_OWN = Quick(SETTLE.format(held="worker_id = $18"))
SETTLE_AS_FOUND = SETTLE.format(
    held="(worker_id = $18 OR worker_id IS NULL AND $18 IS NULL)"
    " AND (lease_until = $19 OR lease_until IS NULL AND $19 IS NULL)"
)


class Settlement(msgspec.Struct, frozen=True):
    """The end of a reply, with everything that had arrived."""

    status: MessageStatus
    text: str
    reasoning: str
    finish_reason: FinishReason | None = None
    error_code: ProviderErrorCode | None = None
    error_message: str | None = None
    error_retry_after_seconds: int | None = None
    usage: Usage | None = None
    history_truncated: bool = False
    attachments: Sequence[Attachment] = ()
    finished_at: datetime = msgspec.field(default_factory=clock.now)


async def find_message(user_id: str, message_id: str, *, is_whole: bool = True) -> Message | None:
    """Return the user's message with this id, None if there is none.

    If it need not be whole, a streaming reply may lack what it has grown by: that saves a statement.
    """
    if not is_id(message_id, "msg"):
        return None
    rows = await fetch_models(Message, SELECT_OWN, message_id, user_id)
    if is_whole:
        await pieces.complete(rows)
    return next(iter(rows), None)


async def load_messages(user_id: str, message_ids: Sequence[str]) -> dict[str, Message]:
    """Load the user's messages with these ids, as far as there are any."""
    well_formed = [message_id for message_id in message_ids if is_id(message_id, "msg")]
    rows = await Message.filter(id__in=padded(well_formed), session__user_id=user_id) if well_formed else []
    await pieces.complete(rows)
    return {row.id: row for row in rows}


async def get_message(user_id: str, message_id: str, *, is_whole: bool = True) -> Message:
    """Return the user's message with this id, as `find_message` does. Raises NotFound."""
    return found(await find_message(user_id, message_id, is_whole=is_whole), "message")


async def settle_reply(message_id: str, worker_id: str, settlement: Settlement) -> bool:
    """Store the end of a reply, once; return False if this worker no longer holds it.

    Settling a reply again as it was settled already returns True, because the first answer may have been lost. Call it
    in a transaction.
    """
    if await _settle(SETTLE_OWN, message_id, settlement, worker_id):
        return True
    return await Message.exists(id=message_id, status=settlement.status, text=settlement.text)


async def settle_own_reply(user_id: str, message_id: str, worker_id: str, settlement: Settlement) -> None:
    """Store the end of the user's reply, in a unit of work. It must be STREAMING, this worker's, and not searched."""
    await require_last(SETTLE_OWN, *_settled_columns(message_id, settlement), worker_id)
    await _report_settled(user_id, message_id, settlement, is_first=True)


def settled_row(row: Message, settlement: Settlement) -> Message:
    """Return the row of a reply as `settle_own_reply` has stored it."""
    columns = {
        "status": settlement.status,
        "text": settlement.text,
        "reasoning": settlement.reasoning or None,
        "finish_reason": settlement.finish_reason,
        "error_code": settlement.error_code,
        "error_message": settlement.error_message,
        "error_retry_after_seconds": settlement.error_retry_after_seconds,
        **_usage_columns(settlement.usage),
        "usage_source": settlement.usage.source if settlement.usage else None,
        "history_truncated": settlement.history_truncated,
        "finished_at": settlement.finished_at,
        "attachments": list(settlement.attachments) or row.attachments,
        "worker_id": None,
        "lease_until": None,
        "stop_requested_at": None,
    }
    settled = copy(row)
    settled.__dict__.update(columns)
    return settled


async def request_stop(message_id: str) -> None:
    """Ask the writer of a reply, on any worker, to stop; it checks at every heartbeat."""
    streaming = Message.filter(id=message_id, status=MessageStatus.STREAMING)
    await streaming.filter(stop_requested_at=None).update(stop_requested_at=clock.now())


async def settle_dead(message: Message, usage: Usage | None) -> bool:
    """Settle a reply whose writer is dead, as it was found, as INTERRUPTED. Call it in the transaction of `lock_dead`.

    Returns False if it was settled meanwhile, or a writer of an older version has renewed its lease.
    """
    settlement = Settlement(MessageStatus.INTERRUPTED, message.text, message.reasoning or "", usage=usage)
    return await _settle(SETTLE_AS_FOUND, message.id, settlement, message.worker_id, message.lease_until)


async def take_over_dead(
    message: Message, usage: Usage | None, *, worker_id: str, key_id: str | None, model: str
) -> bool:
    """Give a reply whose writer is dead, as it was found, to this worker: it goes on STREAMING.

    Call it in the transaction of `lock_dead`. Returns False in the cases in which `settle_dead` does.
    """
    as_found = _held_by(message.worker_id).filter(id=message.id, lease_until=message.lease_until)
    texts = {"text": message.text, "reasoning": message.reasoning or None}
    writer = {"worker_id": worker_id, "lease_until": None, "key_id": key_id, "model": model}
    return bool(await as_found.update(**texts, **writer, **_usage_columns(usage)))


def _held_by(worker_id: str | None) -> QuerySet[Message]:
    return Message.filter(worker_id=worker_id, status=MessageStatus.STREAMING)


async def _settle(settle: str, message_id: str, settlement: Settlement, *held_by: object) -> bool:
    rows = await fetch_all(settle, *_settled_columns(message_id, settlement), *held_by)
    for row in rows:
        await _report_settled(row["user_id"], message_id, settlement)
    return bool(rows)


async def _report_settled(user_id: str, message_id: str, settlement: Settlement, *, is_first: bool = False) -> None:
    await add_search_text(user_id, message_id, settlement.text, is_first=is_first)
    await changelog.record(user_id, (ChangeKind.REPLY_SETTLED, [message_id]))


def _settled_columns(message_id: str, settlement: Settlement) -> list[Any]:
    attachments = orjson.dumps(list(settlement.attachments)).decode() if settlement.attachments else None
    return [
        message_id,
        settlement.status.value,
        settlement.text,
        settlement.reasoning or None,
        settlement.finish_reason.value if settlement.finish_reason else None,
        settlement.error_code.value if settlement.error_code else None,
        settlement.error_message,
        settlement.error_retry_after_seconds,
        *_usage_columns(settlement.usage).values(),
        settlement.history_truncated,
        settlement.finished_at,
        attachments,
    ]


def _usage_columns(usage: Usage | None) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt_tokens if usage else None,
        "completion_tokens": usage.completion_tokens if usage else None,
        "total_tokens": usage.total_tokens if usage else None,
        "cached_tokens": usage.cached_tokens if usage else None,
        "reasoning_tokens": usage.reasoning_tokens if usage else None,
        "usage_source": usage.source.value if usage else None,
    }
