"""Files of every accepted kind, made here: the repository holds no binaries."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from docx import Document
from openpyxl import Workbook
from PIL import Image
from pptx import Presentation


def png(size: tuple[int, int] = (4, 3), colour: str = "red") -> bytes:
    """Make a PNG of one colour."""
    return picture("PNG", size, colour)


def picture(kind: str, size: tuple[int, int] = (4, 3), colour: str = "red") -> bytes:
    """Make an image of one colour in any of Pillow's formats."""
    return encode(Image.new("RGB", size, colour), kind)


def encode(image: Image.Image, kind: str = "PNG") -> bytes:
    """Return an image in any of Pillow's formats."""
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def docx(*paragraphs: str) -> bytes:
    """Make a Word document."""
    document = Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def xlsx(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """Make an Excel workbook from the rows of each sheet, by the sheet's name."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def pptx(*slides: tuple[str, str]) -> bytes:
    """Make a PowerPoint presentation of slides with a title and a text."""
    presentation = Presentation()
    for title, text in slides:
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = text
    out = io.BytesIO()
    presentation.save(out)
    return out.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Make a zip of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
