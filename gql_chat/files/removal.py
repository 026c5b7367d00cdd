"""Deletion of files: their rows at once, the objects in the store later, with as many tries as it takes."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from gql_chat.changes import changelog
from gql_chat.changes.models import ChangeKind
from gql_chat.errors import NotFound, Unavailable
from gql_chat.files.catalog import get_files
from gql_chat.files.models import File, FileStatus, PendingDeletion
from gql_chat.files.names import PART
from gql_chat.infra import clock
from gql_chat.infra.db.combining import padded
from gql_chat.infra.db.database import execute, transaction
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.infra.storage.object_store import ObjectStore

BATCH = 100  # rows of one query
CONCURRENT_DELETIONS = 8  # in the store
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=6)  # before another try; each doubles the last
SCHEDULE = """
INSERT INTO pending_deletions (object_key, attempts, next_try_at) VALUES ($1, 0, $2) ON CONFLICT (object_key) DO NOTHING
"""

log = structlog.get_logger(__name__)


@repeated_on_conflict
async def delete_files(user_id: str, file_ids: Sequence[str]) -> list[str]:
    """Delete files, all or none; messages that name them stay, without them. Raise NotFound."""
    wanted = list(dict.fromkeys(file_ids))
    async with transaction():
        files = await get_files(user_id, wanted)
        if await File.filter(id__in=padded(wanted), user_id=user_id).delete() != len(files):
            raise NotFound("One of these files does not exist. None was deleted.")
        await changelog.record(user_id, (ChangeKind.FILES_DELETED, wanted))
    return wanted


async def schedule_deletion(object_key: str, at: datetime) -> None:
    """Schedule the deletion of an object. The trigger on `files` does this when a row is deleted."""
    await execute(SCHEDULE, object_key, at)


async def delete_abandoned() -> None:
    """Delete the files that were not completed in time."""
    overdue = File.filter(status=FileStatus.PENDING, expires_at__lte=clock.now())
    while rows := await overdue.limit(BATCH).values_list("id", "user_id"):
        for user_id in sorted({str(row[1]) for row in rows}):
            mine = [str(row[0]) for row in rows if row[1] == user_id]
            async with transaction():
                gone = File.filter(id__in=padded(mine), status=FileStatus.PENDING)
                ids = [file.id for file in await gone.select_for_update().only("id")]  # values_list would not lock
                await gone.delete()
                await changelog.record(user_id, (ChangeKind.FILES_DELETED, ids))


async def delete_pending_objects(store: ObjectStore) -> None:
    """Delete the objects that are due, and what a client may have put beside them.

    Stop at the first failure of the store, until the next call. Several processes may do this at once.
    """
    while due := await PendingDeletion.filter(next_try_at__lte=clock.now()).order_by("next_try_at").limit(BATCH):
        for start in range(0, len(due), CONCURRENT_DELETIONS):
            if not all(
                await asyncio.gather(*(_delete(one, store) for one in due[start : start + CONCURRENT_DELETIONS]))
            ):
                return


async def _delete(pending: PendingDeletion, store: ObjectStore) -> bool:
    try:
        await store.delete(pending.object_key)
        await store.delete(pending.object_key + PART)
    except Unavailable:
        pause = min(FIRST_PAUSE * 2 ** min(pending.attempts, 20), LONGEST_PAUSE)
        next_try = {"attempts": pending.attempts + 1, "next_try_at": clock.now() + pause}
        await PendingDeletion.filter(id=pending.id).update(**next_try)
        return False
    await PendingDeletion.filter(id=pending.id).delete()
    return True
