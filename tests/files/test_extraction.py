"""What files say, and what becomes of those that say it badly or mean harm."""

import asyncio
import io
import itertools
import re
import zipfile
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from docx import Document
from openpyxl import Workbook
from PIL import Image
from pptx import Presentation
from pypdf import PdfReader, PdfWriter

from bench.documents import make_pdf, make_report
from gql_chat.errors import RateLimited
from gql_chat.files.extraction import images, office, tasks
from gql_chat.files.extraction.extractor import Extractor, ProcessingBudget, Unreadable
from gql_chat.files.sniffing import DOCX, PDF, PPTX, XLSX
from gql_chat.infra.rate_limits.limiter import Limit, LocalRateLimiter
from gql_chat.infra.sandbox.child import Refused
from gql_chat.infra.sandbox.sandbox import SandboxLimits
from tests.support import documents

COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)


def text_of(data: bytes, media_type: str, max_characters: int = 10_000) -> str:
    return tasks.read_text(data, media_type, max_characters).decode()


def reason_of(data: bytes, media_type: str) -> str:
    with pytest.raises(Refused) as raised:
        tasks.read_text(data, media_type, 10_000)
    return raised.value.reason


async def content(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 65536):
        yield data[start : start + 65536]


def rewritten(package: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return the package with one of its parts changed."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return documents.zipped(
            {part: change(archive.read(part)) if part == name else archive.read(part) for part in archive.namelist()}
        )


# What files say


def test_a_pdf_gives_the_text_of_its_pages() -> None:
    assert text_of(make_pdf(["First page (1)\nof two", "Second page"]), PDF) == "First page (1)\nof two\n\nSecond page"


def test_a_pdf_of_pictures_has_no_text() -> None:
    out = io.BytesIO()
    Image.new("RGB", (20, 20)).save(out, "PDF")
    assert text_of(out.getvalue(), PDF) == ""


def test_a_word_document_gives_headings_paragraphs_and_tables_in_their_order() -> None:
    document = Document()
    document.add_heading("Résumé", 2)
    document.add_paragraph("你好，世界")
    table = document.add_table(2, 2)
    for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"cell\n{number}"
    document.add_paragraph("the end")
    out = io.BytesIO()
    document.save(out)
    assert text_of(out.getvalue(), DOCX) == ("## Résumé\n\n你好，世界\ncell 0\tcell 1\ncell 2\tcell 3\n\nthe end")


def test_a_workbook_gives_its_sheets_row_by_row() -> None:
    rows: list[list[object]] = [["name", "age"], ["Ada", 36], [None, None], ["Bob", None, 1.5]]
    assert text_of(documents.xlsx({"People": rows, "Empty": []}), XLSX) == (
        "## People\n\nname\tage\nAda\t36\nBob\t\t1.5\n\n## Empty"
    )


def test_a_presentation_gives_slides_tables_groups_and_notes() -> None:
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    slide.shapes.title.text = "Title"
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, 100, 100).text_frame.text = "in a group"
    slide.shapes.add_table(1, 2, 0, 0, 100, 100).table.cell(0, 1).text = "right"
    slide.notes_slide.notes_text_frame.text = "remember"
    out = io.BytesIO()
    presentation.save(out)
    assert text_of(out.getvalue(), PPTX) == "## Slide 1\n\nTitle\nin a group\n\tright\nNotes: remember"


def test_text_is_cut_with_a_mark_and_loses_what_cannot_be_stored() -> None:
    assert text_of(b"\n\na\0b\r\nc\rd\r\n\n", "text/plain") == "\n\nab\r\nc\rd\r\n\n"
    assert text_of("\ufeffx\ud800y".encode("utf-16-le", "surrogatepass"), "text/plain") == "x\ufffdy"
    assert text_of(b"0123456789", "text/plain", 10) == "0123456789"
    assert text_of(b"0123456789a", "text/plain", 10) == (
        "0123456789\n\n[Cut here: the first 10 characters of a file are kept.]"
    )
    long = text_of(make_report(3), PDF, 1000)
    assert long.startswith("1.0 the quarterly")
    assert long.endswith("[Cut here: the first 1,000 characters of a file are kept.]")


