"""Leases: a worker that has not renewed its own, by the database's clock, is taken for dead, and its replies with it.

Servers of the version before renew a lease of each reply, `messages.lease_until`, which is null for our own replies.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from gql_chat.chats.models import Message, MessageStatus
from gql_chat.chats.pieces import Piece, complete, recovered_text
from gql_chat.infra import clock
from gql_chat.infra.db.combining import padded, places
from gql_chat.infra.db.database import (
    database_now,
    dialect,
    execute,
    fetch_all,
    fetch_models,
    fetch_reserved,
    limit_lock_waits,
)
from gql_chat.usage.ledger import LOCK_SESSION

LEASE = timedelta(seconds=10)  # after which a worker that has not renewed it is taken for dead
KEPT_AFTER_DEATH = timedelta(days=1)  # for rows of dead workers; a reply of a worker without a row is dead as well
MAX_LISTED = 100  # replies of dead workers at once
LOCK_SECONDS = 0.2  # for which a reaper waits for a row

RENEW = """
INSERT INTO workers (id, renewed_at, lease_until) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET renewed_at = excluded.renewed_at, lease_until = excluded.lease_until
"""
RENEW_BY_SERVER_CLOCK = """
INSERT INTO workers (id, renewed_at, lease_until)
    SELECT $1, server.now, server.now + $2::interval FROM (SELECT clock_timestamp() AS now) AS server
ON CONFLICT (id) DO UPDATE SET renewed_at = excluded.renewed_at, lease_until = excluded.lease_until
RETURNING renewed_at
"""
END = "DELETE FROM workers WHERE id = $1"
END_FUTURE = "UPDATE workers SET renewed_at = $1, lease_until = $1 WHERE renewed_at > $2"
DELETE_OLD = "DELETE FROM workers WHERE lease_until < $1"
DEAD = """
LEFT JOIN workers ON workers.id = messages.worker_id
WHERE messages.status = 'STREAMING' AND
    CASE WHEN messages.lease_until IS NULL THEN workers.lease_until IS NULL OR workers.lease_until < $1
    ELSE messages.lease_until < $1 END
"""
# Replies with an open call, which are few: no index has those that are being written. PostgreSQL would read the whole
# table for some thousands of them, or if it remembers so many; OFFSET 0 has it look up each.
UNDER_WAY = {
    "sqlite": "(SELECT * FROM messages WHERE id IN (SELECT message_id FROM open_calls WHERE {which})) AS messages",
    "postgres": """(
    SELECT messages.* FROM (SELECT DISTINCT message_id FROM open_calls WHERE {which}) AS open
    CROSS JOIN LATERAL (SELECT * FROM messages WHERE id = open.message_id OFFSET 0) AS messages OFFSET 0
) AS messages""",
}
SELECT_DEAD = f"""
SELECT messages.id, messages.worker_id FROM {{under_way}} {DEAD} ORDER BY messages.id LIMIT {MAX_LISTED}
"""  # noqa: S608
SELECT_STREAMING = "SELECT id, session_id FROM {under_way} WHERE status = 'STREAMING'"
SELECT_OWN = "SELECT id FROM {under_way} WHERE status = 'STREAMING' AND worker_id = $1"
SELECT_DEAD_AMONG = f"SELECT messages.id, messages.worker_id FROM messages {DEAD} AND messages.id IN {{ids}}"  # noqa: S608
FIND_DEAD = f"SELECT messages.* FROM messages {DEAD} AND messages.id = $2"  # noqa: S608
LOCK_REPLY = "SELECT id FROM messages WHERE id = $1 FOR NO KEY UPDATE"
SELECT_WORKER = "SELECT renewed_at, lease_until FROM workers WHERE id = $1"


class LeaseRenewed(Exception):
    """The worker has renewed its lease."""


async def renew_lease(worker_id: str, lease: timedelta) -> datetime:
    """Renew the worker's lease, or begin it, and return the database's time."""
    if dialect() == "sqlite":
        now = clock.now()
        await execute(RENEW, worker_id, now, now + lease)
        return now
    [row] = await fetch_reserved(RENEW_BY_SERVER_CLOCK, worker_id, lease)
    renewed_at: datetime = row["renewed_at"]
    return renewed_at


async def end_lease(worker_id: str) -> None:
    """End the worker's lease. Replies that it has not settled are those of a dead worker from now on."""
    await execute(END, worker_id)


async def end_future_leases(now: datetime, lease: timedelta) -> None:
    """Let the leases that were renewed more than a lease after this time have run out that long ago."""
    await execute(END_FUTURE, now - lease, now + lease)


