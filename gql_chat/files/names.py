"""What a file is called: by its owner, in the store, and in a browser's folder of downloads."""

import re
import unicodedata
from mimetypes import MimeTypes
from typing import NamedTuple
from urllib.parse import quote

from gql_chat.errors import BadUserInput
from gql_chat.files.sniffing import find_media_type

NAME_MAX_LENGTH = 255
EXTENSION_MAX_LENGTH = 16
MEDIA_TYPE_MAX_LENGTH = 127
UNKNOWN_MEDIA_TYPE = "application/octet-stream"
PART = ".part"  # what the key of an object ends in that a client puts itself, until it has been looked at

_PATH = re.compile(r".*[/\\]", re.DOTALL)
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
_EXTENSION = re.compile(r"[a-z0-9]+")
_NOT_SHOWN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # categories of characters that a name could deceive with
_BY_EXTENSION = MimeTypes()


class FileName(NamedTuple):
    """A name, and what it ends in: lower case, without a dot, empty if that is nothing plain."""

    name: str
    extension: str


def checked_name(name: str, *, field: str) -> FileName:
    """The last part of what may be a path, without what cannot be seen in it. Raises BadUserInput."""
    seen = "".join(char for char in _PATH.sub("", name) if unicodedata.category(char) not in _NOT_SHOWN)
    plain = unicodedata.normalize("NFC", seen).strip()
    if not plain.strip("."):
        raise BadUserInput("A file needs a name.", field=field)
    if len(plain) > NAME_MAX_LENGTH:
        raise BadUserInput(f"The name of a file has at most {NAME_MAX_LENGTH} characters.", field=field)
    _, dot, extension = plain.rpartition(".")
    extension = extension.lower() if dot else ""
    is_plain = len(extension) <= EXTENSION_MAX_LENGTH and _EXTENSION.fullmatch(extension)
    return FileName(plain, extension if is_plain else "")


def checked_media_type(media_type: str | None, extension: str, *, field: str) -> str:
    """What a client takes a file for, else what its name says: good until its content is seen. Raises BadUserInput."""
    if media_type is None:
        return guessed_media_type(extension)
    plain = media_type.partition(";")[0].strip().lower()
    if len(plain) > MEDIA_TYPE_MAX_LENGTH or not _MEDIA_TYPE.fullmatch(plain):
        raise BadUserInput("A media type is like image/png.", field=field)
    return plain


def guessed_media_type(extension: str) -> str:
    """What is usually called so."""
    return find_media_type(extension) or _BY_EXTENSION.guess_type(f"file.{extension}")[0] or UNKNOWN_MEDIA_TYPE


def object_key(user_id: str, session_id: str, file_id: str, extension: str) -> str:
    """Where the file's bytes are kept; nothing of the client's own words is in it but a plain extension."""
    folder = "images" if guessed_media_type(extension).startswith("image/") else "files"
    return f"{user_id}/{session_id}/{folder}/{file_id}.{extension}"


def attachment_disposition(name: str) -> str:
    """A Content-Disposition that has browsers keep the file under its name and never show it (RFC 6266, RFC 8187)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r'["\\%]', "_", plain)
    if not plain.strip(".") or (plain.startswith(".") and not name.startswith(".")):
        plain = f"file{plain}"  # of a name in another script no more is left
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
