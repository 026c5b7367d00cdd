"""Signed links to this server: whole files and parts of them, safe in a browser, and for their holders alone."""

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gql_chat.files.models import File, FileStatus
from gql_chat.infra import clock
from gql_chat.users.models import UserRole
from gql_chat.web.endpoints.files import ByteRange, RangeNotSatisfiable, parse_range
from tests.support.chat import Chat, run_chat
from tests.support.client import Client

CREATE = """mutation ($id: ID!, $files: [UploadRequest!]!) { createUploads(sessionId: $id, files: $files) {
    file { id status mediaType } url method headers expiresAt } }"""
COMPLETE = "mutation ($ids: [ID!]!) { completeUploads(fileIds: $ids) { id status failure sha256 } }"
FRIEND = "http://localhost:5173"


async def get(chat: Chat, url: str, method: str = "GET", **headers: str) -> tuple[int, Any, bytes]:
    """Return status, headers and body."""
    wanted = {name.replace("_", "-"): value for name, value in headers.items()}
    async with chat.http.request(method, url, headers=wanted) as response:
        return response.status, response.headers, await response.read()


async def put(chat: Chat, url: str, content: Any) -> tuple[int, str | None]:
    """Return status and the error's code."""
    async with chat.http.put(url, data=content) as response:
        body = await response.json(content_type=None) if response.status != 200 else None
        return response.status, body and body["errors"][0]["extensions"]["code"]


async def announce(client: Client, size: int = 5, name: str = "notes.txt") -> Any:
    """Announce a file. Return the target of its upload."""
    session_id = await client.new_session()
    created = await client.run(CREATE, id=session_id, files=[{"name": name, "sizeBytes": size}])
    return created["createUploads"][0]


async def test_a_download_is_kept_by_a_browser_and_never_run(chat: Chat, ada: Client) -> None:
    file = await ada.upload(await ada.new_session(), "<script>alert(1)</script>", "页面.html")
    status, headers, body = await get(chat, file["downloadUrl"])
    assert (status, body) == (200, b"<script>alert(1)</script>")
    shown = {
        "content-type": "text/html",
        "content-disposition": "attachment; filename=\"file.html\"; filename*=UTF-8''%E9%A1%B5%E9%9D%A2.html",
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "cross-origin-resource-policy": "cross-origin",
        "referrer-policy": "no-referrer",
        "content-length": "25",
        "accept-ranges": "bytes",
        "etag": f'"{file["sha256"]}"',
        "cache-control": "private, max-age=900",
    }
    assert {name: headers[name] for name in shown} == shown


async def test_a_disabled_users_links_stop_at_once_and_work_again_for_an_enabled_one(
    chat_on_each: Chat,
) -> None:
    chat = chat_on_each
    ada, bob, root = await chat.sign_up("ada"), await chat.sign_up("bob"), await chat.sign_up("root", UserRole.ADMIN)
    file, target = await ada.upload(await ada.new_session()), await announce(ada)
    of_bob = await bob.upload(await bob.new_session())
    set_status = """mutation ($id: ID!, $status: UserStatus!) {
        updateUser(input: {id: $id, status: $status}) { status } }"""
    await root.run(set_status, id=ada.user_id, status="DISABLED")
    for method in ("GET", "HEAD"):
        assert (await get(chat, file["downloadUrl"], method))[0] == 404
    assert await put(chat, target["url"], b"hello") == (404, "NOT_FOUND")
    assert (await get(chat, of_bob["downloadUrl"]))[0] == 200
    assert (await File.get(id=target["file"]["id"])).status == FileStatus.PENDING
    await root.run(set_status, id=ada.user_id, status="ACTIVE")
    assert (await get(chat, file["downloadUrl"]))[2] == b"hello"
    assert await put(chat, target["url"], b"hello") == (200, None)


async def test_a_head_is_a_get_without_its_body(chat: Chat, ada: Client) -> None:
    file = await ada.upload(await ada.new_session())
    status, headers, body = await get(chat, file["downloadUrl"], "HEAD")
    assert (status, headers["content-length"], body) == (200, "5", b"")


