"""A file is what its content says, and its name must agree."""

import io
import struct
import sys
import tarfile
import zlib
from pathlib import Path

import pytest

from gql_chat.errors import UnsupportedFile
from gql_chat.files.sniffing import DOCX, HEAD_BYTES, PDF, PPTX, XLSX, sniff_media_type
from tests.support import documents

PDF_FILE = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
MP4_FILE = b"\x00\x00\x00\x18ftypiso5\x00\x00\x02\x00iso5dash" + bytes(64)
WEBM_FILE = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webmB\x87\x81\x02"
EXECUTABLE = Path(sys.executable).read_bytes()[:HEAD_BYTES]
WINDOWS_EXECUTABLE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00\xb8" + bytes(47) + b"\x0e\x1f\xba\x0e"
COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
CHINESE = "春眠不覺曉，處處聞啼鳥。夜來風雨聲，花落知多少。"


def tar_of_text() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo("notes.txt")
        member.size = 5
        archive.addfile(member, io.BytesIO(b"hello"))
    return out.getvalue()


CONTENTS = {
    "png": documents.png(),
    "jpeg": documents.picture("JPEG"),
    "gif": documents.picture("GIF"),
    "webp": documents.picture("WEBP"),
    "bmp": documents.picture("BMP"),
    "mp4": MP4_FILE,
    "webm": WEBM_FILE,
    "pdf": PDF_FILE,
    "docx": documents.docx("Hello"),
    "xlsx": documents.xlsx({"Sheet": [["a", 1]]}),
    "pptx": documents.pptx(("Title", "Text")),
    "zip": documents.zipped({"notes.txt": b"hello"}),
    "gz": b"\x1f\x8b\x08" + bytes(7) + zlib.compress(b"hello"),
    "tar": tar_of_text(),
    "exe": WINDOWS_EXECUTABLE,
    "elf": EXECUTABLE,
    "txt": b"Hello, world.\n",
}


@pytest.mark.parametrize(
    ("content", "extension", "media_type"),
    [
        ("png", "png", "image/png"),
        ("jpeg", "jpg", "image/jpeg"),
        ("jpeg", "jpeg", "image/jpeg"),
        ("gif", "gif", "image/gif"),
        ("webp", "webp", "image/webp"),
        ("bmp", "bmp", "image/bmp"),
        ("mp4", "mp4", "video/mp4"),
        ("webm", "webm", "video/webm"),
        ("pdf", "pdf", PDF),
        ("docx", "docx", DOCX),
        ("xlsx", "xlsx", XLSX),
        ("pptx", "pptx", PPTX),
        ("zip", "zip", "application/zip"),
        ("txt", "txt", "text/plain"),
        ("txt", "md", "text/markdown"),
        ("txt", "csv", "text/csv"),
        ("txt", "html", "text/html"),
        ("txt", "py", "text/plain"),
        ("txt", "ts", "text/plain"),  # TypeScript, no MPEG transport stream
    ],
)
def test_content_that_keeps_what_its_name_says_has_that_type(content: str, extension: str, media_type: str) -> None:
    assert sniff_media_type(CONTENTS[content][:HEAD_BYTES], extension) == media_type


@pytest.mark.parametrize("content", sorted(set(CONTENTS) - {"txt"}))
@pytest.mark.parametrize("extension", ["txt", "md", "csv", "json", "py", "unheard"])
def test_what_is_no_text_is_refused_under_a_name_for_text(content: str, extension: str) -> None:
    with pytest.raises(UnsupportedFile):
        sniff_media_type(CONTENTS[content][:HEAD_BYTES], extension)


@pytest.mark.parametrize("content", sorted(CONTENTS))
@pytest.mark.parametrize("extension", ["png", "jpg", "gif", "webp", "mp4", "webm", "pdf", "docx", "xlsx", "pptx"])
def test_no_kind_passes_for_another(content: str, extension: str) -> None:
    if {"jpeg": "jpg"}.get(content, content) != extension:
        with pytest.raises(UnsupportedFile):
            sniff_media_type(CONTENTS[content][:HEAD_BYTES], extension)


@pytest.mark.parametrize(
    ("content", "extension", "sentence"),
    [
        ("png", "txt", "The file's name ends in .txt, but its content is image/png."),
        ("exe", "txt", "The file's name ends in .txt, but its content is application/x-msdownload."),
        ("zip", "docx", "The file's name ends in .docx, but its content is application/zip."),
        ("txt", "pdf", "The file's name ends in .pdf, but its content is plain text."),
    ],
)
def test_a_refusal_says_what_the_content_is(content: str, extension: str, sentence: str) -> None:
    with pytest.raises(UnsupportedFile, match=f"^{sentence}$"):
        sniff_media_type(CONTENTS[content], extension)
    with pytest.raises(UnsupportedFile, match=r"^The file's name ends in \.png, but its content is empty\.$"):
        sniff_media_type(b"", "png")


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "big5", "shift-jis", "euc-jp", "iso2022_jp"],
)
def test_text_is_text_in_any_encoding(encoding: str) -> None:
    text = "知多少 x = 1\r\n\t花落\f\n"
    assert sniff_media_type(text.encode(encoding), "txt") == "text/plain"
    assert sniff_media_type(("é" + "a" * 20).encode("latin-1"), "txt") == "text/plain"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("cut", range(1, 5))
def test_a_head_may_end_within_a_character(encoding: str, cut: int) -> None:
    assert sniff_media_type(("\0" + CHINESE + "😀").encode(encoding)[2 if encoding != "utf-8" else 0 : -cut], "txt")


def test_text_may_begin_like_a_signature_or_hold_a_stray_control_character() -> None:
    for text in (
        b"GIF is a format.",
        b"MZ is short for Mark Zbikowski.",
        b"BM",
        b"II",
        b"",
        b"a\0b",
        b"\x1b[1mbold\x1b[0m",
    ):
        assert sniff_media_type(text, "txt") == "text/plain"


def test_a_text_that_is_half_noise_is_none() -> None:
    with pytest.raises(UnsupportedFile):
        sniff_media_type(struct.pack("<64I", *range(64)), "txt")


def test_a_document_of_before_2007_or_encrypted_is_left_to_the_extraction() -> None:
    assert sniff_media_type(COMPOUND_FILE, "docx") == DOCX
    with pytest.raises(UnsupportedFile):
        sniff_media_type(COMPOUND_FILE, "txt")


def test_a_package_whose_parts_come_in_another_order_is_what_its_parts_say() -> None:
    parts = {"docProps/thumbnail.jpeg": bytes(50), "word/document.xml": b"<a/>"}
    assert sniff_media_type(documents.zipped(parts), "docx") == DOCX
    with pytest.raises(UnsupportedFile):
        sniff_media_type(documents.zipped(parts), "xlsx")
    with pytest.raises(UnsupportedFile):
        sniff_media_type(documents.zipped({"evil.exe": b"MZ", **parts}), "docx")
