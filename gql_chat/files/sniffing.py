"""Media types by content: a file's content must be of the kind that its name's extension promises."""

import re
import unicodedata
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder

from gql_chat.errors import UnsupportedFile

HEAD_BYTES = 32_768  # the part of a file's beginning that is looked at

_OFFICE = "application/vnd.openxmlformats-officedocument"
DOCX = f"{_OFFICE}.wordprocessingml.document"
XLSX = f"{_OFFICE}.spreadsheetml.sheet"
PPTX = f"{_OFFICE}.presentationml.presentation"
PDF = "application/pdf"

# By extension: the media type, and a pattern for the beginning; docs/decisions/0029-sniffing.md says why they are ours.
_FTYP = rb"....ftyp(?!heic|heix|mif1|msf1|avif|avis)"
_EBML = rb"\x1aE\xdf\xa3.{0,64}?\x42\x82."
_COMPOUND_FILE = rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the file system of old and of encrypted Office documents
_ZIPPED = rb"PK\x03\x04.{26}mimetypeapplication/"
_SIGNATURES = {
    "png": ("image/png", rb"\x89PNG\r\n\x1a\n"),
    "jpg": ("image/jpeg", rb"\xff\xd8\xff"),
    "gif": ("image/gif", rb"GIF8[79]a"),
    "webp": ("image/webp", rb"RIFF....WEBPVP"),
    "bmp": ("image/bmp", rb"BM.{12}[\x0c-\x7c]\0\0\0"),
    "tif": ("image/tiff", rb"II\*\0|MM\0\*"),
    "ico": ("image/x-icon", rb"\0\0\x01\0"),
    "psd": ("image/vnd.adobe.photoshop", rb"8BPS\0"),
    "jp2": ("image/jp2", rb"\0\0\0\x0cjP  \r\n\x87\n"),
    "heic": ("image/heic", rb"....ftyp(?:hei[cx]|(?:mif1|msf1).{4,32}?hei[cx])"),
    "avif": ("image/avif", rb"....ftyp(?:avi[fs]|(?:mif1|msf1).{4,32}?avi[fs])"),
    "m4a": ("audio/mp4", rb"....ftypM4A"),
    "3gp": ("video/3gpp", rb"....ftyp3g"),
    "mp4": ("video/mp4", _FTYP),
    "m4v": ("video/mp4", _FTYP),
    "mov": ("video/quicktime", _FTYP + rb"|....(?:moov|mdat|wide|free)"),
    "webm": ("video/webm", _EBML + rb"webm"),
    "mkv": ("video/x-matroska", _EBML + rb"matroska"),
    "avi": ("video/x-msvideo", rb"RIFF....AVI "),
    "wmv": ("video/x-ms-wmv", rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9"),
    "mpg": ("video/mpeg", rb"\0\0\x01[\xb0-\xbf]"),
    "flv": ("video/x-flv", rb"FLV\x01"),
    "mp3": ("audio/mpeg", rb"ID3|\xff[\xf2\xf3\xfa\xfb]"),
    "aac": ("audio/aac", rb"\xff[\xf1\xf9]"),
    "ogg": ("audio/ogg", rb"OggS"),
    "flac": ("audio/x-flac", rb"fLaC"),
    "wav": ("audio/x-wav", rb"RIFF....WAVE"),
    "amr": ("audio/amr", rb"#!AMR\n"),
    "aiff": ("audio/x-aiff", rb"FORM....AIF[FC]"),
    "midi": ("audio/midi", rb"MThd"),
    "pdf": (PDF, rb"%PDF-"),
    "rtf": ("application/rtf", rb"\{\\rtf"),
    "ps": ("application/postscript", rb"%!"),
    "doc": ("application/msword", _COMPOUND_FILE),
    "xls": ("application/vnd.ms-excel", _COMPOUND_FILE),
    "ppt": ("application/vnd.ms-powerpoint", _COMPOUND_FILE),
    "odt": ("application/vnd.oasis.opendocument.text", _ZIPPED + rb"vnd\.oasis\.opendocument\.text"),
    "ods": ("application/vnd.oasis.opendocument.spreadsheet", _ZIPPED + rb"vnd\.oasis\.opendocument\.spreadsheet"),
    "odp": ("application/vnd.oasis.opendocument.presentation", _ZIPPED + rb"vnd\.oasis\.opendocument\.presentation"),
    "epub": ("application/epub+zip", _ZIPPED + rb"epub\+zip"),
    "zip": ("application/zip", rb"PK(?:\x03\x04|\x05\x06|\x07\x08)"),
    "tar": ("application/x-tar", rb".{257}ustar"),
    "gz": ("application/gzip", rb"\x1f\x8b\x08"),
    "bz2": ("application/x-bzip2", rb"BZh"),
    "xz": ("application/x-xz", rb"\xfd7zXZ\0"),
    "zst": ("application/zstd", rb"\x28\xb5\x2f\xfd"),
    "lz4": ("application/x-lz4", rb"\x04\x22\x4d\x18"),
    "7z": ("application/x-7z-compressed", rb"7z\xbc\xaf\x27\x1c"),
    "rar": ("application/x-rar-compressed", rb"Rar!\x1a\x07"),
    "cab": ("application/vnd.ms-cab-compressed", rb"MSCF"),
    "ar": ("application/x-unix-archive", rb"!<arch>\n"),
    "deb": ("application/x-deb", rb"!<arch>\ndebian-binary"),
    "rpm": ("application/x-rpm", rb"\xed\xab\xee\xdb"),
    "exe": ("application/x-msdownload", rb"MZ"),
    "elf": ("application/x-executable", rb"\x7fELF"),
    "wasm": ("application/wasm", rb"\0asm"),
    "swf": ("application/x-shockwave-flash", rb"[CFZ]WS"),
    "sqlite": ("application/x-sqlite3", rb"SQLite format 3\0"),
    "woff": ("application/font-woff", rb"wOFF"),
    "woff2": ("application/font-woff", rb"wOF2"),
    "ttf": ("application/font-sfnt", rb"\0\x01\0\0\0"),
    "otf": ("application/font-sfnt", rb"OTTO\0"),
}
_ALIASES = {
    "jpeg": "jpg", "jpe": "jpg", "jfif": "jpg", "tiff": "tif", "mpeg": "mpg", "mid": "midi", "aif": "aiff",
}  # fmt: skip
_PDF_START_BYTES = 1024  # readers accept other bytes before the header
_PACKAGES = {"docx": (DOCX, b"word/"), "xlsx": (XLSX, b"xl/"), "pptx": (PPTX, b"ppt/")}
_PACKAGE_PARTS = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"customXml/")
_TEXTS = {
    "md": "text/markdown", "csv": "text/csv", "tsv": "text/tab-separated-values", "html": "text/html",
    "htm": "text/html", "css": "text/css", "xml": "application/xml", "svg": "image/svg+xml", "json": "application/json",
    "yaml": "application/yaml", "yml": "application/yaml", "toml": "application/toml", "js": "text/javascript",
    "sql": "application/sql",
}  # fmt: skip

