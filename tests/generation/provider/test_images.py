"""The images that an answer contains."""

import base64
import json
from typing import Any

import pytest

from gql_chat.generation.provider.images import (
    MAX_IMAGES,
    MAX_IMAGES_BYTES,
    TOO_LARGE,
    TOO_MANY,
    UNREADABLE,
    Image,
    Images,
)
from tests.generation.provider.test_completion import DONE, chunk, event, read

DATA = b"\x89PNG the bytes of an image"
BASE64 = base64.b64encode(DATA).decode()
URL = f"data:image/png;base64,{BASE64}"
ELSEWHERE = "https://images.example/1.png"


def data_url(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


@pytest.mark.parametrize(
    ("part", "images"),
    [
        ({"type": "image_url", "image_url": {"url": URL}}, [DATA]),
        ({"type": "image_url", "image_url": URL}, [DATA]),
        ({"type": "output_image", "image_url": URL}, [DATA]),
        ({"type": "output_image", "b64_json": BASE64}, [DATA]),
        ({"type": "image", "url": URL}, [DATA]),
        ({"inline_data": {"mime_type": "image/png", "data": BASE64}}, [DATA]),
        ({"inlineData": {"mimeType": "image/png", "data": BASE64}}, [DATA]),
        ({"type": "image_url", "image_url": {"url": URL.rstrip("=")}}, [DATA]),
        ({"type": "image_url", "image_url": {"url": ELSEWHERE}}, [ELSEWHERE]),
        ({"type": "text", "text": "Hello", "url": ELSEWHERE}, []),
        ({"type": "image_url", "image_url": {"url": 7}}, []),
        ({"type": "image_url"}, []),
        ({}, []),
        (7, []),
    ],
)
def test_images_have_many_forms(part: Any, images: list[Image]) -> None:
    beside, among = Images(), Images()
    beside.note([part])
    among.note_parts([part])
    assert (list(beside), list(among)) == (images, images)
    assert beside.held_bytes == sum(len(image) for image in images if isinstance(image, bytes))
    assert not beside.left_out


@pytest.mark.parametrize("given", [None, URL, {"image_url": URL}, 7])
def test_a_content_that_is_no_list_holds_no_image(given: Any) -> None:
    images = Images()
    images.note(given)
    images.note_parts(given)
    assert list(images) == []


@pytest.mark.parametrize(
    "address",
    [
        "data:image/png;base64,A",
        "data:image/png;base64,\u00e4\u00e4\u00e4\u00e4",
        "data:image/svg+xml,<svg/>",
        "http://a.example/1.png",
        "file:///etc/passwd",
        "https://a b",
        f"https://a.example/{'x' * 2048}",
        "",
    ],
)
def test_what_is_neither_data_nor_an_https_address_is_left_out(address: str) -> None:
    images = Images()
    images.note([address])
    assert (list(images), images.left_out) == ([], {UNREADABLE: 1})


def test_an_answer_has_so_many_images_at_most_and_each_once() -> None:
    images = Images()
    urls = [data_url(b"%d" % number) for number in range(MAX_IMAGES + 3)]
    images.note(urls)
    images.note(urls[:MAX_IMAGES])
    assert list(images) == [b"%d" % number for number in range(MAX_IMAGES)]
    assert images.left_out == {TOO_MANY: 3}


def test_an_answers_images_have_so_many_bytes_at_most() -> None:
    images = Images()
    third = MAX_IMAGES_BYTES // 3
    for letter in (b"a", b"b", b"c", b"d"):
        images.note([data_url(letter * third)])
    assert (len(images), images.held_bytes, images.left_out) == (3, 3 * third, {TOO_LARGE: 1})
    images.note([data_url(b"e")])
    assert len(images) == 4


def test_images_are_read_from_a_stream_wherever_they_stand() -> None:
    closing = {"role": "assistant", "content": "Look", "images": [{"image_url": {"url": URL}}, data_url(b"last")]}
    reader, text, _ = read(
        chunk({"content": "Lo"}),
        chunk({"images": [{"type": "image_url", "image_url": {"url": URL}}]}),
        chunk({"content": [{"type": "text", "text": "ok"}, {"type": "image_url", "image_url": ELSEWHERE}]}, "stop"),
        event({"choices": [{"index": 0, "message": closing}]}),
        DONE,
    )
    assert text == "Look"
    assert list(reader.images) == [DATA, ELSEWHERE, b"last"]


@pytest.mark.parametrize("finish_reason", ["stop", None])
def test_an_image_alone_is_an_answer(finish_reason: str | None) -> None:
    message = {"role": "assistant", "content": None, "images": [{"image_url": {"url": URL}}]}
    body = {"object": "chat.completion", "choices": [{"message": message, "finish_reason": finish_reason}]}
    reader, text, _ = read(json.dumps(body).encode())
    assert (reader.is_complete, text, list(reader.images)) == (True, "", [DATA])
    assert reader.has_text


def test_an_image_behind_a_finish_reason_shows_that_it_came_early() -> None:
    reader, _, _ = read(chunk({"content": "a"}, "stop"), chunk({"images": [URL]}, "stop"), DONE)
    assert reader.is_finish_early
    assert list(reader.images) == [DATA]
