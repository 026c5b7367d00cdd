"""Documents to read, made here, so that the benchmark depends on no files of the machine."""

import io
import re
import zlib
from collections.abc import Sequence

from openpyxl import Workbook

_LINE_HEIGHT = 12
_MARGIN = 60


def make_pdf(pages: Sequence[str]) -> bytes:
    """Make a PDF of these pages, which are lines of ASCII, deflated as PDF printers do."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    kids = []
    for text in pages:
        stream = zlib.compress(_content(text))
        objects.append(b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(stream), stream))
        resources = b"<</Font<</F1 3 0 R>>>>"
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources %s>>"
            % (len(objects), resources)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    return _file(objects)


def make_report(page_count: int, *, lines_per_page: int = 50) -> bytes:
    """Make a PDF as long as a report: pages of prose in which no two lines are the same."""
    words = re.findall(r"\w+", "the quarterly figures of this region show that demand for heavy machinery rose again")
    pages = [
        "\n".join(
            f"{page}.{line} " + " ".join(words[(line * 7 + word * page) % len(words)] for word in range(14))
            for line in range(lines_per_page)
        )
        for page in range(1, page_count + 1)
    ]
    return make_pdf(pages)


def _content(text: str) -> bytes:
    shown = b"\n".join(b"[%s] TJ T*" % _kerned(line) for line in text.split("\n"))
    return b"BT /F1 10 Tf %d TL %d %d Td\n%s\nET" % (_LINE_HEIGHT, _MARGIN, 842 - _MARGIN, shown)


def _kerned(line: str) -> bytes:
    """Return the line word by word, as typesetters write it."""
    escaped = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return b" -3 ".join(b"(%s)" % word.encode("ascii") for word in re.findall(r"\S+\s*|\s+", escaped))


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def make_workbook(rows: int) -> bytes:
    """Return a workbook with ten cells in each row. 100,000 cells take seconds to read."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in range(rows):
        sheet.append([f"{row} {column}" for column in range(10)])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