_LOCAL_HEADER = re.compile(rb"PK\x03\x04")
# Control characters that no text contains: all but white space, backspace, DOS's end of file and ISO 2022's escape.
_CONTROLS = re.compile(rb"[\x00-\x07\x0e-\x19\x1c-\x1f\x7f]")
_MAX_CONTROLS = 1 / 3  # of UTF-8, where a stray one is a fault of the text and no sign of a program
_UNWRITTEN = {"Cc", "Cn", "Co", "Cs"}  # categories of characters that nobody writes


def sniff_media_type(head: bytes, extension: str) -> str:
    """Return the media type of a file from its first HEAD_BYTES and its extension in lower case.

    A file whose extension has no entry in the tables above must be text. Raise UnsupportedFile if the content is not of
    the kind that the extension promises.
    """
    promised = find_media_type(extension)
    if not (_is_text(head) if promised is None or extension in _TEXTS else _is_kind(head, extension)):
        raise UnsupportedFile(f"The file's name ends in .{extension}, but its content is {_describe(head)}.")
    return promised or "text/plain"


def find_media_type(extension: str) -> str | None:
    """Return the media type that an extension in lower case promises, None for an unknown one."""
    extension = _ALIASES.get(extension, extension)
    known = _PACKAGES.get(extension) or _SIGNATURES.get(extension)
    return known[0] if known else _TEXTS.get(extension)


def find_image_extension(head: bytes) -> str | None:
    """Return the extension for an image that begins like this, None for what is no image."""
    images = ((name, kind) for name, kind in _SIGNATURES.items() if kind[0].startswith("image/"))
    return next((extension for extension, (_, signature) in images if _begins(head, signature)), None)


def _is_kind(head: bytes, extension: str) -> bool:
    extension = _ALIASES.get(extension, extension)
    if extension in _PACKAGES:
        return _is_package(head, _PACKAGES[extension][1])
    if extension == "pdf":
        return b"%PDF-" in head[:_PDF_START_BYTES]
    return _begins(head, _SIGNATURES[extension][1])


def _begins(head: bytes, signature: bytes) -> bool:
    return re.match(signature, head, re.DOTALL) is not None


def _is_package(head: bytes, folder: bytes) -> bool:
    if _begins(head, _COMPOUND_FILE):
        return True  # encrypted, or older than 2007: the extraction finds out, and reports which
    names = [head[found.end() + 26 :][:30] for found in _LOCAL_HEADER.finditer(head)]
    if not _LOCAL_HEADER.match(head) or not names[0].startswith((folder, *_PACKAGE_PARTS)):
        return False
    folders = {other for _, other in _PACKAGES.values() if any(name.startswith(other) for name in names)}
    return not folders or folder in folders  # the folder may come after the head, behind a long preview


def _is_text(head: bytes) -> bool:
    if head.startswith((BOM_UTF8, BOM_UTF16_LE, BOM_UTF16_BE)):
        return True
    if head.startswith(b"%PDF-"):
        return False
    controls = len(_CONTROLS.findall(head))
    if not controls:
        return True
    if _guess(head) is not None:
        return False
    if controls <= len(head) * _MAX_CONTROLS and _is_written(head, "utf-8"):
        return True
    return _is_written(head, "utf-16-le") or _is_written(head, "utf-16-be")


def _is_written(head: bytes, encoding: str) -> bool:
    """Return whether these bytes, which may end within a character, are text in UTF-8 or in UTF-16 without a mark."""
    try:
        text = getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    if encoding == "utf-8":
        return True  # hardly anything else is valid UTF-8 by accident
    return bool(text) and not any(unicodedata.category(c) in _UNWRITTEN and not c.isspace() for c in text)


def _guess(head: bytes) -> str | None:
    return next((media_type for media_type, signature in _SIGNATURES.values() if _begins(head, signature)), None)


def _describe(head: bytes) -> str:
    if not head:
        return "empty"
    # Text first: "MZ is short for Mark Zbikowski" begins like a program.
    return "plain text" if _is_text(head) else _guess(head) or "of an unknown kind"
