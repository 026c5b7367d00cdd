"""Names of files: cleaned for people, and no part of any path."""

import re
import unicodedata
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.errors import BadUserInput
from gql_chat.files.names import attachment_disposition, checked_media_type, checked_name, object_key


@pytest.mark.parametrize(
    ("given_name", "name", "extension"),
    [
        ("notes.txt", "notes.txt", "txt"),
        ("Report.final.PDF", "Report.final.PDF", "pdf"),
        ("../../etc/passwd", "passwd", ""),
        (r"C:\Users\ada\photo.JPG", "photo.JPG", "jpg"),
        ("报告.docx", "报告.docx", "docx"),
        ("cafe\N{COMBINING ACUTE ACCENT}.md", "café.md", "md"),
        ("invoice\N{RIGHT-TO-LEFT OVERRIDE}fdp.exe", "invoicefdp.exe", "exe"),
        ("a\0b\n.txt", "ab.txt", "txt"),
        (".gitignore", ".gitignore", "gitignore"),
        ("archive.tar.", "archive.tar.", ""),
        ("x.", "x.", ""),
        ("a.b c", "a.b c", ""),
        ("a.abcdefghijklmnopq", "a.abcdefghijklmnopq", ""),
    ],
)
def test_a_name_is_its_last_part_without_what_nobody_sees(given_name: str, name: str, extension: str) -> None:
    assert checked_name(given_name, field="file") == (name, extension)


@pytest.mark.parametrize("name", ["", "  ", ".", "..", "/", "a/", "\0", "x" * 252 + ".txt"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(BadUserInput) as refused:
        checked_name(name, field="file")
    assert refused.value.field == "file"


@given(st.text(max_size=300))
def test_nothing_of_a_name_reaches_the_stores_path(name: str) -> None:
    try:
        extension = checked_name(name, field="file").extension
    except BadUserInput:
        return
    key = object_key("usr_1", "ses_1", "file_1", extension)
    assert re.fullmatch(r"usr_1/ses_1/(files|images)/file_1\.[a-z0-9]{0,16}", key)


def test_images_lie_apart() -> None:
    assert object_key("usr_1", "ses_1", "file_1", "webp") == "usr_1/ses_1/images/file_1.webp"
    assert object_key("usr_1", "ses_1", "file_1", "pdf") == "usr_1/ses_1/files/file_1.pdf"


@given(st.text(max_size=300))
def test_a_disposition_is_one_line_of_ascii_whatever_the_name(name: str) -> None:
    try:
        disposition = attachment_disposition(checked_name(name, field="file").name)
    except BadUserInput:
        return
    assert re.fullmatch(
        r"""attachment; filename="[^"\\%\x00-\x1f\x7f-\U0010ffff]*"; filename\*=UTF-8''[!-~]+""", disposition
    )


def test_a_disposition_has_the_name_as_it_is_and_for_old_browsers() -> None:
    assert attachment_disposition('naïve "报告".pdf') == (
        "attachment; filename=\"naive ____.pdf\"; filename*=UTF-8''na%C3%AFve%20%22%E6%8A%A5%E5%91%8A%22.pdf"
    ).replace("____", "__")


def test_a_media_type_is_plain_or_guessed() -> None:
    assert checked_media_type("Text/Plain; charset=utf-8", "md", field="f") == "text/plain"
    assert checked_media_type(None, "png", field="f") == "image/png"
    assert checked_media_type(None, "rs", field="f") == "application/octet-stream"
    for wrong in ("", "png", "a/b/c", "text/plain\r\nx: y", "a/" + "b" * 130):
        with pytest.raises(BadUserInput):
            checked_media_type(wrong, "md", field="f")


def test_a_name_of_a_million_characters_is_refused_at_once() -> None:
    with pytest.raises(BadUserInput):
        checked_name("a" * 1_000_000, field="name")  # a search from each character on would take an hour


def test_each_character_of_a_long_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    category = Mock(side_effect=unicodedata.category)
    monkeypatch.setattr("gql_chat.files.names.unicodedata", Mock(wraps=unicodedata, category=category))
    assert checked_name("ab\u200b" * 60 + ".txt", field="name").name == "ab" * 60 + ".txt"
    assert sorted(call.args[0] for call in category.call_args_list) == sorted(set("ab\u200b.txt"))
