"""Files reach the model, from a folder and from a bucket, and a chat goes on when the store does not."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bench.documents import make_pdf
from gql_chat.changes.changelog import list_after
from gql_chat.changes.models import ChangeKind
from gql_chat.chats.models import ChatSession, Message
from gql_chat.files import pictures
from gql_chat.files.models import File
from gql_chat.generation.prompting import materials
from gql_chat.infra.storage.object_store import S3Place, open_s3_store
from tests.support import documents
from tests.support.backing_services.object_stores import CREDENTIALS, closed_endpoint, place_at
from tests.support.chat import Chat, run_chat
from tests.support.client import Client, GraphQLErrors
from tests.support.demo import Script
from tests.support.demo.failures import server_error

FILE = "query ($id: ID!) { file(id: $id) { isProcessed } }"
DELETE = "mutation ($ids: [ID!]!) { deleteFiles(ids: $ids) }"
EDIT = "mutation ($input: EditMessageInput!) { editMessage(input: $input) { userMessage { id } reply { id } } }"
REGENERATE = "mutation ($id: ID!) { regenerateReply(messageId: $id) { reply { id } } }"
CONTINUE = "mutation ($id: ID!) { continueReply(messageId: $id) { reply { id } } }"
STOP = "mutation ($id: ID!) { stopReply(messageId: $id) { id } }"
GENERATE_TITLE = "mutation ($id: ID!) { generateTitle(sessionId: $id) { title } }"


def bucket_settings(place: S3Place) -> dict[str, Any]:
    return {
        "STORE_URL": f"s3://{place.bucket}",
        "STORE_ENDPOINT": place.endpoint,
        "STORE_ACCESS_KEY_ID": CREDENTIALS.access_key_id,
        "STORE_SECRET_ACCESS_KEY": CREDENTIALS.secret_access_key,
    }


@pytest.fixture(params=["folder", "bucket"])
async def chat_with_each_store(
    request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path
) -> AsyncIterator[tuple[Chat, str]]:
    """Yield a server with files in a folder, or in a bucket, and which."""
    more = bucket_settings(request.getfixturevalue("s3_place")) if request.param == "bucket" else {}
    async with run_chat(sqlite_url, tmp_path, **more) as running:
        yield running, request.param


async def send(client: Client, session_id: str, text: str, *files: dict[str, Any]) -> dict[str, Any]:
    attachments = [{"fileId": file["id"]} for file in files]
    return await client.send(text, sessionId=session_id, attachments=attachments, wait=True)


async def regenerate(client: Client, sent: dict[str, Any]) -> None:
    """Wait until the new reply has ended."""
    payload = (await client.run(REGENERATE, id=sent["reply"]["id"]))["regenerateReply"]
    await client.watch_to_end(payload["reply"]["id"])


def last_content(chat: Chat, place: int = -1) -> Any:
    return chat.demo.requests[-1].body["messages"][place]["content"]


def shown(url: str) -> tuple[str, Image.Image]:
    """Return the media type and the image of a data URL."""
    head, _, data = url.partition(";base64,")
    return head.removeprefix("data:"), Image.open(io.BytesIO(base64.b64decode(data)))


async def is_processed(client: Client, file: dict[str, Any]) -> bool:
    found: bool = (await client.run(FILE, id=file["id"]))["file"]["isProcessed"]
    return found


async def count_file_changes(client: Client) -> int:
    assert client.user_id is not None
    return sum(event.kind == ChangeKind.FILE_CHANGED for event in await list_after(client.user_id, 0))


async def stop_the_store(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make it unreachable from here on."""
    down = open_s3_store(place_at(closed_endpoint()))
    monkeypatch.setattr(chat.services.files.store, "_store", down._store)


