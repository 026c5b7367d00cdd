"""Files go: their rows at once, the objects in the store after them, as often as it takes."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from gql_chat.changes import changelog
from gql_chat.changes.models import ChangeKind
from gql_chat.errors import NotFound, Unavailable
from gql_chat.files.catalog import get_files
from gql_chat.files.models import DoomedObject, File, FileStatus
from gql_chat.files.names import PART
from gql_chat.infra import clock
from gql_chat.infra.db.database import execute, transaction
from gql_chat.infra.storage.object_store import ObjectStore

BATCH = 100  # rows of one look
AT_ONCE = 8  # objects that are being removed
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=6)  # before another try; each doubles the last
DOOM = """
INSERT INTO doomed_objects (object_key, attempts, next_try_at) VALUES ($1, 0, $2) ON CONFLICT (object_key) DO NOTHING
"""

log = structlog.get_logger(__name__)


async def delete_files(user_id: str, file_ids: Sequence[str]) -> list[str]:
    """Delete files, all or none; messages that name them go on without. Raises NotFound."""
    wanted = list(dict.fromkeys(file_ids))
    async with transaction():
        files = await get_files(user_id, wanted)
        if await File.filter(id__in=wanted, user_id=user_id).delete() != len(files):
            raise NotFound("There is no such file among these; none was deleted.")
        await changelog.record(user_id, (ChangeKind.FILES_DELETED, wanted))
    return wanted


async def doom(object_key: str, at: datetime) -> None:
    """Let the object be removed from then on; the trigger on `files` does this for a row that goes."""
    await execute(DOOM, object_key, at)


async def delete_abandoned() -> None:
    """Delete files that nobody completed in time."""
    overdue = File.filter(status=FileStatus.PENDING, expires_at__lte=clock.now())
    while rows := await overdue.limit(BATCH).values_list("id", "user_id"):
        for user_id in sorted({str(row[1]) for row in rows}):
            mine = [str(row[0]) for row in rows if row[1] == user_id]
            async with transaction():
                gone = File.filter(id__in=mine, status=FileStatus.PENDING)
                ids = [str(file_id) for file_id in await gone.select_for_update().values_list("id", flat=True)]
                await gone.delete()
                await changelog.record(user_id, (ChangeKind.FILES_DELETED, ids))


async def remove_doomed(store: ObjectStore) -> None:
    """Remove the objects that are due, and what a client may have put beside them.

    A store that is down is left in peace until the next time. Several processes may do so at once.
    """
    while due := await DoomedObject.filter(next_try_at__lte=clock.now()).order_by("next_try_at").limit(BATCH):
        for start in range(0, len(due), AT_ONCE):
            if not all(await asyncio.gather(*(_remove(one, store) for one in due[start : start + AT_ONCE]))):
                return


async def _remove(doomed: DoomedObject, store: ObjectStore) -> bool:
    try:
        await store.delete(doomed.object_key)
        await store.delete(doomed.object_key + PART)
    except Unavailable:
        pause = min(FIRST_PAUSE * 2 ** min(doomed.attempts, 20), LONGEST_PAUSE)
        next_try = {"attempts": doomed.attempts + 1, "next_try_at": clock.now() + pause}
        await DoomedObject.filter(id=doomed.id).update(**next_try)
        return False
    await DoomedObject.filter(id=doomed.id).delete()
    return True