@pytest.mark.parametrize(
    ("asked", "status", "content_range", "body"),
    [
        ("bytes=0-", 206, "bytes 0-4/5", b"hello"),
        ("bytes=1-2", 206, "bytes 1-2/5", b"el"),
        ("bytes=3-99", 206, "bytes 3-4/5", b"lo"),
        ("bytes=-2", 206, "bytes 3-4/5", b"lo"),
        ("bytes=-99", 206, "bytes 0-4/5", b"hello"),
        ("bytes=5-", 416, "bytes */5", b""),
        ("bytes=-0", 416, "bytes */5", b""),
        ("bytes=2-1", 200, None, b"hello"),
        ("bytes=0-0,2-2", 200, None, b"hello"),
        ("lines=1-2", 200, None, b"hello"),
    ],
)
async def test_a_part_is_given_where_one_is_asked_for(
    chat: Chat, ada: Client, asked: str, status: int, content_range: str | None, body: bytes
) -> None:
    file = await ada.upload(await ada.new_session())
    answer = await get(chat, file["downloadUrl"], range=asked)
    assert (answer[0], answer[1].get("content-range"), answer[2]) == (status, content_range, body)


def test_of_an_empty_file_there_is_no_part() -> None:
    for asked in ("bytes=0-", "bytes=-1"):
        with pytest.raises(RangeNotSatisfiable):
            parse_range(asked, 0)
    assert parse_range(None, 0) is None
    assert parse_range("bytes=0-0", 1) == ByteRange(0, 1)


async def test_a_browser_that_has_the_file_is_not_sent_it_again(chat: Chat, ada: Client) -> None:
    file = await ada.upload(await ada.new_session())
    etag = f'"{file["sha256"]}"'
    status, headers, body = await get(chat, file["downloadUrl"], if_none_match=etag)
    assert (status, body) == (304, b"")
    # RFC 9110, 15.4.5: a 304 repeats what a 200 would say to caches.
    shown = {
        "etag": etag,
        "cache-control": "private, max-age=900",
        "content-security-policy": "sandbox; default-src 'none'",
    }
    assert {name: headers.get(name) for name in shown} == shown
    for known in ("*", f'"other", W/{etag}'):  # RFC 9110, 13.1.2
        assert (await get(chat, file["downloadUrl"], if_none_match=known))[0] == 304
    assert (await get(chat, file["downloadUrl"], if_none_match='"other"'))[0] == 200
    assert (await get(chat, file["downloadUrl"], range="bytes=1-2", if_range='"other"'))[0] == 200
    assert (await get(chat, file["downloadUrl"], range="bytes=1-2", if_range=etag))[0] == 206


async def test_a_link_is_good_for_its_file_its_method_and_its_time(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = await ada.new_session()
    one, two = await ada.upload(session_id), await ada.upload(session_id)
    url = one["downloadUrl"]
    query = parse_qs(urlsplit(url).query)
    later = url.replace(query["expires"][0], str(int(query["expires"][0]) + 1))
    for forged in (
        url.replace(one["id"], two["id"]), url[:-1] + ("0" if url[-1] != "0" else "1"), later, url.split("?")[0],
        url.split("&")[0], url.replace(one["id"], "file_none"), url.replace("expires=", "expires=x"),
        url.replace("signature=", "signature=%F0%9F%98%80"),
    ):  # fmt: skip
        status, headers, _ = await get(chat, forged)
        assert (status, headers["cache-control"]) == (404, "no-store"), forged
    assert (await put(chat, url, b"hello"))[0] == 404
    assert (await get(chat, url, "DELETE"))[0] == 405
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=14))
    assert (await get(chat, url))[0] == 200
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=21))
    assert (await get(chat, url))[0] == 404


