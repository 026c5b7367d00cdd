"""Uploads of files into a session: announced by their owner, or together with their bytes."""

from collections.abc import Sequence

from gql_chat.changes import changelog
from gql_chat.changes.models import ChangeKind
from gql_chat.chats.branches import require_active
from gql_chat.chats.sessions import lock_session
from gql_chat.errors import BadUserInput
from gql_chat.files.completion import store_incoming
from gql_chat.files.dependencies import Files
from gql_chat.files.incoming import IncomingFile
from gql_chat.files.models import File
from gql_chat.files.names import checked_name
from gql_chat.files.reservations import Announcement, reserve
from gql_chat.files.sniffing import sniff_media_type
from gql_chat.infra.db.database import in_turn, transaction
from gql_chat.infra.db.repeating import repeated_on_conflict

MAX_UPLOADS = 20  # of one call


async def upload_file(user_id: str, session_id: str, name: str, incoming: IncomingFile, *, files: Files) -> File:
    """Store a file with its bytes: READY, or FAILED if its content fits its name but cannot be used.

    Raises NotFound, Conflict for a session that has ended, BadUserInput, UnsupportedFile, PayloadTooLarge,
    QuotaExceeded and Unavailable; then nothing is stored.
    """
    announced = Announcement(name, incoming.size_bytes)
    extension = checked_name(name, field="file").extension
    files.policy.current.require_allowed(extension, incoming.size_bytes, field="file")
    sniff_media_type(await incoming.read_head(), extension)  # before bytes are reserved for a file that is refused
    [file] = await _reserve_one(user_id, session_id, announced, files)
    return await store_incoming(file, incoming, files=files)


@repeated_on_conflict
async def create_uploads(
    user_id: str, session_id: str, announced: Sequence[Announcement], *, files: Files
) -> list[File]:
    """Announce files, all or none: they are PENDING until their owner uploads and completes them.

    Raises as `upload_file`.
    """
    if not 0 < len(announced) <= MAX_UPLOADS:
        raise BadUserInput(f"Announce 1 to {MAX_UPLOADS} files at once.", field="files")
    async with in_turn(user_id), transaction():
        reserved = await _reserve(user_id, session_id, announced, files, "files")
        await changelog.record(user_id, *((ChangeKind.FILE_CHANGED, [file.id]) for file in reserved))
    return reserved


@repeated_on_conflict
async def _reserve_one(user_id: str, session_id: str, announced: Announcement, files: Files) -> list[File]:
    async with in_turn(user_id), transaction():
        return await _reserve(user_id, session_id, [announced], files, "file")


async def _reserve(
    user_id: str, session_id: str, announced: Sequence[Announcement], files: Files, field: str
) -> list[File]:
    session = await lock_session(user_id, session_id)
    require_active(session, field="session_id")
    return await reserve(user_id, session_id, announced, policy=files.policy.current, field=field)
