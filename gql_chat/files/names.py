"""Names of files: for their owners, in the store, and in a browser's folder of downloads."""

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
PART = ".part"  # ends the key of an object that a client has put and that is not yet examined

_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
_EXTENSION = re.compile(r"[a-z0-9]+")
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # categories of characters that could make a name deceptive
_BY_EXTENSION = MimeTypes()


class FileName(NamedTuple):
    """A name and its extension: lower case, without a dot, empty unless it is plain ASCII letters and digits."""

    name: str
    extension: str


def checked_name(name: str, *, field: str) -> FileName:
    """Return the last part of what may be a path, without invisible characters. Raise BadUserInput for none."""
    last = name[max(name.rfind("/"), name.rfind("\\")) + 1 :]
    # Each character is looked up once: a client may send 100,000 of them.
    invisible = [char for char in set(last) if unicodedata.category(char) in _INVISIBLE]
    seen = last.translate(dict.fromkeys(map(ord, invisible))) if invisible else last
    plain = unicodedata.normalize("NFC", seen).strip()
    if not plain.strip("."):
        raise BadUserInput("A file needs a name. Give it one with at least one visible character.", field=field)
    if len(plain) > NAME_MAX_LENGTH:
        raise BadUserInput(f"The file's name is too long. Use at most {NAME_MAX_LENGTH} characters.", field=field)
    _, dot, extension = plain.rpartition(".")
    extension = extension.lower() if dot else ""
    is_plain = len(extension) <= EXTENSION_MAX_LENGTH and _EXTENSION.fullmatch(extension)
    return FileName(plain, extension if is_plain else "")


def checked_media_type(media_type: str | None, extension: str, *, field: str) -> str:
    """Return the client's media type, else that of the extension, until the content is known. Raise BadUserInput."""
    if media_type is None:
        return guessed_media_type(extension)
    plain = media_type.partition(";")[0].strip().lower()
    if len(plain) > MEDIA_TYPE_MAX_LENGTH or not _MEDIA_TYPE.fullmatch(plain):
        raise BadUserInput("This is no media type. Use one such as image/png, or leave it out.", field=field)
    return plain


def guessed_media_type(extension: str) -> str:
    """Return the media type that files with this extension usually have."""
    return find_media_type(extension) or _BY_EXTENSION.guess_type(f"file.{extension}")[0] or UNKNOWN_MEDIA_TYPE


def object_key(user_id: str, session_id: str, file_id: str, extension: str) -> str:
    """Return the key of the file's bytes in the store. Of the client's input it contains only a plain extension."""
    folder = "images" if guessed_media_type(extension).startswith("image/") else "files"
    return f"{user_id}/{session_id}/{folder}/{file_id}.{extension}"


def attachment_disposition(name: str) -> str:
    """Return a Content-Disposition that makes browsers save the file, never show it (RFC 6266, RFC 8187)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r'["\\%]', "_", plain)
    if not plain.strip(".") or (plain.startswith(".") and not name.startswith(".")):
        plain = f"file{plain}"  # nothing but the extension is left of a name in another script
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