def test_html_json_and_code_stay_as_they_are_written() -> None:
    for source in ("<p>a &amp; b</p>", '{"a": [1, 2]}', "def f():\n\treturn 1", "a: &x [*x]"):
        assert text_of(source.encode(), "text/plain") == source
    deep = "[" * 100_000
    assert text_of(deep.encode(), "application/json", 1_000_000) == deep


# What is broken, locked or harmful


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_an_encrypted_pdf_says_so_unless_it_opens_without_a_password(algorithm: str) -> None:
    for password, locked in (("secret", True), ("", False)):
        writer = PdfWriter(clone_from=PdfReader(io.BytesIO(make_pdf(["Hello"]))))
        writer.encrypt(password, "owner", algorithm=algorithm)
        out = io.BytesIO()
        writer.write(out)
        if locked:
            assert reason_of(out.getvalue(), PDF) == "it is encrypted"
        else:
            assert text_of(out.getvalue(), PDF) == "Hello"


@pytest.mark.parametrize("media_type", [DOCX, XLSX, PPTX])
def test_an_encrypted_or_outdated_office_file_says_so(media_type: str) -> None:
    encrypted = COMPOUND_FILE + "EncryptedPackage".encode("utf-16-le")
    assert reason_of(encrypted, media_type) == "it is encrypted"
    assert reason_of(COMPOUND_FILE, media_type).startswith("its format is older than Office 2007")


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"%PDF-1.7\nnothing else", PDF),
        (make_pdf(["Hello"])[:200], PDF),
        (documents.docx("Hello")[:-100], DOCX),
        (documents.zipped({"word/document.xml": b"<a/>"}), DOCX),
        (documents.zipped({"[Content_Types].xml": b"<a", "xl/workbook.xml": b""}), XLSX),
        (rewritten(documents.docx("x"), "word/document.xml", lambda part: part[:-5]), DOCX),
        (rewritten(documents.xlsx({"a": [[1]]}), "xl/workbook.xml", lambda part: part[:-5]), XLSX),
    ],
)  # fmt: skip
async def test_a_broken_document_says_so(data: bytes, media_type: str) -> None:
    async with Extractor() as extractor:
        with pytest.raises(Unreadable, match=r"^The file cannot be read: it is damaged\.$"):
            await extractor.examine(media_type, content(data), "ada")


OFFICE = {
    DOCX: documents.docx("Hello"),
    XLSX: documents.xlsx({"a": [[1]]}),
    PPTX: documents.pptx(("Hello", "x")),
}


@pytest.mark.parametrize(("kind", "named"), [*itertools.permutations(OFFICE, 2)])
def test_an_office_file_of_another_kind_says_so_and_is_no_fault_of_the_server(kind: str, named: str) -> None:
    assert reason_of(OFFICE[kind], named) == "its content is of another kind than its name says"


@pytest.mark.parametrize("named", OFFICE)
def test_a_package_whose_content_type_is_another_is_damaged_and_no_fault_of_the_server(named: str) -> None:
    data = rewritten(OFFICE[named], "[Content_Types].xml", lambda part: part.replace(b".main+xml", b".other+xml"))
    assert reason_of(data, named) == "it is damaged"


@pytest.mark.parametrize("data", [b"%PDF-1.7\nnothing else", make_pdf(["Hello"])[:200]])
def test_a_broken_pdf_is_refused_and_no_fault_of_the_server(data: bytes) -> None:
    assert reason_of(data, PDF) == "it is damaged"


def test_a_package_that_unpacks_to_too_much_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = rewritten(documents.docx("x"), "word/document.xml", lambda part: part + bytes(office.MAX_UNPACKED_BYTES))
    assert len(bomb) < 400_000
    assert reason_of(bomb, DOCX) == "it is too large when it is unpacked"
    monkeypatch.setattr(office, "MAX_PARTS", 5)
    assert reason_of(documents.xlsx({"a": [[1]]}), XLSX) == "it is too large when it is unpacked"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_with_entities_is_refused(encoding: str) -> None:
    def laugh(part: bytes) -> bytes:
        body = re.sub(r"<\?.*?\?>", "", part.decode()).replace("Hello", "&j;")
        return (LAUGHS + body).encode(encoding)

    for package, name in (
        (documents.docx("Hello"), "word/document.xml"),
        (documents.xlsx({"a": [["Hello"]]}), "xl/worksheets/sheet1.xml"),
        (documents.pptx(("Hello", "x")), "ppt/slides/slide1.xml"),
    ):
        media_type = {"word": DOCX, "xl": XLSX, "ppt": PPTX}[name.partition("/")[0]]
        assert reason_of(rewritten(package, name, laugh), media_type) == "it is damaged"


