"""Files are attached to a message: which may be, and what each is to a model."""

from collections.abc import Mapping, Sequence
from typing import Any

from gql_chat.chats.models import ContentType
from gql_chat.errors import BadUserInput, NotFound
from gql_chat.files.catalog import get_files
from gql_chat.files.models import File, FileStatus
from gql_chat.files.policy import UploadPolicy

SEEN = {"image": ContentType.IMAGE_URL, "video": ContentType.VIDEO_URL}
NOT_SEEN = {"image/svg+xml"}  # pictures that models read as text
FIELD = "attachments"


async def attach(
    user_id: str, session_id: str | None, attachments: Sequence[Mapping[str, Any]], *, policy: UploadPolicy
) -> list[dict[str, Any]]:
    """The attachments, those that name a file with the type of its content, as messages store them.

    Raises NotFound for a file that is not the user's or not of this session, and BadUserInput for one that is not
    READY, for too many, and without a session, which no file can be of.
    """
    named = [attachment["file_id"] for attachment in attachments if "file_id" in attachment]
    if not named:
        return [*map(dict, attachments)]
    if len(named) > policy.max_files_per_message:
        raise BadUserInput(f"A message carries at most {policy.max_files_per_message} files.", field=FIELD)
    if session_id is None:
        raise BadUserInput("A file belongs to a session: give its sessionId too.", field="session_id")
    files = {file.id: file for file in await get_files(user_id, named)}
    for file in files.values():
        _require_attachable(file, session_id)
    return [_with_type(attachment, files) for attachment in attachments]


def _require_attachable(file: File, session_id: str) -> None:
    if file.session_id != session_id:
        raise NotFound("There is no such file in this session.")
    if file.status != FileStatus.READY:
        raise BadUserInput(f"{file.name} is {file.status.value}; only what is READY can be attached.", field=FIELD)


def _with_type(attachment: Mapping[str, Any], files: Mapping[str, File]) -> dict[str, Any]:
    if "file_id" not in attachment:
        return dict(attachment)
    file = files[attachment["file_id"]]
    return {"type": _content_type(file.media_type).value, "file_id": file.id}


def _content_type(media_type: str) -> ContentType:
    if media_type in NOT_SEEN:
        return ContentType.FILE
    return SEEN.get(media_type.partition("/")[0], ContentType.FILE)
