"""Attaching files to a message: which files may be attached, and how a model is given each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gql_chat.chats.models import Attachment, ContentType, FileAttachment, UrlAttachment
from gql_chat.errors import BadUserInput, NotFound
from gql_chat.files.catalog import get_files
from gql_chat.files.models import File, FileStatus
from gql_chat.files.policy import UploadPolicy

SEEN = {"image": ContentType.IMAGE_URL, "video": ContentType.VIDEO_URL}
NOT_SEEN = {"image/svg+xml"}  # pictures that models read as text
FIELD = "attachments"


@dataclass(frozen=True, slots=True)
class FileReference:
    """A file as a client names it."""

    file_id: str


NewAttachment: TypeAlias = FileReference | UrlAttachment


async def attach(
    user_id: str, session_id: str | None, attachments: Sequence[NewAttachment], *, policy: UploadPolicy
) -> list[Attachment]:
    """Return the attachments as messages store them: a file has the type of its content.

    Raises NotFound for a file that is not the user's or not of this session, and BadUserInput for a file that is not
    READY, for too many files, and for a file without a session.
    """
    file_ids = [attachment.file_id for attachment in attachments if isinstance(attachment, FileReference)]
    files = await _get_attachable_files(user_id, session_id, file_ids, policy) if file_ids else {}
    return [
        FileAttachment(_content_type(files[attachment.file_id].media_type), attachment.file_id)
        if isinstance(attachment, FileReference)
        else attachment
        for attachment in attachments
    ]


async def _get_attachable_files(
    user_id: str, session_id: str | None, file_ids: Sequence[str], policy: UploadPolicy
) -> Mapping[str, File]:
    if len(file_ids) > policy.max_files_per_message:
        raise BadUserInput(f"A message carries at most {policy.max_files_per_message} files.", field=FIELD)
    if session_id is None:
        raise BadUserInput("A file belongs to a session: give its sessionId too.", field="session_id")
    files = {file.id: file for file in await get_files(user_id, file_ids)}
    for file in files.values():
        if file.session_id != session_id:
            raise NotFound("There is no such file in this session.")
        if file.status != FileStatus.READY:
            raise BadUserInput(f"{file.name} is {file.status.value}; only what is READY can be attached.", field=FIELD)
    return files


def _content_type(media_type: str) -> ContentType:
    if media_type in NOT_SEEN:
        return ContentType.FILE
    return SEEN.get(media_type.partition("/")[0], ContentType.FILE)
