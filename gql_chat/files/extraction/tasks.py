"""What the sandbox does with files: each task takes a file's bytes, and raises Refused with words for its owner."""

import importlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from gql_chat.files.sniffing import DOCX, PDF, PPTX, XLSX
from gql_chat.infra.sandbox.child import Task

_PACKAGE = "gql_chat.files.extraction"
# Imported by the first file of the kind: together they take a second and 100 MB.
_READERS = {
    PDF: ("pdf", "read_pdf"),
    DOCX: ("office", "read_docx"),
    XLSX: ("office", "read_xlsx"),
    PPTX: ("office", "read_pptx"),
}
_NOT_STORED = re.compile(r"[\x00\ud800-\udfff]")  # PostgreSQL takes neither NUL nor half a pair
_LINE_END = re.compile(r"\r\n?")


def read_text(data: bytes, media_type: str, max_characters: int) -> bytes:
    """The file's text in UTF-8, with a last line that says so if there is more of it."""
    module, name = _READERS.get(media_type, ("decoding", "read_plain"))
    pieces: list[str] = []
    room = max_characters
    for piece in _found(module, name)(data):
        kept = _LINE_END.sub("\n", _NOT_STORED.sub("", piece))
        pieces.append(kept[: max(room, 0)])
        room -= len(kept)
        if room < 0:
            pieces.append(f"\n\n[Cut here: the first {max_characters:,} characters of a file are kept.]")
            break
    return "".join(pieces).strip("\n").encode()


def check_image(data: bytes) -> bytes:
    """Nothing, if the image can be shown."""
    _found("images", "check_image")(data)
    return b""


def fit_image(data: bytes, max_edge: int) -> bytes:
    """The image's media type on a line, then its bytes."""
    media_type, fitted = _found("images", "fit_image")(data, max_edge)
    return b"%s\n%s" % (media_type.encode(), fitted)


def _found(module: str, name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(importlib.import_module(f"{_PACKAGE}.{module}"), name)
    return found


TASKS: Mapping[str, Task] = {task.__name__: task for task in (read_text, check_image, fit_image)}
