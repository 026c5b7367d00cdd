"""The text of Word documents, Excel workbooks and PowerPoint presentations."""

import re
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from docx import Document
from docx.opc.exceptions import OpcError
from docx.table import Table
from docx.text.paragraph import Paragraph
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from pptx import Presentation
from pptx.exc import PythonPptxError

from gql_chat.files.extraction.pdf import BOMB, BROKEN, ENCRYPTED
from gql_chat.infra.sandbox.child import Refused

MAX_UNPACKED_BYTES = 128 * 1024**2  # of all parts together; their trees take several times as much
MAX_PARTS = 20_000
_OUTDATED = "its format is older than Office 2007: save it in the current format, and upload it again"

_OTHER_KIND = "its content is of another kind than its name says"
_FOLDERS = {"word", "xl", "ppt"}  # of the parts by which the three kinds differ

_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
# The format forbids them (ECMA-376, part 2, 8.1.1), and every bomb made of entities needs one.
_DTD = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_DTD_BYTES = 4096
# What the readers raise for a faulty file. SyntaxError is the base class of both XML parsers' errors. For a package
# whose main part is missing or of another content type, openpyxl raises OSError and the others ValueError.
_FAULTS = (
    BadZipFile,
    zlib.error,
    OpcError,
    PythonPptxError,
    InvalidFileException,
    SyntaxError,
    LookupError,
    OSError,
    ValueError,
)
_HEADING = re.compile(r"Heading ([1-6])")


def read_docx(data: bytes) -> Iterator[str]:
    """Yield paragraphs and tables in their order. Raise Refused."""
    document = _open(data, "word", Document)
    # By id, and once: `item.style` would look through all styles for every paragraph, a millisecond each.
    levels = {
        style.style_id: int(heading[1])
        for style in document.styles
        if (heading := _HEADING.fullmatch(style.name or "")) is not None
    }
    for item in document.iter_inner_content():
        if isinstance(item, Paragraph):
            level = levels.get(item._p.style)
            yield f"{'#' * level} {item.text}\n\n" if level else f"{item.text}\n"
        elif isinstance(item, Table):
            yield from _rows((cell.text for cell in row.cells) for row in item.rows)
            yield "\n"


def read_xlsx(data: bytes) -> Iterator[str]:
    """Yield sheet after sheet, a line for each row that is not empty, with tabs between cells. Raise Refused."""
    workbook = _open(data, "xl", lambda file: load_workbook(file, read_only=True, data_only=True))
    for sheet in workbook.worksheets:
        sheet.reset_dimensions()  # a sheet may claim any size
        yield f"## {sheet.title}\n\n"
        yield from _rows(("" if value is None else str(value) for value in row) for row in sheet.values)
        yield "\n"


def read_pptx(data: bytes) -> Iterator[str]:
    """Yield slide after slide, with its notes. Raise Refused."""
    for number, slide in enumerate(_open(data, "ppt", Presentation).slides, start=1):
        yield f"## Slide {number}\n\n"
        yield from _shape_texts(slide.shapes)
        if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None and notes.text:
            yield f"Notes: {notes.text}\n"
        yield "\n"


def _shape_texts(shapes: Any) -> Iterator[str]:
    for shape in shapes:
        if shape.has_text_frame and shape.text_frame.text:
            yield shape.text_frame.text + "\n"
        elif getattr(shape, "has_table", False):
            yield from _rows((cell.text for cell in row.cells) for row in shape.table.rows)
        elif hasattr(shape, "shapes"):
            yield from _shape_texts(shape.shapes)


def _rows(rows: Iterator[Iterator[str]]) -> Iterator[str]:
    for row in rows:
        line = "\t".join(" ".join(cell.split()) for cell in row).rstrip()
        if line:
            yield line + "\n"


def _open(data: bytes, folder: str, opener: Callable[[BytesIO], Any]) -> Any:
    if data.startswith(_COMPOUND_FILE):
        raise Refused(ENCRYPTED if _ENCRYPTED_PACKAGE in data else _OUTDATED)
    try:
        _require_safe(data, folder)
        return opener(BytesIO(data))
    except _FAULTS as exc:
        raise Refused(BROKEN) from exc


def _require_safe(data: bytes, folder: str) -> None:
    with ZipFile(BytesIO(data)) as package:
        parts = package.infolist()
        folders = {part.filename.partition("/")[0] for part in parts} & _FOLDERS
        if folders and folder not in folders:
            raise Refused(_OTHER_KIND)
        # zipfile never reads more of a part than the part claims to have.
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
            raise Refused(BOMB)
        if any(part.flag_bits & 1 for part in parts):
            raise Refused(ENCRYPTED)
        for part in parts:
            if part.filename.lower().endswith((".xml", ".rels")):
                with package.open(part) as file:
                    head = file.read(_DTD_BYTES)
                if _DTD.search(
                    head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1", "replace")
                ):
                    raise Refused(BROKEN)
