"""Images in an answer become files of the session, as far as they could be uploaded."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gql_chat.chats.models import Message, MessageStatus
from gql_chat.chats.uploads import upload_file
from gql_chat.errors import Unavailable
from gql_chat.files.models import File
from gql_chat.generation import reply_images
from gql_chat.generation import runner as runner_module
from gql_chat.generation.prompting.prompt import OWN_IMAGE
from gql_chat.generation.settling import settle
from gql_chat.usage.models import Call, OpenCall
from tests.support import documents
from tests.support.chat import Chat, run_chat
from tests.support.client import Client

PARTS = """query ($id: ID!) { node(id: $id) { ... on Message { status parts { type ... on TextPart { text }
    ... on SourcePart { source: url }
    ... on ImagePart { url image: file { name mediaType status sizeBytes } } } } } }"""
CONTINUE = "mutation ($id: ID!) { continueReply(messageId: $id) { reply { id } } }"
RED, BLUE = documents.png(colour="red"), documents.png(colour="blue")
ELSEWHERE = "https://images.example/1.png"


@pytest.fixture
async def small(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Chat]:
    """Yield a server with room for one of the images."""
    async with run_chat(sqlite_url, tmp_path, UPLOAD_QUOTA_BYTES_PER_USER=len(RED) + 10) as running:
        yield running


def chunk(*images: bytes | str, text: str | None = None, finish_reason: str | None = None, **more: Any) -> bytes:
    urls = [
        image if isinstance(image, str) else f"data:image/png;base64,{base64.b64encode(image).decode()}"
        for image in images
    ]
    delta = {"content": text, "images": [{"type": "image_url", "image_url": {"url": url}} for url in urls]}
    body = {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}], **more}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


async def answer(chat: Chat, client: Client, *chunks: bytes, **more: Any) -> dict[str, Any]:
    """Send a message, let it be answered by these chunks, and return the payload of the send."""
    driven = chat.demo.drive("demo")
    sent = await client.send("Paint!", **more)
    call = await driven.next_call()
    for one in chunks:
        await call.raw(one)
    await call.end()
    screen = await client.watch_to_end(sent["reply"]["id"])
    assert screen.final is not None
    assert screen.final["text"] == screen.text
    return sent


async def parts_of(client: Client, sent: dict[str, Any]) -> list[dict[str, Any]]:
    node = (await client.run(PARTS, id=sent["reply"]["id"]))["node"]
    assert node["status"] == "COMPLETED"
    found: list[dict[str, Any]] = node["parts"]
    return found


def image_part(data: bytes, number: int) -> dict[str, Any]:
    return {"name": f"image-{number}.png", "mediaType": "image/png", "status": "READY", "sizeBytes": len(data)}


async def test_images_are_kept_if_the_reply_settles_after_its_call(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    reply_id = (await ada.send("Paint!"))["reply"]["id"]
    call = await driven.next_call()
    await OpenCall.all().delete()  # so that they do not settle together
    await call.raw(chunk(RED, text="done", finish_reason="stop"))
    await call.end()
    await chat.services.runner.wait(reply_id)
    assert (await ada.message(reply_id))["status"] == "COMPLETED"
    assert await File.all().count() == 1


async def test_images_are_files_of_the_session_and_parts_of_the_reply(chat: Chat, ada: Client) -> None:
    page = "https://a.example"
    last = chunk(BLUE, ELSEWHERE, finish_reason="stop", citations=[page])
    sent = await answer(chat, ada, chunk(RED, text="Red"), chunk(text=" and blue."), last)
    text, red, blue, elsewhere, source = await parts_of(ada, sent)
    assert text == {"type": "TEXT", "text": "Red and blue."}
    assert [red["image"], blue["image"]] == [image_part(RED, 1), image_part(BLUE, 2)]
    assert elsewhere == {"type": "IMAGE_URL", "url": ELSEWHERE, "image": None}
    assert source == {"type": "SOURCE", "source": page}
    async with ada.http.get(blue["url"]) as got:
        assert await got.read() == BLUE
    assert await File.filter(session_id=sent["session"]["id"], user_id=ada.user_id).count() == 2
    assert chat.services.runner.held_bytes == 0


async def test_a_prompt_holds_a_remark_in_place_of_a_replys_image(chat: Chat, ada: Client) -> None:
    sent = await answer(chat, ada, chunk(RED, text="Red", finish_reason="stop"))
    await answer(chat, ada, chunk(BLUE, finish_reason="stop"), sessionId=sent["session"]["id"])
    driven = chat.demo.drive("demo")
    await ada.send("Bluer!", sessionId=sent["session"]["id"])
    contents = [message["content"] for message in (await driven.next_call()).body["messages"][1:]]
    assert contents == ["Paint!", f"Red\n\n{OWN_IMAGE}", "Paint!", OWN_IMAGE, "Bluer!"]


async def test_a_reply_that_is_continued_keeps_its_images(chat: Chat, ada: Client) -> None:
    sent = await answer(chat, ada, chunk(RED, text="Red", finish_reason="length"))
    driven = chat.demo.drive("demo")
    await ada.run(CONTINUE, id=sent["reply"]["id"])
    call = await driven.next_call()
    await call.raw(chunk(BLUE, text=" and blue.", finish_reason="stop"))
    await call.end()
    await ada.watch_to_end(sent["reply"]["id"])
    text, red, blue = await parts_of(ada, sent)
    assert text["text"] == "Red and blue."
    assert [red["image"], blue["image"]] == [image_part(RED, 1), image_part(BLUE, 1)]


async def test_a_reply_that_is_stopped_keeps_the_images_that_were_whole(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    sent = await ada.send("Paint!")
    call = await driven.next_call()
    await call.raw(chunk(RED, text="Red") + chunk(BLUE)[:-20])
    watch = ada.watch(sent["reply"]["id"])
    while "Red" not in (await anext(watch)).get("text", ""):
        pass
    await watch.aclose()
    await ada.run("mutation ($id: ID!) { stopReply(messageId: $id) { id } }", id=sent["reply"]["id"])
    node = (await ada.run(PARTS, id=sent["reply"]["id"]))["node"]
    assert (node["status"], len(node["parts"])) == ("STOPPED", 2)
    assert node["parts"][1]["image"] == image_part(RED, 1)


async def test_a_reply_that_fails_keeps_the_images_that_were_whole(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    sent = await ada.send("Paint!")
    call = await driven.next_call()
    await call.raw(chunk(RED))
    await call.fail({"message": "This model does not support image input.", "code": 400})  # not asked once more
    await ada.watch_to_end(sent["reply"]["id"])
    node = (await ada.run(PARTS, id=sent["reply"]["id"]))["node"]
    assert (node["status"], [part["image"] for part in node["parts"]]) == ("FAILED", [image_part(RED, 1)])


async def test_what_is_no_image_is_left_out_with_a_remark(chat: Chat, ada: Client) -> None:
    program = b"MZ" + bytes(100)
    cut = RED[:30]
    many = [documents.png(size=(1, height)) for height in range(1, 10)]
    chunks = (chunk(program, cut, "data:image/png,x", text="Here:"), chunk(*many, finish_reason="stop"))
    sent = await answer(chat, ada, *chunks)
    text, *images = await parts_of(ada, sent)
    assert text["text"] == (
        "Here:\n\n[Images left out: 1 (unreadable data), 3 (more than 8), "
        "1 (not of a kind that may be uploaded), 1 (damaged).]"
    )
    assert len(images) == 6
    assert await File.filter(session_id=sent["session"]["id"]).count() == 6
    logged = await Call.get(message_id=sent["reply"]["id"])
    assert (logged.status, logged.completion_tokens) == ("SUCCESS", 2)  # of the text, not of the remark


async def test_images_beyond_the_quota_are_left_out_with_a_remark(small: Chat) -> None:
    ada = await small.sign_up("ada")
    sent = await answer(small, ada, chunk(RED, BLUE, finish_reason="stop"))
    text, red = await parts_of(ada, sent)
    assert text["text"] == "[Images left out: 1 (no room left in the quota for files).]"
    assert red["image"] == image_part(RED, 1)


async def test_a_reply_settles_with_its_text_while_the_store_fails(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def put(*_: Any) -> None:
        raise Unavailable("The store is away.")

    monkeypatch.setattr(type(chat.services.files.store), "put", put)
    sent = await answer(chat, ada, chunk(RED, text="Red", finish_reason="stop"))
    parts = await parts_of(ada, sent)
    assert parts == [{"type": "TEXT", "text": "Red\n\n[Images left out: 1 (could not be stored now).]"}]
    assert await File.filter(session_id=sent["session"]["id"]).count() == 0


async def test_a_store_that_hangs_costs_the_images_and_not_the_reply(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def put(*_: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(type(chat.services.files.store), "put", put)
    monkeypatch.setattr(reply_images, "KEEP_SECONDS", 0.1)
    sent = await answer(chat, ada, chunk(RED, BLUE, text="Red", finish_reason="stop"))
    [text] = await parts_of(ada, sent)
    assert text["text"] == "Red\n\n[Images left out: 2 (could not be stored now).]"


async def test_no_file_is_left_of_a_reply_that_was_deleted_meanwhile(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    driven = chat.demo.drive("demo")
    sent = await ada.send("Paint!")
    reply_id = sent["reply"]["id"]
    is_storing, may_store = asyncio.Event(), asyncio.Event()

    async def upload(*given: Any, **more: Any) -> File:
        is_storing.set()
        await may_store.wait()
        return await upload_file(*given, **more)

    monkeypatch.setattr(reply_images, "upload_file", upload)
    call = await driven.next_call()
    await call.raw(chunk(RED, text="Red", finish_reason="stop"))
    await call.end()
    await is_storing.wait()
    await Message.filter(id=reply_id).delete()
    may_store.set()
    await chat.services.runner.wait(reply_id)
    assert await File.filter(session_id=sent["session"]["id"]).count() == 0


async def test_a_reply_that_is_continued_elsewhere_before_its_end_is_known_keeps_its_images(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def settle_unheard(*given: Any) -> bool:
        monkeypatch.setattr(runner_module, "settle", settle)
        assert await settle(*given)
        await Message.filter(id=given[0].job.message_id).update(status=MessageStatus.STREAMING, worker_id="another")
        raise Unavailable("The answer to the COMMIT was lost.")

    monkeypatch.setattr(runner_module, "settle", settle_unheard)
    monkeypatch.setattr(runner_module, "SETTLE_RETRY_SECONDS", (0.0,))
    driven = chat.demo.drive("demo")
    sent = await ada.send("Paint!")
    call = await driven.next_call()
    await call.raw(chunk(RED, text="Red", finish_reason="length"))
    await call.end()
    await chat.services.runner.wait(sent["reply"]["id"])
    assert await File.filter(session_id=sent["session"]["id"]).count() == 1