async def test_a_link_stays_the_same_for_a_while_so_that_pictures_are_loaded_once(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = clock.now().replace(minute=0, second=1, microsecond=0)
    monkeypatch.setattr(clock, "now", lambda: start)
    file = await ada.upload(await ada.new_session())

    async def link_after(minutes: float) -> str:
        monkeypatch.setattr(clock, "now", lambda: start + timedelta(minutes=minutes))
        found = await ada.run("query ($id: ID!) { file(id: $id) { downloadUrl } }", id=file["id"])
        return str(found["file"]["downloadUrl"])

    assert await link_after(4.9) == file["downloadUrl"]
    assert await link_after(5.1) != file["downloadUrl"]


async def test_a_deleted_file_is_gone_for_who_has_a_link(chat: Chat, ada: Client) -> None:
    file = await ada.upload(await ada.new_session())
    await ada.run("mutation ($id: ID!) { deleteFiles(ids: [$id]) }", id=file["id"])
    assert (await get(chat, file["downloadUrl"]))[0] == 404


async def test_what_is_announced_is_put_once_and_completed(chat: Chat, ada: Client) -> None:
    target = await announce(ada)
    assert (target["method"], target["headers"], target["file"]["status"]) == ("PUT", {}, "PENDING")
    file_id = target["file"]["id"]
    before = await ada.run("query ($id: ID!) { file(id: $id) { downloadUrl } }", id=file_id)
    assert (await get(chat, before["file"]["downloadUrl"]))[0] == 404
    assert await put(chat, target["url"], b"hello") == (200, None)
    assert await put(chat, target["url"], b"other") == (409, "CONFLICT")
    [file] = (await ada.run(COMPLETE, ids=[file_id]))["completeUploads"]
    assert (file["status"], file["failure"]) == ("READY", None)
    assert (await get(chat, before["file"]["downloadUrl"]))[2] == b"hello"
    assert await put(chat, target["url"], b"other") == (409, "CONFLICT")


@pytest.mark.parametrize(
    ("bytes_of", "status", "code"), [("ada", 429, "RATE_LIMITED"), (None, 503, "UNAVAILABLE")], ids=["user", "all"]
)
async def test_a_refusal_says_when_to_put_again(
    chat: Chat, ada: Client, bytes_of: str | None, status: int, code: str
) -> None:
    target, in_flight = await announce(ada), chat.services.files.in_flight
    room = in_flight.max_bytes_per_user if bytes_of else in_flight.max_bytes
    with ExitStack() as others:
        for number in range(room // in_flight.max_bytes_per_user):
            user_id = ada.user_id if bytes_of else str(number)
            others.enter_context(in_flight.reserve(user_id, in_flight.max_bytes_per_user))
        async with chat.http.put(target["url"], data=b"hello") as refused:
            assert (refused.status, refused.headers["retry-after"]) == (status, "10")
            assert (await refused.json())["errors"][0]["extensions"]["code"] == code
    assert (await File.get(id=target["file"]["id"])).status is FileStatus.PENDING
    assert await put(chat, target["url"], b"hello") == (200, None)


async def test_only_what_was_announced_is_taken_in(chat: Chat, ada: Client) -> None:
    target = await announce(ada)

    async def in_pieces(count: int) -> Any:
        for _ in range(count):
            yield b"x"

    assert await put(chat, target["url"], b"hello!") == (413, "PAYLOAD_TOO_LARGE")
    assert await put(chat, target["url"], in_pieces(6)) == (413, "PAYLOAD_TOO_LARGE")
    assert await put(chat, target["url"], b"hell") == (400, "BAD_USER_INPUT")
    assert await put(chat, target["url"], in_pieces(5)) == (200, None)


async def test_pages_of_a_friends_origin_may_put_and_read(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, ALLOWED_ORIGINS=FRIEND) as chat:
        target = await announce(await chat.sign_up("ada"))
        for origin, allowed in ((FRIEND, FRIEND), ("http://elsewhere.test", None)):
            asked = {"access-control-request-method": "PUT", "access-control-request-headers": "content-type"}
            async with chat.http.options(target["url"], headers={"origin": origin, **asked}) as response:
                assert response.headers.get("access-control-allow-origin") == allowed
        async with chat.http.put(target["url"], data=b"hello", headers={"origin": FRIEND}) as response:
            assert response.headers["access-control-allow-origin"] == FRIEND
            assert "content-range" in response.headers["access-control-expose-headers"]


async def test_links_begin_with_the_address_that_people_use(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, PUBLIC_URL="https://chat.example.com") as chat:
        file = await (ada := await chat.sign_up("ada")).upload(await ada.new_session())
        assert file["downloadUrl"].startswith(f"https://chat.example.com/files/{file['id']}?")


async def test_an_object_that_the_store_has_lost_is_not_found(chat: Chat, ada: Client) -> None:
    file = await ada.upload(await ada.new_session())
    await chat.services.files.store.delete((await File.get(id=file["id"])).object_key)
    assert (await get(chat, file["downloadUrl"]))[0] == 404
    assert (await File.get(id=file["id"])).status == FileStatus.READY