async def test_a_document_is_read_and_its_text_is_in_the_prompt(chat_with_each_store: tuple[Chat, str]) -> None:
    chat, _ = chat_with_each_store
    ada = await chat.sign_up("ada")
    session_id = await ada.new_session()
    file = await ada.upload(session_id, make_pdf(["Sales rose ```by``` 7 %."]), "report.pdf")
    assert (file["status"], file["text"], file["isProcessed"]) == ("READY", "Sales rose ```by``` 7 %.", False)
    before = await count_file_changes(ada)
    await send(ada, session_id, "By how much?", file)
    quoted = "File report.pdf:\n````\nSales rose ```by``` 7 %.\n````"
    assert last_content(chat) == f"{quoted}\n\nBy how much?"
    assert await is_processed(ada, file)
    assert await count_file_changes(ada) == before + 1
    await send(ada, session_id, "And before?")
    assert [message["content"] for message in chat.demo.requests[-1].body["messages"]][1::2] == [
        f"{quoted}\n\nBy how much?",
        "And before?",
    ]
    assert await count_file_changes(ada) == before + 1  # told once


async def test_an_image_is_shown_to_the_model_and_stays_in_the_chat(chat_with_each_store: tuple[Chat, str]) -> None:
    chat, store = chat_with_each_store
    ada = await chat.sign_up("ada")
    session_id = await ada.new_session()
    file = await ada.upload(session_id, documents.png((3000, 1500)), "large.png")
    assert (file["status"], file["text"]) == ("READY", None)
    await send(ada, session_id, "What is this?", file)
    text, image = last_content(chat)
    assert text == {"type": "text", "text": "What is this?"}
    url = image["image_url"]["url"]
    if store == "bucket":
        async with chat.http.get(url) as response:
            assert await response.read() == documents.png((3000, 1500))
    else:
        media_type, picture = shown(url)
        assert (media_type, picture.size) == ("image/png", (1536, 768))
    assert await is_processed(ada, file)
    await send(ada, session_id, "Sure?")
    assert last_content(chat, 1)[1]["type"] == "image_url"


async def test_an_image_of_a_kind_that_models_do_not_know_is_given_as_one_that_they_do(
    s3_place: S3Place, sqlite_url: str, tmp_path: Path
) -> None:
    async with run_chat(sqlite_url, tmp_path, UPLOAD_ALLOWED_EXTENSIONS="bmp", **bucket_settings(s3_place)) as chat:
        ada = await chat.sign_up("ada")
        session_id = await ada.new_session()
        file = await ada.upload(session_id, documents.picture("BMP", (30, 20)), "a.bmp")
        await send(ada, session_id, "", file)
        [image] = last_content(chat)
        media_type, picture = shown(image["image_url"]["url"])
        assert (media_type, picture.size) == ("image/png", (30, 20))


async def test_images_in_a_bucket_that_models_cannot_reach_are_given_as_data(
    s3_place: S3Place, sqlite_url: str, tmp_path: Path
) -> None:
    async with run_chat(sqlite_url, tmp_path, PROMPT_IMAGES_INLINE="on", **bucket_settings(s3_place)) as chat:
        ada = await chat.sign_up("ada")
        session_id = await ada.new_session()
        file = await ada.upload(session_id, documents.png((30, 20)), "a.png")
        await send(ada, session_id, "", file)
        [image] = last_content(chat)
        assert shown(image["image_url"]["url"])[1].size == (30, 20)


