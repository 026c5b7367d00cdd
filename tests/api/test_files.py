"""Files through the API: of whom, of which session, in which messages, and what is told of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from gql_chat.files import catalog
from gql_chat.files.models import File, FileStatus, PendingDeletion
from gql_chat.infra.ids import new_id
from gql_chat.infra.storage.object_store import S3Place
from gql_chat.users.models import UserRole
from tests.support.backing_services.object_stores import closed_endpoint
from tests.support.chat import Chat, run_chat
from tests.support.client import Client, GraphQLErrors
from tests.support.documents import png
from tests.support.stored.owners import Owner, new_file
from tests.support.stored.rows import all_rows

PNG = png()
PARTS = """query ($id: ID!) { node(id: $id) { ... on Message { parts { __typename type
    ... on TextPart { text } ... on FilePart { file { id name } }
    ... on ImagePart { url image: file { id } } ... on VideoPart { url video: file { id } } } } } }"""
EDIT = "mutation ($input: EditMessageInput!) { editMessage(input: $input) { userMessage { id } reply { id } } }"
CHANGES = """subscription ($after: String) { changes(after: $after) { __typename
    ... on FileChanged { file { id status name } } ... on FilesDeleted { ids } } }"""
DELETE = "mutation ($ids: [ID!]!) { deleteFiles(ids: $ids) }"
CREATE = (
    'mutation ($id: ID!) { createUploads(sessionId: $id, files: [{name: "a.txt", sizeBytes: 5}]) { file { id } url } }'
)
CREATE_UPLOADS = """mutation ($session: ID!, $files: [UploadRequest!]!) {
    createUploads(sessionId: $session, files: $files) { url headers file { id } } }"""
COMPLETE = "mutation ($ids: [ID!]!) { completeUploads(fileIds: $ids) { id status } }"


async def parts_of(client: Client, message_id: str) -> list[dict[str, Any]]:
    """Return the parts of a message."""
    found: list[dict[str, Any]] = (await client.run(PARTS, id=message_id))["node"]["parts"]
    return found


async def refusal(client: Client, **draft: Any) -> tuple[str, str | None]:
    """Return the code and field of a send that is refused, and stores nothing."""
    before = await all_rows()
    with pytest.raises(GraphQLErrors) as refused:
        await client.send(**draft)
    assert await all_rows() == before
    extensions = refused.value.errors[0]["extensions"]
    return extensions["code"], extensions.get("field")


async def test_a_file_is_found_by_every_way_and_by_its_owner_alone(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    session_id = await ada.new_session()
    uploaded = await ada.upload(session_id, "hello", "Notes.TXT")
    assert uploaded | {"id": "", "downloadUrl": "", "createdAt": "", "text": ""} == {
        "id": "", "sessionId": session_id, "name": "Notes.TXT", "extension": "txt", "mediaType": "text/plain",
        "sizeBytes": 5, "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
        "status": "READY", "failure": None, "isProcessed": False, "text": "", "downloadUrl": "", "createdAt": "",
    }  # fmt: skip
    query = """query ($id: ID!, $session: ID!) { file(id: $id) { name } node(id: $id) { ... on File { name } }
        session(id: $session) { files { name } } }"""
    found = await ada.run(query, id=uploaded["id"], session=session_id)
    named = {"name": "Notes.TXT"}
    assert found == {"file": named, "node": named, "session": {"files": [named]}}
    assert await bob.run(query, id=uploaded["id"], session=session_id) == {"file": None, "node": None, "session": None}
    async with chat_on_each.http.get(uploaded["downloadUrl"]) as response:
        assert await response.read() == b"hello"


async def test_what_is_refused_says_which_rule_and_keeps_nothing(sqlite_url: str, tmp_path: Path) -> None:
    limits = {"UPLOAD_MAX_SIZE_BYTES": 10, "UPLOAD_ALLOWED_EXTENSIONS": "txt", "UPLOAD_QUOTA_BYTES_PER_USER": 15}
    async with run_chat(sqlite_url, tmp_path, **limits) as chat:
        ada = await chat.sign_up("ada")
        session_id = await ada.new_session()
        await ada.upload(session_id, b"x" * 10)
        for content, name, code, sentence in (
            (b"x", "a.exe", "UNSUPPORTED_FILE", "Files of the type .exe are not allowed. Use one of these: txt."),
            (b"MZ\x90\0\3\0\0\0", "a.txt", "UNSUPPORTED_FILE", "The file's name ends in .txt, but its content is"),
            (b"x" * 11, "a.txt", "PAYLOAD_TOO_LARGE", "The file is too large. A file may have at most 10 bytes."),
            (b"x" * 6, "a.txt", "QUOTA_EXCEEDED", "Your files may have 15 bytes in all, and 5 are left."),
            (b"x", "..", "BAD_USER_INPUT", "A file needs a name."),
        ):
            before = await all_rows()
            with pytest.raises(GraphQLErrors) as refused:
                await ada.upload(session_id, content, name)
            assert refused.value.codes == [code]
            assert refused.value.errors[0]["message"].startswith(sentence)
            assert await all_rows() == before
        ended = "mutation ($id: ID!) { updateSession(input: {id: $id, status: ENDED}) { id } }"
        await ada.run(ended, id=session_id)
        with pytest.raises(GraphQLErrors) as refused:
            await ada.upload(session_id, b"x")
        assert refused.value.codes == ["CONFLICT"]


async def test_files_go_with_messages_as_what_they_are(chat: Chat, ada: Client) -> None:
    session_id = await ada.new_session()
    notes, image = await ada.upload(session_id), await ada.upload(session_id, PNG, "a.png")
    attachments = [{"fileId": notes["id"]}, {"imageUrl": "https://a.example/b.png"}, {"fileId": image["id"]}]
    sent = await ada.send("look", sessionId=session_id, attachments=attachments)
    parts = await parts_of(ada, sent["userMessage"]["id"])
    assert parts[:3] == [
        {"__typename": "TextPart", "type": "TEXT", "text": "look"},
        {"__typename": "FilePart", "type": "FILE", "file": {"id": notes["id"], "name": "notes.txt"}},
        {"__typename": "ImagePart", "type": "IMAGE_URL", "url": "https://a.example/b.png", "image": None},
    ]
    assert parts[3]["image"] == {"id": image["id"]}
    async with chat.http.get(parts[3]["url"]) as response:
        assert (response.headers["content-type"], await response.read()) == ("image/png", PNG)
    await chat.services.runner.wait(sent["reply"]["id"])


@pytest.fixture(params=["folder", "bucket"])
async def chat_with_each_store(request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path) -> AsyncIterator[Chat]:
    """Yield a server with files in a folder, or in a bucket."""
    more: dict[str, str] = {}
    if request.param == "bucket":
        place: S3Place = request.getfixturevalue("s3_place")
        more = {
            "STORE_URL": f"s3://{place.bucket}/chat", "STORE_ENDPOINT": place.endpoint,
            "STORE_ACCESS_KEY_ID": place.credentials.access_key_id,
            "STORE_SECRET_ACCESS_KEY": place.credentials.secret_access_key,
        }  # fmt: skip
    async with run_chat(sqlite_url, tmp_path, **more) as running:
        yield running


async def test_a_link_to_our_own_store_becomes_its_file(chat_with_each_store: Chat) -> None:
    chat = chat_with_each_store
    ada, bob = await chat.sign_up("ada"), await chat.sign_up("bob")
    session_id, theirs_id = await ada.new_session(), await bob.new_session()
    announced = {"session": session_id, "files": [{"name": "cat.png", "sizeBytes": len(PNG)}]}
    [target] = (await ada.run(CREATE_UPLOADS, **announced))["createUploads"]
    draft = {"sessionId": session_id, "attachments": [{"imageUrl": target["url"]}], "idempotencyKey": "once"}
    assert await refusal(ada, **draft) == ("CONFLICT", "input.attachments")  # nothing was put there yet
    async with chat.http.put(target["url"], data=PNG, headers=target["headers"]) as response:
        assert response.ok
    before = await all_rows()
    with pytest.raises(GraphQLErrors) as refused:
        await bob.send("mine?", sessionId=theirs_id, attachments=draft["attachments"])
    assert (refused.value.codes, await all_rows()) == (["NOT_FOUND"], before)

    sent = await ada.send("look", **draft)
    again = await ada.send("look", **draft)
    assert again["userMessage"]["id"] == sent["userMessage"]["id"]
    [_, image] = await parts_of(ada, sent["userMessage"]["id"])
    assert (image["__typename"], image["image"]) == ("ImagePart", {"id": target["file"]["id"]})
    async with chat.http.get(image["url"]) as response:
        assert await response.read() == PNG
    await ada.watch_to_end(sent["reply"]["id"])
    # So does the link by which it is shown.
    edit = {"messageId": sent["userMessage"]["id"], "text": "again", "attachments": [{"imageUrl": image["url"]}]}
    edited = (await ada.run(EDIT, input=edit))["editMessage"]
    assert (await parts_of(ada, edited["userMessage"]["id"]))[1]["image"] == {"id": target["file"]["id"]}
    await ada.watch_to_end(edited["reply"]["id"])
    stored = str(await all_rows())
    for url in (target["url"], image["url"]):
        assert url.partition("?")[2] not in stored
    elsewhere = {"sessionId": await ada.new_session(), "attachments": draft["attachments"]}
    assert (await refusal(ada, **elsewhere))[0] == "NOT_FOUND"


@pytest.mark.parametrize(
    "query",
    [
        "X-Amz-Date=1&X-Amz-Signature=ab",
        "x-goog-signature=ab",
        "sv=1&sig=ab",
        "q-signature=ab",
        "Signature=ab&Expires=1",
    ],
)
@pytest.mark.parametrize("name", ["imageUrl", "videoUrl"])
async def test_a_signed_url_of_others_is_refused(ada: Client, name: str, query: str) -> None:
    session_id = await ada.new_session()
    url = f"https://bucket.example/files/{new_id('file')}?{query}"
    before = await all_rows()
    with pytest.raises(GraphQLErrors) as refused:
        await ada.send(sessionId=session_id, attachments=[{name: url}])
    [error] = refused.value.errors
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("BAD_USER_INPUT", "input.attachments")
    assert error["message"] == (
        "The URL of an attachment holds a signature, which would be stored with the message and soon expire. Upload "
        "the file, or give a public URL."
    )
    assert await all_rows() == before


async def test_a_url_with_another_query_is_kept_as_it_is(chat: Chat, ada: Client) -> None:
    url = "https://a.example/b.png?size=2&design=signature"
    sent = await ada.send("look", attachments=[{"imageUrl": url}], wait=True)
    assert (await parts_of(ada, sent["userMessage"]["id"]))[1]["url"] == url
    assert chat.demo.requests[-1].body["messages"][-1]["content"][1]["image_url"]["url"] == url


async def test_a_file_can_be_all_that_is_said(chat: Chat, ada: Client) -> None:
    session_id = await ada.new_session()
    notes = await ada.upload(session_id)
    sent = await ada.send("", sessionId=session_id, attachments=[{"fileId": notes["id"]}], wait=True)
    assert [part["type"] for part in await parts_of(ada, sent["userMessage"]["id"])] == ["FILE"]


async def test_only_ones_own_ready_files_of_the_session_are_attached(
    chat_on_each: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    session_id, other_id, theirs_id = await ada.new_session(), await ada.new_session(), await bob.new_session()
    good = [(await new_file(Owner(ada.user_id, session_id))).id for _ in range(11)]
    elsewhere = (await new_file(Owner(ada.user_id, other_id))).id
    theirs = (await new_file(Owner(bob.user_id, theirs_id))).id
    pending = (await new_file(Owner(ada.user_id, session_id), status=FileStatus.PENDING)).id
    failed = (await new_file(Owner(ada.user_id, session_id), status=FileStatus.FAILED)).id
    for ids, code in (
        ([elsewhere], "NOT_FOUND"), ([theirs], "NOT_FOUND"), (["nothing"], "NOT_FOUND"),
        ([good[0], theirs], "NOT_FOUND"), ([pending], "BAD_USER_INPUT"), ([failed], "BAD_USER_INPUT"),
        (good, "BAD_USER_INPUT"),
    ):  # fmt: skip
        attachments = [{"fileId": file_id} for file_id in ids]
        assert (await refusal(ada, sessionId=session_id, attachments=attachments))[0] == code, ids
    assert await refusal(ada, attachments=[{"fileId": good[0]}]) == ("BAD_USER_INPUT", "input.sessionId")


async def test_an_edit_keeps_the_files_or_takes_others(chat: Chat, ada: Client) -> None:
    session_id = await ada.new_session()
    one, two = await ada.upload(session_id, name="one.txt"), await ada.upload(session_id, name="two.txt")
    sent = await ada.send("look", sessionId=session_id, attachments=[{"fileId": one["id"]}], wait=True)
    said = sent["userMessage"]["id"]

    async def files_after(**more: Any) -> list[str]:
        edited = (await ada.run(EDIT, input={"messageId": said, "text": "again", "wait": True, **more}))["editMessage"]
        return [part["file"]["name"] for part in (await parts_of(ada, edited["userMessage"]["id"]))[1:]]

    assert await files_after() == ["one.txt"]
    assert await files_after(attachments=[{"fileId": two["id"]}]) == ["two.txt"]
    assert await files_after(attachments=[]) == []
    with pytest.raises(GraphQLErrors) as refused:
        await files_after(attachments=[{"fileId": "nothing"}])
    assert refused.value.codes == ["NOT_FOUND"]


async def test_an_idempotency_key_stands_for_the_files_too(chat: Chat, ada: Client) -> None:
    session_id = await ada.new_session()
    one, two = await ada.upload(session_id), await ada.upload(session_id)
    draft = {"sessionId": session_id, "attachments": [{"fileId": one["id"]}], "idempotencyKey": "once", "wait": True}
    sent = await ada.send("look", **draft)
    await ada.run(DELETE, ids=[one["id"]])
    again = await ada.send("look", **draft)  # the first answer, though the file is gone
    assert again["reply"]["id"] == sent["reply"]["id"]
    assert await refusal(ada, text="look", **{**draft, "attachments": [{"fileId": two["id"]}]}) == (
        "CONFLICT", "input.idempotencyKey",
    )  # fmt: skip


async def test_a_deleted_file_is_left_out_of_its_message(chat: Chat, ada: Client) -> None:
    session_id = await ada.new_session()
    notes, image = await ada.upload(session_id), await ada.upload(session_id, PNG, "a.png")
    attachments = [{"fileId": notes["id"]}, {"fileId": image["id"]}]
    sent = await ada.send("look", sessionId=session_id, attachments=attachments, wait=True)
    assert await ada.run(DELETE, ids=[notes["id"], image["id"]]) == {"deleteFiles": [notes["id"], image["id"]]}
    assert [part["type"] for part in await parts_of(ada, sent["userMessage"]["id"])] == ["TEXT"]
    later = await ada.send("go on", sessionId=session_id, wait=True)
    assert later["reply"]["status"] == "COMPLETED"


async def test_every_device_is_told_of_files(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    session_id = await ada.new_session()
    cursor = (await ada.run("{ changesCursor }"))["changesCursor"]
    uploaded = await ada.upload(session_id)
    target = (await ada.run(CREATE, id=session_id))["createUploads"][0]
    async with chat_on_each.http.put(target["url"], data=b"hello") as response:
        assert response.status == 200
    await ada.run(COMPLETE, ids=[target["file"]["id"]])
    await ada.run(DELETE, ids=[target["file"]["id"]])
    async with ada.connect() as socket, aclosing(socket.subscribe(CHANGES, after=cursor)) as events:
        first, second = [(await anext(events))["changes"] for _ in range(2)]
    # What is gone by the time that it would be told is left out.
    assert first == {
        "__typename": "FileChanged",
        "file": {"id": uploaded["id"], "status": "READY", "name": "notes.txt"},
    }
    assert second == {"__typename": "FilesDeleted", "ids": [target["file"]["id"]]}


async def test_however_many_messages_carry_files_they_are_loaded_at_once(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    load_files = catalog.load_files

    async def counted(file_ids: Any) -> Any:
        calls.append(len(file_ids))
        return await load_files(file_ids)

    monkeypatch.setattr("gql_chat.api.engine.loaders.load_files", counted)
    session_id = await ada.new_session()
    files = [(await new_file(Owner(ada.user_id, session_id))).id for _ in range(3)]
    for file_id in files:
        attachments = [{"fileId": file_id}, {"fileId": files[0]}]
        await ada.send("look", sessionId=session_id, attachments=attachments, wait=True)
    query = """query ($id: ID!) { session(id: $id) { messages { nodes { parts {
        ... on FilePart { file { id text } } } } } } }"""
    await ada.run(query, id=session_id)
    assert len(calls) == 1


async def test_the_policy_follows_the_configuration_file(sqlite_url: str, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("upload_max_size_bytes: 3\n")
    async with run_chat(sqlite_url, tmp_path, CONFIG=config) as chat:
        root = await chat.sign_up("root", UserRole.ADMIN)
        session_id = await root.new_session()
        with pytest.raises(GraphQLErrors) as refused:
            await root.upload(session_id)
        assert refused.value.errors[0]["message"] == "The file is too large. A file may have at most 3 bytes."
        config.write_text("upload_max_size_bytes: 5\n")
        async with asyncio.timeout(30):
            while chat.services.files.policy.current.max_size_bytes != 5:
                await asyncio.sleep(0.05)
        await root.upload(session_id)
        config.write_text("upload_max_size_bytes: 4\nupload_quota_bytes_per_user: 7\n")
        reload = "mutation { reloadConfig { uploadPolicy { maxSizeBytes quotaBytesPerUser } } }"
        reloaded = (await root.run(reload))["reloadConfig"]["uploadPolicy"]
        assert reloaded == {"maxSizeBytes": 4, "quotaBytesPerUser": 7}


async def test_a_bucket_that_is_down_delays_what_it_can_and_breaks_nothing(sqlite_url: str, tmp_path: Path) -> None:
    store = {"STORE_URL": "s3://bucket", "STORE_ENDPOINT": closed_endpoint(), "STORE_ACCESS_KEY_ID": "id",
             "STORE_SECRET_ACCESS_KEY": "secret"}  # fmt: skip
    async with run_chat(sqlite_url, tmp_path, **store) as chat:
        ada = await chat.sign_up("ada")
        session_id = await ada.new_session()
        target = (await ada.run(CREATE, id=session_id))["createUploads"][0]
        for verb in (ada.upload(session_id), ada.run(COMPLETE, ids=[target["file"]["id"]])):
            with pytest.raises(GraphQLErrors) as refused:
                await verb
            assert refused.value.codes == ["UNAVAILABLE"]
            assert refused.value.errors[0]["message"] == "The file store cannot be reached; try again later."
        assert [file.status for file in await File.all()] == [FileStatus.PENDING]
        stored = await new_file(Owner(ada.user_id, session_id))
        sent = await ada.send("look", sessionId=session_id, attachments=[{"fileId": stored.id}], wait=True)
        assert sent["userMessage"]["text"] == "look"
        url = (await ada.run("query ($id: ID!) { file(id: $id) { downloadUrl } }", id=stored.id))["file"]["downloadUrl"]
        assert url.startswith(store["STORE_ENDPOINT"])
        await ada.run(DELETE, ids=[stored.id])
        await ada.run("mutation { deleteAllSessions }")
        assert await File.all().count() == 0
        assert await PendingDeletion.filter(object_key=stored.object_key).count() == 1


async def test_of_two_hundred_uploads_at_once_none_is_lost(chat_on_each: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    # On a slow machine the last one waits longer for its turn than a request may, and is then refused, not lost.
    monkeypatch.setattr("gql_chat.infra.db.postgres.ACQUIRE_SECONDS", 60)
    ada = await chat_on_each.sign_up("ada")
    session_id = await ada.new_session()
    contents = [f"file {number}" for number in range(200)]
    uploaded = await asyncio.gather(*(ada.upload(session_id, content) for content in contents))
    assert [(file["status"], file["text"]) for file in uploaded] == [("READY", content) for content in contents]
    assert await File.filter(session_id=session_id, status=FileStatus.READY).count() == 200
    keys = [file.object_key for file in await File.all()]
    sizes = await asyncio.gather(*map(chat_on_each.services.files.store.find_size, keys))
    assert sorted(filter(None, sizes)) == sorted(map(len, contents))