def test_elements_that_lie_too_deep_are_refused() -> None:
    deep = rewritten(
        documents.docx("Hello"),
        "word/document.xml",
        lambda part: part.replace(b"<w:p>", b"<w:p>" * 5000, 1).replace(b"</w:p>", b"</w:p>" * 5000, 1),
    )
    assert reason_of(deep, DOCX) == "it is damaged"


def test_a_sheet_that_claims_to_be_huge_gives_what_it_has() -> None:
    workbook = Workbook()
    workbook.worksheets[0].append(["a"])
    out = io.BytesIO()
    workbook.save(out)
    huge = rewritten(
        out.getvalue(), "xl/worksheets/sheet1.xml", lambda part: part.replace(b'ref="A1"', b'ref="A1:XFD1048576"')
    )
    assert text_of(huge, XLSX) == "## Sheet\n\na"


async def test_a_pdf_that_unpacks_to_too_much_is_refused() -> None:
    stream = zlib.compress(zlib.compress(bytes(300_000_000), 9), 9)
    bomb = make_pdf(["x"]).replace(b"/Filter/FlateDecode", b"/Filter[/FlateDecode/FlateDecode]")
    start, end = bomb.index(b"stream\n") + 7, bomb.index(b"\nendstream")
    bomb = bomb[:start] + stream + bomb[end:]
    bomb = bomb.replace(b"/Length %d" % (end - start), b"/Length %d" % len(stream))
    async with Extractor() as extractor:
        with pytest.raises(Unreadable, match=r"(too large when it is unpacked|too much memory|too long)"):
            await extractor.examine(PDF, content(bomb), "ada")


async def test_what_takes_too_long_is_ended_and_the_next_file_is_read() -> None:
    async with Extractor(limits=SandboxLimits(wall_seconds=0.3), processes=1) as extractor:
        with pytest.raises(Unreadable, match=r"^The file cannot be read: reading it takes too long\.$"):
            await extractor.examine(PDF, content(make_report(2000, lines_per_page=20)), "ada")
    async with Extractor(processes=1) as extractor:
        assert await extractor.examine("text/plain", content(b"hello"), "ada") == "hello"


async def test_many_files_at_once_are_all_read() -> None:
    async with Extractor(processes=2) as extractor:
        texts = await asyncio.gather(*(extractor.examine("text/plain", content(b"%d" % n), "ada") for n in range(50)))
    assert texts == [str(n) for n in range(50)]


# Images


async def test_an_image_is_looked_at_and_has_no_text_and_a_film_is_left_alone() -> None:
    async with Extractor() as extractor:
        for kind in ("PNG", "JPEG", "GIF", "WEBP", "BMP"):
            assert await extractor.examine(f"image/{kind.lower()}", content(documents.picture(kind)), "ada") is None
        assert await extractor.examine("video/mp4", content(b"whatever"), "ada") is None
        for broken in (
            documents.png((300, 300))[:-60],
            b"\x89PNG\r\n\x1a\n",
            documents.picture("JPEG", (99, 99))[:300],
        ):
            with pytest.raises(Unreadable, match="damaged"):
                await extractor.examine("image/png", content(broken), "ada")


def test_an_image_of_too_many_pixels_is_not_unpacked() -> None:
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    assert len(out.getvalue()) < 200_000
    with pytest.raises(Refused, match="^it has more than 64,000,000 pixels$"):
        images.check_image(out.getvalue())


def test_an_image_of_exactly_as_many_pixels_as_may_be_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_PIXELS", 40 * 30)
    images.check_image(documents.picture("PNG", (40, 30)))
    with pytest.raises(Refused):
        images.check_image(documents.picture("PNG", (40, 31)))