async def delete_old_leases() -> int:
    """Delete the leases of workers that have long been dead, and return how many there were."""
    return await execute(DELETE_OLD, await database_now() - KEPT_AFTER_DEATH)


async def list_held(worker_id: str, message_ids: Sequence[str]) -> Mapping[str, bool]:
    """Return the replies that are still this worker's, each with whether it is to be stopped."""
    held = Message.filter(worker_id=worker_id, status=MessageStatus.STREAMING, id__in=padded(message_ids))
    return {row_id: stop is not None for row_id, stop in await held.values_list("id", "stop_requested_at")}


async def list_own(worker_id: str) -> list[str]:
    """Return the ids of the replies that are this worker's by the database."""
    select = SELECT_OWN.format(under_way=UNDER_WAY[dialect()].format(which="worker_id = $1"))
    return [row["id"] for row in await fetch_all(select, worker_id)]


async def release(worker_id: str, message_ids: Sequence[str]) -> None:
    """Make these replies no worker's, if they are still this worker's: they are dead to any reaper."""
    own = Message.filter(worker_id=worker_id, status=MessageStatus.STREAMING, id__in=padded(message_ids))
    await own.update(worker_id=None)


async def list_streaming(user_id: str, session_ids: Sequence[str] | None) -> list[str]:
    """Return the ids of the replies being written in these sessions, None for all of the user's."""
    select = SELECT_STREAMING.format(under_way=UNDER_WAY[dialect()].format(which="user_id = $1"))
    rows = await fetch_all(select, user_id)
    return [row["id"] for row in rows if session_ids is None or row["session_id"] in session_ids]


async def list_dead(now: datetime, *, after: str = "") -> dict[str, str]:
    """Return the replies whose workers are dead and the ids of these, in order, those after this reply.

    They are MAX_LISTED at the most. Each has an open call.
    """
    select = SELECT_DEAD.format(under_way=UNDER_WAY[dialect()].format(which="message_id > $2"))
    return {row["id"]: row["worker_id"] or "" for row in await fetch_all(select, now, after)}


async def list_dead_among(message_ids: Sequence[str], now: datetime) -> dict[str, str]:
    """Return those of these replies whose workers are dead, with the ids of these. They need no open call."""
    ids = padded(message_ids)
    select = SELECT_DEAD_AMONG.format(ids=places(2, len(ids)))
    return {row["id"]: row["worker_id"] or "" for row in await fetch_all(select, now, *ids)}


async def find_dead(message_id: str, now: datetime, recovered: Sequence[Piece]) -> Message | None:
    """Return a reply of a dead worker with its pieces, continued by those recovered; None if it is not one."""
    message = next(iter(await fetch_models(Message, FIND_DEAD, now, message_id)), None)
    if message is not None:
        await complete([message])
        message.text = recovered_text(message.text, [(piece.text_at, piece.text) for piece in recovered])
        reasonings = [(piece.reasoning_at, piece.reasoning) for piece in recovered]
        message.reasoning = recovered_text(message.reasoning or "", reasonings)
    return message


async def was_dead(worker_id: str | None, moment: datetime) -> bool:
    """Return whether the worker's lease had run out at this time of the database's clock, or is not known any more."""
    return all(worker["lease_until"] < moment for worker in await fetch_all(SELECT_WORKER, worker_id))


async def lock_dead(message: Message, now: datetime, lease: timedelta) -> datetime:
    """Lock this reply and its dead worker's lease until the transaction ends, and return when that was last renewed.

    A worker that is alive after all may have stored pieces since the reply was found: add them. It can store no more.
    The transaction waits for no lock longer than LOCK_SECONDS: TransactionConflict. Raises LeaseRenewed.
    """
    await limit_lock_waits(LOCK_SECONDS)
    renewed_at = await _lock_lease(message, now, lease)
    if dialect() == "postgres":
        await fetch_all(LOCK_SESSION, message.session_id)  # first: see `close_call`
        await fetch_all(LOCK_REPLY, message.id)
    await complete([message])
    return renewed_at


async def _lock_lease(message: Message, now: datetime, lease: timedelta) -> datetime:
    if message.lease_until is not None:
        return message.lease_until - lease
    select = SELECT_WORKER if dialect() == "sqlite" else f"{SELECT_WORKER} FOR UPDATE"
    for worker in await fetch_all(select, message.worker_id):
        if worker["lease_until"] >= now:
            raise LeaseRenewed
        renewed_at: datetime = worker["renewed_at"]
        return renewed_at
    return now
