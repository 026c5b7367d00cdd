"""What a file is, by its content: a name may promise only what the content keeps."""

import re
import unicodedata
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder

import filetype

from gql_chat.errors import UnsupportedFile

HEAD_BYTES = 32_768  # of a file's beginning, that a verdict is made from

_OFFICE = "application/vnd.openxmlformats-officedocument"
DOCX = f"{_OFFICE}.wordprocessingml.document"
XLSX = f"{_OFFICE}.spreadsheetml.sheet"
PPTX = f"{_OFFICE}.presentationml.presentation"
PDF = "application/pdf"

# Longer signatures than filetype's, for which any text that begins with GIF is an image and with MZ a program.
_FTYP = re.compile(rb"....ftyp(?!heic|heix|mif1|msf1|avif|avis)", re.DOTALL)
_KINDS = {
    "png": ("image/png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    "jpg": ("image/jpeg", re.compile(rb"\xff\xd8\xff")),
    "gif": ("image/gif", re.compile(rb"GIF8[79]a")),
    "webp": ("image/webp", re.compile(rb"RIFF....WEBPVP", re.DOTALL)),
    "mp4": ("video/mp4", _FTYP),
    "m4v": ("video/mp4", _FTYP),
    "mov": ("video/quicktime", re.compile(_FTYP.pattern + rb"|....(?:moov|mdat|wide|free)", re.DOTALL)),
    "webm": ("video/webm", re.compile(rb"\x1aE\xdf\xa3.{0,64}?\x42\x82.webm", re.DOTALL)),
    "pdf": (PDF, re.compile(rb".{0,1019}?%PDF-", re.DOTALL)),  # readers forgive a kilobyte before it
}
_ALIASES = {"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg"}
_PACKAGES = {"docx": (DOCX, b"word/"), "xlsx": (XLSX, b"xl/"), "pptx": (PPTX, b"ppt/")}
_PACKAGE_PARTS = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"customXml/")
_TEXTS = {
    "md": "text/markdown", "csv": "text/csv", "tsv": "text/tab-separated-values", "html": "text/html",
    "htm": "text/html", "css": "text/css", "xml": "application/xml", "svg": "image/svg+xml", "json": "application/json",
    "yaml": "application/yaml", "yml": "application/yaml", "toml": "application/toml", "js": "text/javascript",
    "sql": "application/sql",
}  # fmt: skip

_LOCAL_HEADER = re.compile(rb"PK\x03\x04")
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Office's own file system, which an encrypted document lies in
# What no text holds: the control characters but the white ones, backspace, DOS's end and the escape of ISO 2022.
_CONTROLS = re.compile(rb"[\x00-\x07\x0e-\x19\x1c-\x1f\x7f]")
_MAX_CONTROLS = 1 / 3  # of UTF-8, where a stray one is a fault of the text and no sign of a program
_NOT_WRITTEN = {"Cc", "Cn", "Co", "Cs"}  # categories of characters that nobody writes


def sniff_media_type(head: bytes, extension: str) -> str:
    """The media type of a file that begins with `head`, up to HEAD_BYTES of it; the extension in lower case.

    Raises UnsupportedFile if the content is not what the extension says. An extension that is unknown here is held to
    what filetype knows of it, else to text.
    """
    extension = _ALIASES.get(extension, extension)
    if extension in _PACKAGES:
        return _sniff_package(head, extension)
    if extension in _KINDS:
        media_type, signature = _KINDS[extension]
        if not signature.match(head):
            raise _contradiction(head, extension)
        return media_type
    if (known := filetype.get_type(ext=extension)) is not None:
        if not known.match(bytearray(head)):
            raise _contradiction(head, extension)
        return str(known.mime)
    if not _is_text(head):
        raise _contradiction(head, extension)
    return _TEXTS.get(extension, "text/plain")


def _sniff_package(head: bytes, extension: str) -> str:
    media_type, folder = _PACKAGES[extension]
    if head.startswith(_COMPOUND_FILE):
        return media_type  # encrypted, or of before 2007: the extraction tells them apart, and says which
    names = [head[found.end() + 26 :][:30] for found in _LOCAL_HEADER.finditer(head)]
    folders = {other for _, other in _PACKAGES.values() if any(name.startswith(other) for name in names)}
    # What the head does not reach is believed: a folder may come after a long preview.
    is_package = _LOCAL_HEADER.match(head) and names[0].startswith((folder, *_PACKAGE_PARTS))
    if not is_package or (folders and folder not in folders):
        raise _contradiction(head, extension)
    return media_type


def _is_text(head: bytes) -> bool:
    if head.startswith((BOM_UTF8, BOM_UTF16_LE, BOM_UTF16_BE)):
        return True
    if head.startswith(b"%PDF-"):
        return False
    controls = len(_CONTROLS.findall(head))
    if not controls:
        return True
    if filetype.guess(head) is not None:
        return False
    if controls <= len(head) * _MAX_CONTROLS and _is_written(head, "utf-8"):
        return True
    return _is_written(head, "utf-16-le") or _is_written(head, "utf-16-be")


def _is_written(head: bytes, encoding: str) -> bool:
    """Whether these bytes, which may end within a character, are in this encoding; a UTF-16 without its mark."""
    try:
        text = getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    if encoding == "utf-8":
        return True  # which hardly anything else is by accident
    return bool(text) and not any(unicodedata.category(c) in _NOT_WRITTEN and not c.isspace() for c in text)


def _contradiction(head: bytes, extension: str) -> UnsupportedFile:
    return UnsupportedFile(f"The name says .{extension}, but the content is {_described(head)}.")


def _described(head: bytes) -> str:
    if not head:
        return "empty"
    # Text first: to filetype whatever begins with GIF is an image.
    return "plain text" if _is_text(head) else filetype.guess_mime(head) or "something else"