def test_a_small_png_or_jpeg_stays_as_it_is() -> None:
    for kind in ("PNG", "JPEG"):
        data = documents.picture(kind, (40, 30))
        assert images.fit_image(data, 100) == (f"image/{kind.lower()}", data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_a_large_image_is_made_smaller_and_keeps_its_shape(kind: str) -> None:
    media_type, data = images.fit_image(documents.picture(kind, (400, 200)), 100)
    image = Image.open(io.BytesIO(data))
    assert image.size == (100, 50)
    assert media_type == ("image/jpeg" if kind in ("JPEG", "WEBP") else "image/png")
    assert image.get_format_mimetype() == media_type


def test_of_a_moving_image_the_first_frame_is_shown() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    for kind in ("GIF", "PNG"):
        out = io.BytesIO()
        frames[0].save(out, kind, save_all=True, append_images=frames[1:])
        media_type, data = images.fit_image(out.getvalue(), 100)
        image = Image.open(io.BytesIO(data))
        assert (media_type, getattr(image, "n_frames", 1)) == ("image/png", 1)
        assert image.convert("RGB").getpixel((5, 5)) == (255, 0, 0)


def test_a_photograph_is_turned_upright_and_does_not_tell_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "a camera"
    out = io.BytesIO()
    Image.new("RGB", (40, 20)).save(out, "JPEG", exif=exif)
    _, data = images.fit_image(out.getvalue(), 100)
    image = Image.open(io.BytesIO(data))
    assert (image.size, dict(image.getexif())) == ((20, 40), {})


def test_an_image_that_is_large_as_png_becomes_jpeg_its_transparency_white() -> None:
    noise = Image.effect_noise((1100, 1100), 100).convert("RGBA")
    noise.putalpha(0)
    noise.paste(Image.effect_noise((1100, 1000), 100).convert("RGBA"), (0, 100))
    out = io.BytesIO()
    noise.save(out, "PNG")
    media_type, data = images.fit_image(out.getvalue(), 1100)
    image = Image.open(io.BytesIO(data))
    assert (media_type, image.size) == ("image/jpeg", (1100, 1100))
    assert image.getpixel((10, 10)) == (255, 255, 255)


# Users take turns


async def order_of_ends(work: dict[str, Awaitable[object]]) -> list[str]:
    ended: list[str] = []

    async def note(name: str, one: Awaitable[object]) -> None:
        await one
        ended.append(name)

    await asyncio.gather(*(note(name, one) for name, one in work.items()))
    return ended


async def test_nobodys_file_waits_for_all_the_files_of_another_user() -> None:
    report = make_report(20)
    async with Extractor(processes=2) as extractor:
        work: dict[str, Awaitable[object]] = {
            f"ada {number}": extractor.examine(PDF, content(report), "ada") for number in range(8)
        }
        work["bob's text"] = extractor.examine("text/plain", content(b"hello"), "bob")
        work["bob's report"] = extractor.examine(PDF, content(report), "bob")
        work["bob's image"] = extractor.fit_image(content(documents.picture("PNG")), "bob", max_edge_pixels=100)
        ended = await order_of_ends(work)
    assert ended.index("bob's text") < 4
    assert ended.index("bob's image") < 5
    assert ended.index("bob's report") < 6  # after the first of ada's, whose processes start at the same time


async def test_a_user_has_a_time_for_files_within_an_hour_and_others_have_theirs() -> None:
    budget = ProcessingBudget(LocalRateLimiter(), Limit(10, per_seconds=3600), seconds_per_file=10)
    async with Extractor(budget=budget) as extractor:
        await extractor.examine("text/plain", content(b"hello"), "ada")
        with pytest.raises(RateLimited) as refused:
            await extractor.examine("text/plain", content(b"hello"), "ada")
        assert await extractor.examine("text/plain", content(b"hello"), "bob") == "hello"
    # Only the time that it took has been counted: a second of the ten leaks in 360 s.
    assert refused.value.retry_after_seconds is not None
    assert 1 <= refused.value.retry_after_seconds < 1800


async def test_a_heavy_user_never_meets_the_time_that_the_settings_give() -> None:
    budget = ProcessingBudget(LocalRateLimiter(), Limit(1200, per_seconds=3600), seconds_per_file=30)
    async with Extractor(budget=budget) as extractor:
        texts = await asyncio.gather(
            *(extractor.examine("text/plain", content(b"%d" % number), "ada") for number in range(100))
        )
    assert texts == [str(number) for number in range(100)]
