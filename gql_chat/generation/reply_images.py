"""The images of an answer: stored as files of the session before the reply settles, under the rules of uploads."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import structlog

from gql_chat.chats.messages import find_message
from gql_chat.chats.models import Attachment, ContentType, FileAttachment, UrlAttachment
from gql_chat.chats.uploads import upload_file
from gql_chat.errors import Conflict, NotFound, PayloadTooLarge, QuotaExceeded, UnsupportedFile
from gql_chat.files.dependencies import Files
from gql_chat.files.incoming import receive_file
from gql_chat.files.models import FileStatus
from gql_chat.files.removal import delete_files
from gql_chat.files.sniffing import HEAD_BYTES, find_image_extension
from gql_chat.generation.provider.images import Images
from gql_chat.usage.models import OpenCall

KEEP_SECONDS = 15.0  # for all images of a reply: less than a worker that ends waits for its replies to settle

NOT_ALLOWED = "not of a kind that may be uploaded"
TOO_LARGE = "larger than an upload may be"
QUOTA_FULL = "no room left in the quota for files"
BROKEN = "damaged"
SESSION_ENDED = "the session has ended"
NOT_STORED = "could not be stored now"
REASONS = {
    UnsupportedFile: NOT_ALLOWED,
    PayloadTooLarge: TOO_LARGE,
    QuotaExceeded: QUOTA_FULL,
    Conflict: SESSION_ENDED,
    NotFound: SESSION_ENDED,
}

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class KeptImages:
    """The images of an answer as attachments, and how many were left out for each reason."""

    attachments: list[Attachment] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def remark(self) -> str:
        """A sentence for the end of the reply about what was left out, empty if that is nothing."""
        reasons = ", ".join(f"{count} ({reason})" for reason, count in self.left_out.items())
        return f"[Images left out: {reasons}.]" if reasons else ""


async def keep_images(opened: OpenCall, images: Images, *, files: Files) -> KeptImages:
    """Store the images of a call's answer as files of its session, as far as that is possible within KEEP_SECONDS.

    An image that is elsewhere stays there: it is attached by its address and never fetched.
    """
    kept = KeptImages(left_out=Counter(images.left_out))
    until = asyncio.get_running_loop().time() + KEEP_SECONDS
    for number, image in enumerate(images, 1):
        if isinstance(image, str):
            kept.attachments.append(UrlAttachment(ContentType.IMAGE_URL, image))
            continue
        try:
            async with asyncio.timeout_at(until):
                file_id = await _store(opened, f"image-{number}", image, files)
        except Exception as exc:  # of whatever kind: the reply settles without this image
            reason = REASONS.get(type(exc), NOT_STORED)
            log.warning("image_left_out", message_id=opened.message_id, reason=reason, exc_info=reason == NOT_STORED)
            kept.left_out[reason] += 1
            continue
        if file_id is None:
            kept.left_out[BROKEN] += 1
        else:
            kept.attachments.append(FileAttachment(ContentType.IMAGE_URL, file_id))
    return kept


async def discard_images(user_id: str, message_id: str, attachments: Sequence[Attachment]) -> None:
    """Delete the files of images whose reply is gone, or is another worker's now.

    Those that the reply has stay: it was settled with them, and was continued elsewhere before this worker knew it.
    """
    reply = await find_message(user_id, message_id, is_whole=False) if attachments else None
    stored = reply.attachments if reply is not None else ()
    for part in attachments:
        if isinstance(part, FileAttachment) and part not in stored:
            await _delete(user_id, part.file_id)


async def _store(opened: OpenCall, name: str, data: bytes, files: Files) -> str | None:
    """Store an image and return the file's id; None if it cannot be shown. Raise as `upload_file` does."""
    extension = find_image_extension(data[:HEAD_BYTES])
    if extension is None or opened.session_id is None:
        raise UnsupportedFile("The data is no image.")
    user_id = opened.user_id
    with files.in_flight.reserve(user_id, len(data)):
        async with receive_file(_once(data), len(data)) as incoming:
            file = await upload_file(user_id, opened.session_id, f"{name}.{extension}", incoming, files=files)
    if file.status == FileStatus.READY:
        return file.id
    await _delete(user_id, file.id)
    return None


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _delete(user_id: str, file_id: str) -> None:
    try:
        await delete_files(user_id, [file_id])
    except NotFound:
        log.info("image_gone_already", file_id=file_id)