async def test_a_video_is_given_as_data_unless_it_is_too_large(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(1000)
    session_id = await ada.new_session()
    file = await ada.upload(session_id, content, "film.mp4")
    await send(ada, session_id, "Who is it?", file)
    url = "data:video/mp4;base64," + base64.b64encode(content).decode()
    assert last_content(chat)[1] == {"type": "video_url", "video_url": {"url": url}}
    monkeypatch.setattr(pictures, "MAX_INLINE_VIDEO_BYTES", 1000)
    await send(ada, session_id, "And now?", file)
    assert last_content(chat).startswith("[The file film.mp4 cannot be shown: it is too large")


async def test_a_broken_file_is_failed_with_a_reason_and_cannot_be_attached(chat: Chat, ada: Client) -> None:
    session_id = await ada.new_session()
    for name, content in (
        ("a.pdf", b"%PDF-1.7\nand no more"),
        ("a.png", documents.png((99, 99))[:80]),
        ("a.docx", documents.docx("x")[:-50]),
    ):
        file = await ada.upload(session_id, content, name)
        assert (file["status"], file["failure"]) == ("FAILED", "The file cannot be read: it is damaged.")
        with pytest.raises(GraphQLErrors):
            await send(ada, session_id, "What is this?", file)
    assert await Message.all().count() == 0


async def test_a_long_file_is_cut_and_two_share_the_room(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, PROMPT_FILE_MAX_TOKENS=100, PROMPT_FILES_MAX_TOKENS=150) as chat:
        ada = await chat.sign_up("ada")
        session_id = await ada.new_session()
        files = [await ada.upload(session_id, b"word " * 5000, name) for name in ("a.txt", "b.txt")]
        await send(ada, session_id, "Compare", *files)
        content = last_content(chat)
        assert content.count("is cut here: there is no room for the rest.]") == 2
        assert len(content.removesuffix("Compare")) < 150 * 4 + 4
        assert len(files[0]["text"]) == 25_000


@pytest.mark.parametrize("verb", ["edit", "edit with others", "regenerate", "continue"])
async def test_branches_give_the_model_the_files_again(chat: Chat, ada: Client, verb: str) -> None:
    session_id = await ada.new_session()
    text = await ada.upload(session_id, b"all of it", "a.txt")
    image = await ada.upload(session_id, documents.png(), "a.png")
    driven = chat.demo.drive("demo")
    sent = await ada.send("Look", sessionId=session_id, attachments=[{"fileId": file["id"]} for file in (text, image)])
    call = await driven.next_call()
    await call.send("It is")
    if verb == "continue":
        stopping = asyncio.create_task(ada.run(STOP, id=sent["reply"]["id"]))
        await stopping
    else:
        await call.finish()
        await ada.watch_to_end(sent["reply"]["id"])
    expected = call.body["messages"][-1]["content"]
    if verb == "regenerate":
        await ada.run(REGENERATE, id=sent["reply"]["id"])
    elif verb == "continue":
        await ada.run(CONTINUE, id=sent["reply"]["id"])
    else:
        edit = {"messageId": sent["userMessage"]["id"], "text": "Look"}
        if verb == "edit with others":
            edit["attachments"] = [{"fileId": image["id"]}]
            expected = [{"type": "text", "text": "Look"}, expected[1]]
        await ada.run(EDIT, input=edit)
    again = await driven.next_call()
    assert again.body["messages"][1]["content"] == expected
    await again.finish()


async def test_what_was_said_about_a_file_stays_when_it_is_deleted(chat: Chat, ada: Client) -> None:
    session_id = await ada.new_session()
    file = await ada.upload(session_id, b"all of it", "a.txt")
    sent = await send(ada, session_id, "What is it?", file)
    await ada.run(DELETE, ids=[file["id"]])
    await send(ada, session_id, "Again?")
    assert last_content(chat, 1) == "[The file that was attached is not there any more.]\n\nWhat is it?"
    await regenerate(ada, sent)
    assert last_content(chat) == "[The file that was attached is not there any more.]\n\nWhat is it?"


async def test_with_the_store_down_nothing_is_sent_that_needs_it(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = await ada.new_session()
    file = await ada.upload(session_id, documents.png(), "a.png")
    text = await ada.upload(session_id, b"all of it", "a.txt")
    await stop_the_store(chat, monkeypatch)
    with pytest.raises(GraphQLErrors) as raised:
        await send(ada, session_id, "What is this?", file)
    assert raised.value.codes == ["UNAVAILABLE"]
    assert (await Message.all().count(), chat.demo.requests) == (0, [])
    assert (await ChatSession.get(id=session_id)).head_id is None
    assert not (await File.get(id=file["id"])).is_processed
    await send(ada, session_id, "And this?", text)  # a text is in the database
    assert last_content(chat).startswith("File a.txt:")


@pytest.mark.parametrize("fault", ["down", "silent"])
async def test_with_the_store_down_the_chat_goes_on_without_what_it_showed(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    session_id = await ada.new_session()
    file = await ada.upload(session_id, documents.png(), "a.png")
    sent = await send(ada, session_id, "What is this?", file)
    chat.services.files.pictures._cache.clear()
    if fault == "down":
        await stop_the_store(chat, monkeypatch)
    else:
        never = asyncio.Event()

        async def hang(key: str) -> None:
            await never.wait()

        monkeypatch.setattr(chat.services.files.store, "open", hang)
        monkeypatch.setattr(materials, "EARLIER_SECONDS", 0.05)
        monkeypatch.setattr(materials, "OWN_SECONDS", 0.05)
    await send(ada, session_id, "And now?")
    remark = "[The file a.png cannot be shown now: the file store does not answer.]"
    assert last_content(chat, 1) == f"{remark}\n\nWhat is this?"
    count = await Message.all().count()
    for document, variables in (
        (REGENERATE, {"id": sent["reply"]["id"]}),
        (EDIT, {"input": {"messageId": sent["userMessage"]["id"], "text": "x"}}),
    ):
        with pytest.raises(GraphQLErrors) as raised:
            await ada.run(document, **variables)
        assert raised.value.codes == ["UNAVAILABLE"]
    assert await Message.all().count() == count


async def test_no_transaction_is_open_while_the_store_takes_its_time(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = await ada.new_session()
    file = await ada.upload(session_id, documents.png(), "a.png")
    asked, answer, real = asyncio.Event(), asyncio.Event(), chat.services.files.store.open

    async def wait_and_open(key: str) -> AsyncIterator[bytes]:
        asked.set()
        await answer.wait()
        return await real(key)

    monkeypatch.setattr(chat.services.files.store, "open", wait_and_open)
    sending = asyncio.create_task(send(ada, session_id, "What is this?", file))
    await asked.wait()
    await ada.send("echo another chat", wait=True)  # SQLite has one connection, and one writer
    answer.set()
    await sending
    assert last_content(chat)[1]["type"] == "image_url"


async def test_an_image_is_made_ready_once_for_a_chat(chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    session_id = await ada.new_session()
    file = await ada.upload(session_id, documents.png(), "a.png")
    await send(ada, session_id, "What is this?", file)
    await stop_the_store(chat, monkeypatch)
    await send(ada, session_id, "And now?")
    assert last_content(chat, 1)[1]["type"] == "image_url"


async def test_a_title_is_made_from_files_and_images_too(chat: Chat, ada: Client) -> None:
    session_id = await ada.new_session()
    text = await ada.upload(session_id, b"all of it", "a.txt")
    image = await ada.upload(session_id, documents.png(), "a.png")
    await send(ada, session_id, "Look here.", text, image)
    asked = last_content(chat)
    title = (await ada.run(GENERATE_TITLE, id=session_id))["generateTitle"]["title"]
    assert (last_content(chat, 1), title) == (asked, "Look here")


async def test_a_chat_that_began_with_a_file_alone_is_named_after_it(chat: Chat, ada: Client) -> None:
    session_id = await ada.new_session()
    file = await ada.upload(session_id, b"all of it", "Plan-2026.txt")
    await send(ada, session_id, "", file)
    chat.demo.script("demo", Script(fail=server_error()))
    assert (await ada.run(GENERATE_TITLE, id=session_id))["generateTitle"]["title"] == "Plan-2026.txt"


async def test_files_reach_the_model_on_postgresql_too(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    session_id = await ada.new_session()
    file = await ada.upload(session_id, "a\0b 你好 😀".encode("utf-16"), "a.txt")
    assert file["text"] == "ab 你好 😀"
    sent = await send(ada, session_id, "What is it?", file)
    assert last_content(chat_on_each) == "File a.txt:\n```\nab 你好 😀\n```\n\nWhat is it?"
    assert await is_processed(ada, file)
    await regenerate(ada, sent)
    assert len(chat_on_each.demo.requests) == 2
    assert last_content(chat_on_each).startswith("File a.txt:")


async def test_a_long_file_is_quoted_whole_within_its_budget(chat: Chat, ada: Client) -> None:
    text = "word " * 3_000  # 3,750 tokens of 16,000
    session_id = await ada.new_session()
    file = await ada.upload(session_id, text.encode(), "long.txt")
    await send(ada, session_id, "Read it.", file)
    assert text.strip() in str(chat.demo.requests[-1].body["messages"][-1]["content"])
