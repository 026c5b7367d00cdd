"""The end of an upload: the content is examined, and the file becomes READY, or FAILED with a reason."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from gql_chat.changes import changelog
from gql_chat.changes.models import ChangeKind
from gql_chat.errors import BadUserInput, Conflict, ConflictReason, PayloadTooLarge, Unavailable, UnsupportedFile
from gql_chat.files.catalog import get_files
from gql_chat.files.dependencies import Files
from gql_chat.files.extraction.extractor import Unreadable
from gql_chat.files.incoming import IncomingFile, receive_file
from gql_chat.files.links import UPLOAD_LIFETIME
from gql_chat.files.models import File, FileStatus, PendingDeletion
from gql_chat.files.names import PART
from gql_chat.files.removal import schedule_deletion
from gql_chat.files.sniffing import sniff_media_type
from gql_chat.infra import clock
from gql_chat.infra.db.database import transaction
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.infra.storage.object_store import ObjectMissing

CONCURRENT_COMPLETIONS = 4  # of one call


async def store_incoming(file: File, incoming: IncomingFile, *, files: Files) -> File:
    """Store the bytes of a PENDING file and set it to READY, or to FAILED if they cannot be used.

    Raise Unavailable if the store is down. The file's row is deleted then, and the client must send it again.
    """
    try:
        found = await _examine(file, incoming, files)
        if found["status"] == FileStatus.READY:
            await files.store.put(file.object_key, incoming.path)
    except BaseException:
        await _release(file)
        raise
    return await _settle(file, found)


async def complete_uploads(user_id: str, file_ids: Sequence[str], *, files: Files) -> list[File]:
    """Examine the objects that a client has put into the store, and settle their files. Settled files stay unchanged.

    Raise NotFound, Unavailable, and Conflict for a file whose bytes have not arrived. The other files are completed
    all the same, and the call may be repeated.
    """
    found = await get_files(user_id, file_ids)
    slots = asyncio.Semaphore(CONCURRENT_COMPLETIONS)

    async def complete(file: File) -> File:
        async with slots:
            return await _complete(file, files)

    results = await asyncio.gather(*map(complete, found), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if isinstance(result, File)]


async def find_linked(user_id: str, url: str, origin: str, *, files: Files) -> str | None:
    """Return the id of the user's file that a link to our own store leads to, None for any other address.

    A link for an upload stands for the file that was put there: if it is PENDING, it is completed.
    Raise as `complete_uploads`, a Conflict if nothing was put.
    """
    file_id = files.links.find_file_id(url, origin)
    if file_id is None:
        return None
    try:
        await complete_uploads(user_id, [file_id], files=files)
    except Conflict as exc:
        raise Conflict(exc.message, field="attachments") from exc
    return file_id


async def receive_upload(file: File, pieces: AsyncIterator[bytes], *, files: Files) -> None:
    """Store the bytes that a client puts by a link to this server: exactly the announced number, once.

    Raise PayloadTooLarge, BadUserInput for too few bytes, RateLimited, Unavailable, and Conflict for a second upload,
    also while the first runs.
    """
    part = file.object_key + PART
    with files.in_flight.only(file.id), files.in_flight.reserve(file.user_id, file.size_bytes):
        if file.status != FileStatus.PENDING or await files.store.find_size(part) is not None:
            message = "This file has been uploaded already. Announce a new one to upload it again."
            raise Conflict(message, reason=ConflictReason.UPLOAD_COMPLETED)
        async with receive_file(pieces, file.size_bytes) as incoming:
            if wrong := _wrong_size(file, incoming.size_bytes):
                raise BadUserInput(wrong)
            await files.store.put(part, incoming.path)


async def _complete(file: File, files: Files) -> File:
    if file.status != FileStatus.PENDING:
        return file
    assert file.expires_at is not None, "a PENDING file expires"
    if file.expires_at <= clock.now():
        message = f"The time to upload {file.id} is over. Announce the file again."
        raise Conflict(message, reason=ConflictReason.UPLOAD_EXPIRED, field="file_ids")
    size_bytes = await files.store.find_size(file.object_key + PART)
    if size_bytes is None:
        return await _settled_or_missing(file)
    # The link is valid until then, so a client may put another object after this one.
    await schedule_deletion(file.object_key + PART, file.expires_at)
    if wrong := _wrong_size(file, size_bytes):
        return await _settle(file, _failed(wrong))
    return await _complete_copy(file, files)


async def _complete_copy(file: File, files: Files) -> File:
    """Examine a copy whose key is of this call alone, and settle the file with that key.

    No link leads to the copy, and no other call writes it, so the bytes that are examined are those that are served,
    whatever a client puts meanwhile and however many calls complete the file.
    """
    assert file.expires_at is not None, "a PENDING file expires"
    copy_key = f"{file.object_key}.{secrets.token_hex(8)}"
    await schedule_deletion(copy_key, file.expires_at + UPLOAD_LIFETIME)  # for a server that ends meanwhile
    is_kept = False
    try:
        await files.store.copy(file.object_key + PART, copy_key)
        with files.in_flight.reserve(file.user_id, file.size_bytes):
            async with receive_file(await files.store.open(copy_key), file.size_bytes) as incoming:
                found = await _examine(file, incoming, files)
        settled = await _settle(file, found | {"object_key": copy_key})
        is_kept = settled.object_key == copy_key and settled.status == FileStatus.READY
        if is_kept:
            await _delete_now(file.object_key + PART, files)
        return settled
    except ObjectMissing:
        return await _settled_or_missing(file)  # another call has completed it
    except PayloadTooLarge as exc:
        return await _settle(file, _failed(exc.message))
    finally:
        if not is_kept:
            await _delete_now(copy_key, files)


async def _delete_now(object_key: str, files: Files) -> None:
    """Delete an object whose deletion is scheduled anyway."""
    with suppress(Unavailable):
        await files.store.delete(object_key)


async def _examine(file: File, incoming: IncomingFile, files: Files) -> dict[str, Any]:
    """Return the columns that settle the file."""
    if wrong := _wrong_size(file, incoming.size_bytes):
        return _failed(wrong)
    try:
        media_type = sniff_media_type(await incoming.read_head(), file.extension)
        text = await files.read_text(incoming.path, media_type, file.user_id)
    except UnsupportedFile as exc:
        return _failed(exc.message)
    except Unreadable as exc:
        return _failed(str(exc))
    return {"status": FileStatus.READY, "media_type": media_type, "sha256": incoming.sha256, "text": text}


def _wrong_size(file: File, size_bytes: int) -> str | None:
    if size_bytes == file.size_bytes:
        return None
    return f"The file has {size_bytes} bytes, but {file.size_bytes} were announced. Upload it again."


def _failed(reason: str) -> dict[str, Any]:
    return {"status": FileStatus.FAILED, "failure": reason}


@repeated_on_conflict
async def _settle(file: File, columns: dict[str, Any]) -> File:
    """Settle a PENDING file, once. A second call returns what the first has written."""
    async with transaction():
        if await File.filter(id=file.id, status=FileStatus.PENDING).update(**columns, expires_at=None):
            if columns["status"] == FileStatus.FAILED:
                await schedule_deletion(file.object_key, clock.now())
            else:
                await PendingDeletion.filter(object_key=columns.get("object_key")).delete()
            await changelog.record(file.user_id, (ChangeKind.FILE_CHANGED, [file.id]))
    [settled] = await get_files(file.user_id, [file.id])
    return settled


async def _settled_or_missing(file: File) -> File:
    [now] = await get_files(file.user_id, [file.id])
    if now.status == FileStatus.PENDING:
        message = f"Nothing has been uploaded to {file.id} yet. Upload it, then complete it."
        raise Conflict(message, reason=ConflictReason.UPLOAD_MISSING, field="file_ids")
    return now


async def _release(file: File) -> None:
    """Delete the reservation; a trigger schedules the deletion of whatever has been stored."""
    await File.filter(id=file.id, status=FileStatus.PENDING).delete()
