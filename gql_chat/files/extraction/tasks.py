"""Tasks of the sandbox: each takes a file's bytes, and raises Refused with a reason for the file's owner."""

import importlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from gql_chat.files.sniffing import DOCX, PDF, PPTX, XLSX
from gql_chat.infra.sandbox.child import Task

_PACKAGE = "gql_chat.files.extraction"
# Imported with the first file of the kind, because together they take a second and 100 MB.
_READERS = {
    PDF: ("pdf", "read_pdf"),
    DOCX: ("office", "read_docx"),
    XLSX: ("office", "read_xlsx"),
    PPTX: ("office", "read_pptx"),
}
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")  # PostgreSQL stores neither NUL nor a lone surrogate
_LINE_END = re.compile(r"\r\n?")


def read_text(data: bytes, media_type: str, max_characters: int) -> bytes:
    """Return the file's text in UTF-8: that of a plain file as it is, line ends included, that of a document tidied.

    If it is cut, its last line says so.
    """
    is_document = media_type in _READERS
    module, name = _READERS.get(media_type, ("decoding", "read_plain"))
    pieces: list[str] = []
    room = max_characters
    for piece in _load(module, name)(data):
        kept = _UNSTORABLE.sub("", piece)
        if is_document:
            kept = _LINE_END.sub("\n", kept)
        pieces.append(kept[: max(room, 0)])
        room -= len(kept)
        if room < 0:
            pieces.append(f"\n\n[Cut here: the first {max_characters:,} characters of a file are kept.]")
            break
    text = "".join(pieces)
    return (text.strip("\n") if is_document else text).encode()


def check_image(data: bytes) -> bytes:
    """Return nothing if the image can be shown."""
    _load("images", "check_image")(data)
    return b""


def fit_image(data: bytes, max_edge: int) -> bytes:
    """Return the image's media type on a line, then its bytes."""
    media_type, fitted = _load("images", "fit_image")(data, max_edge)
    return b"%s\n%s" % (media_type.encode(), fitted)


def _load(module: str, name: str) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(importlib.import_module(f"{_PACKAGE}.{module}"), name)
    return function


TASKS: Mapping[str, Task] = {task.__name__: task for task in (read_text, check_image, fit_image)}
