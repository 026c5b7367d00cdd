"""An upload ends: what came is looked at before anybody may use it, and the file is READY, or FAILED with a reason."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from gql_chat.changes import changelog
from gql_chat.changes.models import ChangeKind
from gql_chat.errors import BadUserInput, Conflict, PayloadTooLarge, UnsupportedFile
from gql_chat.files.catalog import get_files
from gql_chat.files.extraction.extractor import Unreadable
from gql_chat.files.incoming import IncomingFile, received
from gql_chat.files.models import File, FileStatus
from gql_chat.files.names import PART
from gql_chat.files.removal import doom
from gql_chat.files.service import Files
from gql_chat.files.sniffing import sniff_media_type
from gql_chat.infra import clock
from gql_chat.infra.db.database import transaction
from gql_chat.infra.storage.object_store import ObjectMissing

COMPLETED_AT_ONCE = 4  # of the files of one call


async def store_incoming(file: File, incoming: IncomingFile, *, files: Files) -> File:
    """Store the bytes of a file that is PENDING and let it be READY, or FAILED if they cannot be used.

    Raises Unavailable if they cannot be stored now; then the file is gone, and to be sent again.
    """
    try:
        found = await _look_at(file, incoming, files)
        if found["status"] == FileStatus.READY:
            await files.store.put(file.object_key, incoming.path)
    except BaseException:
        await _give_up(file)
        raise
    return await _settle(file, found, files)


async def complete_uploads(user_id: str, file_ids: Sequence[str], *, files: Files) -> list[File]:
    """Look at what clients have put into the store; what is settled already stays as it is.

    Raises NotFound, Unavailable, and Conflict for a file whose bytes have not come; the others are completed, and it
    may be asked for again.
    """
    found = await get_files(user_id, file_ids)
    free = asyncio.Semaphore(COMPLETED_AT_ONCE)

    async def complete(file: File) -> File:
        async with free:
            return await _complete(file, files)

    ends = await asyncio.gather(*map(complete, found), return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return [end for end in ends if isinstance(end, File)]


async def receive_upload(file: File, pieces: AsyncIterator[bytes], *, files: Files) -> None:
    """What a client puts by a link to this server: exactly the announced bytes, once.

    Raises PayloadTooLarge, BadUserInput for too few of them, Unavailable, and Conflict if they have come before.
    """
    part = file.object_key + PART
    if file.status != FileStatus.PENDING or await files.store.find_size(part) is not None:
        raise Conflict("This file has been uploaded already.")
    async with received(pieces, file.size_bytes) as incoming:
        if wrong := _wrong_size(file, incoming.size_bytes):
            raise BadUserInput(wrong)
        await files.store.put(part, incoming.path)


async def _complete(file: File, files: Files) -> File:
    if file.status != FileStatus.PENDING:
        return file
    assert file.expires_at is not None, "what is PENDING ends"
    if file.expires_at <= clock.now():
        raise Conflict(f"The time to upload {file.id} is over; announce it anew.", field="file_ids")
    size_bytes = await files.store.find_size(file.object_key + PART)
    if size_bytes is None and await files.store.find_size(file.object_key) is None:
        return await _settled_or_missing(file)
    # The link is good until then, so that somebody may put another object behind this one's back.
    await doom(file.object_key + PART, file.expires_at)
    if size_bytes is not None and (wrong := _wrong_size(file, size_bytes)):
        return await _settle(file, _failed(wrong), files)
    try:
        if size_bytes is not None:
            # First moved to where no link leads, then looked at: what is looked at is what stays.
            await files.store.move(file.object_key + PART, file.object_key)
        async with received(await files.store.open(file.object_key), file.size_bytes) as incoming:
            found = await _look_at(file, incoming, files)
    except ObjectMissing:
        return await _settled_or_missing(file)  # somebody else completes it at the same time
    except PayloadTooLarge as exc:
        found = _failed(exc.message)
    return await _settle(file, found, files)


async def _look_at(file: File, incoming: IncomingFile, files: Files) -> dict[str, Any]:
    """The columns of the file's end."""
    if wrong := _wrong_size(file, incoming.size_bytes):
        return _failed(wrong)
    try:
        media_type = sniff_media_type(await incoming.read_head(), file.extension)
        text = await files.read_text(incoming.path, media_type)
    except UnsupportedFile as exc:
        return _failed(exc.message)
    except Unreadable as exc:
        return _failed(str(exc))
    return {"status": FileStatus.READY, "media_type": media_type, "sha256": incoming.sha256, "text": text}


def _wrong_size(file: File, size_bytes: int) -> str | None:
    if size_bytes == file.size_bytes:
        return None
    return f"The file has {size_bytes} bytes, but {file.size_bytes} were announced."


def _failed(reason: str) -> dict[str, Any]:
    return {"status": FileStatus.FAILED, "failure": reason}


async def _settle(file: File, end: dict[str, Any], files: Files) -> File:
    """Write the end of a PENDING file, once; whoever comes second finds what the first has written."""
    async with transaction():
        columns = {**end, "expires_at": None}
        is_ours = await File.filter(id=file.id, status=FileStatus.PENDING).update(**columns)
        if is_ours:
            if end["status"] == FileStatus.FAILED:
                await doom(file.object_key, clock.now())
            await changelog.record(file.user_id, (ChangeKind.FILE_CHANGED, [file.id]))
    [settled] = await get_files(file.user_id, [file.id])
    return settled


async def _settled_or_missing(file: File) -> File:
    [now] = await get_files(file.user_id, [file.id])
    if now.status == FileStatus.PENDING:
        raise Conflict(f"Nothing has been uploaded to {file.id} yet.", field="file_ids")
    return now


async def _give_up(file: File) -> None:
    """The reservation goes, and with it, later, what may have been stored."""
    await File.filter(id=file.id, status=FileStatus.PENDING).delete()
