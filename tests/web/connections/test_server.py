"""The whole server's bounds on connections, and honest users in great number."""

import asyncio
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from tests.support.chat import Chat, run_chat
from tests.support.client import Client
from tests.support.process import run_server

USERS, SOCKETS_EACH = 10, 100


async def test_a_thousand_signed_in_sockets_stay_open_and_leave_room_for_more(sqlite_url: str, tmp_path: Path) -> None:
    names = ("REQUEST_HEADERS_TIMEOUT", "REQUEST_BODY_SILENCE_TIMEOUT", "WEBSOCKET_ANONYMOUS", "WRITE_TIMEOUT")
    short = {f"{name}_SECONDS": "1" for name in names}
    async with run_chat(sqlite_url, tmp_path, **short) as chat, AsyncExitStack() as stack:
        clients = [await chat.sign_up(f"user{number}") for number in range(USERS)]
        connector = aiohttp.TCPConnector(limit=0)
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        sockets = []
        for client in clients:
            client.http = http
            sockets += [await stack.enter_async_context(client.connect()) for _ in range(SOCKETS_EACH)]
        anonymous = await stack.enter_async_context(chat.stranger.connect())
        async with asyncio.timeout(20):
            assert (await anonymous.raw.receive()).data == 4401  # by now all limits have passed
        for socket in sockets:
            await socket.raw.send_json({"type": "ping"})
        answers = await asyncio.gather(*(socket.raw.receive_json() for socket in sockets))
        assert answers == [{"type": "pong"}] * USERS * SOCKETS_EACH
        assert (await clients[0].send(wait=True))["reply"]["status"] == "COMPLETED"


async def test_settings_bound_sockets_per_user(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, MAX_WEBSOCKETS_PER_USER="2") as chat:
        ada, bob = await chat.sign_up("ada"), await chat.sign_up("bob")
        async with ada.connect(), ada.connect(), bob.connect():
            with pytest.raises(AssertionError, match="1013"):
                async with ada.connect():
                    pass


async def test_event_streams_of_a_user_count_as_sockets_do(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, MAX_WEBSOCKETS_PER_USER="2") as chat:
        ada, bob = await chat.sign_up("ada"), await chat.sign_up("bob")

        def subscribe(client: Client) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
            headers = {"Authorization": f"Bearer {client.token}", "Accept": "text/event-stream"}
            query = {"query": "subscription { changes { __typename } }"}
            return chat.http.post(f"{chat.origin}/graphql", json=query, headers=headers)

        async with ada.connect(), subscribe(ada) as stream:
            async with subscribe(ada) as refused, subscribe(bob) as of_bob:
                assert (stream.status, refused.status, of_bob.status) == (200, 429, 200)
            with pytest.raises(AssertionError, match="1013"):
                async with ada.connect():
                    pass


async def test_half_a_request_is_closed_by_the_server_in_the_time_of_the_setting(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with run_chat(sqlite_url, tmp_path, REQUEST_HEADERS_TIMEOUT_SECONDS="0.2") as chat:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(chat.origin.rpartition(":")[2]))
        writer.write(b"POST /graphql HTTP/1.1\r\nHost: localhost\r\n")
        async with asyncio.timeout(10):
            assert b"408" in await reader.readline()
        writer.close()


async def test_files_of_the_server_are_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with run_server(folder):
        found = [folder, *folder.rglob("*")]
    assert len(found) > 2
    assert [str(path) for path in found if path.stat().st_mode & 0o077] == []


async def test_a_failed_start_of_a_request_leaves_its_place(chat: Chat) -> None:
    port = int(chat.origin.rpartition(":")[2])
    for _ in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        writer.close()
    async with asyncio.timeout(10):
        while len(chat.server._connections):
            await asyncio.sleep(0.01)
