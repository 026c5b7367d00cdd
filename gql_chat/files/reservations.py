"""Reservations for announced files: rows that count towards the owner's quota before a byte is stored."""

from collections.abc import Sequence
from dataclasses import dataclass

from gql_chat.errors import BadUserInput, QuotaExceeded, QuotaKind
from gql_chat.files.links import UPLOAD_LIFETIME
from gql_chat.files.models import File, FileStatus
from gql_chat.files.names import checked_media_type, checked_name, object_key
from gql_chat.files.policy import UploadPolicy
from gql_chat.infra import clock
from gql_chat.infra.db.database import fetch_all
from gql_chat.infra.ids import new_id
from gql_chat.users.models import User

SELECT_STORED = """
SELECT coalesce(sum(size_bytes), 0) AS total FROM files WHERE user_id = $1 AND status IN ('PENDING', 'READY')
"""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A file's properties before it is uploaded. Without `media_type` its extension decides."""

    name: str
    size_bytes: int
    media_type: str | None = None


async def reserve(
    user_id: str, session_id: str, announced: Sequence[Announcement], *, policy: UploadPolicy, field: str
) -> list[File]:
    """Store PENDING rows, all or none, in the caller's transaction, which has locked the session.

    Concurrent uploads of a user wait here for each other, so that together they cannot exceed the quota. `field` is
    the API's field with the announcements. Raise BadUserInput, UnsupportedFile, PayloadTooLarge and QuotaExceeded.
    """
    files = [_new_file(user_id, session_id, one, policy, field) for one in announced]
    await User.filter(id=user_id).select_for_update(no_key=True).only("id")  # values_list would not lock
    left_bytes = await remaining_bytes(user_id, policy)
    if sum(file.size_bytes for file in files) > left_bytes:
        raise quota_exceeded(left_bytes, policy)
    for file in files:
        await file.save(force_create=True)
    return files


async def remaining_bytes(user_id: str, policy: UploadPolicy) -> int:
    """Return the number of bytes that the user may still store."""
    stored = int((await fetch_all(SELECT_STORED, user_id))[0]["total"])
    return max(policy.quota_bytes_per_user - stored, 0)


def quota_exceeded(left_bytes: int, policy: UploadPolicy) -> QuotaExceeded:
    """Return the error for more bytes than are left."""
    allowed = f"Your files may have {policy.quota_bytes_per_user} bytes in all, and {left_bytes} are left."
    return QuotaExceeded(
        f"{allowed} Delete files first.",
        quota=QuotaKind.FILE_BYTES,
        limit=policy.quota_bytes_per_user,
        remaining=left_bytes,
    )


def _new_file(user_id: str, session_id: str, announced: Announcement, policy: UploadPolicy, field: str) -> File:
    name, extension = checked_name(announced.name, field=field)
    if announced.size_bytes < 0:
        raise BadUserInput("A file's size cannot be negative.", field=field)
    policy.require_allowed(extension, announced.size_bytes, field=field)
    file_id, now = new_id("file"), clock.now()
    return File(
        id=file_id,
        user_id=user_id,
        session_id=session_id,
        name=name,
        extension=extension,
        media_type=checked_media_type(announced.media_type, extension, field=field),
        size_bytes=announced.size_bytes,
        status=FileStatus.PENDING,
        object_key=object_key(user_id, session_id, file_id, extension),
        is_processed=False,
        created_at=now,
        expires_at=now + UPLOAD_LIFETIME,
    )
