"""The server process: what a kill costs, what a polite end costs, and what it refuses to start with."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gql_chat.infra.db.migrations import migrations_folder
from tests.support.backing_services.valkey import Valkey
from tests.support.client import SEND, Client, GraphQLErrors, Screen
from tests.support.command_line import THIS_CHECKOUT, run
from tests.support.demo import DemoServer
from tests.support.process import run_server, sign_in


async def stored(client: Client, message_id: str, text: str) -> None:
    """Wait until the database holds at least this text of a reply."""
    async with asyncio.timeout(10):
        while len((await client.message(message_id))["text"]) < len(text):
            await asyncio.sleep(0.05)


async def shown(events: AsyncIterator[dict[str, object]], screen: Screen, text: str) -> None:
    """Watch until the screen shows this text."""
    while screen.text != text:
        screen.take(await anext(events))


async def test_kill_9_costs_at_most_what_came_after_the_last_snapshot(tmp_path: Path, demo: DemoServer) -> None:
    driven, screen = demo.drive("demo"), Screen()
    async with aiohttp.ClientSession() as http:
        async with run_server(tmp_path, demo) as server:
            ada = await sign_in(http, server, "ada")
            reply_id = (await ada.send())["reply"]["id"]
            call = await driven.next_call()
            await call.send("saved 🌍", " text", reasoning="thought")
            await stored(ada, reply_id, "saved 🌍 text")
            await call.send(" and lost")
            await shown(events := ada.watch(reply_id), screen, "saved 🌍 text and lost")
            await events.aclose()
            await server.kill()
        await call.disconnected()
        async with run_server(tmp_path, demo) as server:
            ada = await sign_in(http, server, "ada", new=False)
            message = await ada.message(reply_id)
            assert message["status"] == "INTERRUPTED"
            assert message["text"] in ("saved 🌍 text", "saved 🌍 text and lost")  # the next snapshot may have come
            assert message["reasoning"] == "thought"
            offset = len(screen.text.encode("utf-16-le")) // 2
            again = await ada.watch_to_end(reply_id, offset, had=screen.text)
            assert again.text == message["text"]
            assert again.final is not None
            assert again.final["status"] == "INTERRUPTED"
            sent = await ada.send("on we go", sessionId=(await ada.run(SESSIONS))["sessions"]["nodes"][0]["id"])
            await (await driven.next_call()).finish()
            assert (await ada.watch_to_end(sent["reply"]["id"])).final["status"] == "COMPLETED"  # type: ignore[index]


SESSIONS = "{ sessions { nodes { id messages { nodes { status } } } } }"


async def test_a_second_sigterm_settles_at_once_and_tells_watchers_before_it_hangs_up(
    tmp_path: Path, demo: DemoServer
) -> None:
    driven = demo.drive("demo")
    async with aiohttp.ClientSession() as http:
        async with run_server(tmp_path, demo, DRAIN_SECONDS=600, LEASE_SECONDS=600) as server:
            ada = await sign_in(http, server, "ada")
            reply_id = (await ada.send())["reply"]["id"]
            first = await driven.next_call()  # before the other is sent, which might overtake it
            waiting = asyncio.create_task(ada.send("and wait", wait=True))
            second = await driven.next_call()
            await first.send("all of ", "this")
            await second.send("and this")
            screen, events = Screen(), ada.watch(reply_id)
            await shown(events, screen, "all of this")
            server.process.send_signal(signal.SIGTERM)
            await server.farewell()
            async with asyncio.timeout(60):  # long before any lease runs out, and long before the replies' time is over
                await server.terminate()
            async for event in events:
                screen.take(event)
            assert screen.final is not None
            assert (screen.final["status"], screen.final["text"]) == ("INTERRUPTED", "all of this")
            assert (await waiting)["reply"]["status"] == "INTERRUPTED"
            assert server.process.returncode == 0
        async with run_server(tmp_path, demo) as server:
            ada = await sign_in(http, server, "ada", new=False)
            assert (await ada.message(reply_id))["text"] == "all of this"
            replies = [node["messages"]["nodes"][1] for node in (await ada.run(SESSIONS))["sessions"]["nodes"]]
            assert replies == [{"status": "INTERRUPTED"}] * 2


async def test_a_closed_terminal_cuts_no_reply_and_the_server_ends_with_the_last(
    tmp_path: Path, demo: DemoServer
) -> None:
    driven, screen = demo.drive("demo"), Screen()
    async with aiohttp.ClientSession() as http, run_server(tmp_path, demo, DRAIN_SECONDS=600) as server:
        ada = await sign_in(http, server, "ada")
        reply_id = (await ada.send())["reply"]["id"]
        first = await driven.next_call()
        waiting = asyncio.create_task(ada.send("and wait", wait=True))
        second = await driven.next_call()
        async with ada.connect() as socket, aclosing(ada.watch(reply_id)) as events:
            await first.send("half")
            await shown(events, screen, "half")
            server.process.send_signal(signal.SIGHUP)
            assert await server.farewell() == (
                "gql-chat is stopping: 2 replies may end within 600 s. Ctrl-C again interrupts at once."
            )
            with pytest.raises(GraphQLErrors, match="This server is shutting down") as refused:
                await anext(socket.subscribe(SEND, input={"text": "one more"}))
            assert refused.value.codes == ["UNAVAILABLE"]
            with pytest.raises(OSError, match="Connect"):
                await asyncio.open_connection("127.0.0.1", int(server.origin.rpartition(":")[2]))
            await first.send(" and whole")
            await shown(events, screen, "half and whole")
            await first.finish()
            async for event in events:
                screen.take(event)
            assert screen.final is not None
            assert (screen.final["status"], screen.final["text"]) == ("COMPLETED", "half and whole")
            assert server.process.returncode is None
            await second.finish()
            assert (await waiting)["reply"]["status"] == "COMPLETED"
            async for _ in socket.raw:
                pass
            assert socket.raw.close_code == 1012
        async with asyncio.timeout(60):  # long before the replies' time is over
            assert await server.process.wait() == 0
        assert server.process.stdout is not None
        assert await server.process.stdout.read() == b""


async def test_plain_serve_with_a_provider_of_ones_own_answers_without_the_demo_model(
    tmp_path: Path, demo: DemoServer
) -> None:
    async with aiohttp.ClientSession() as http, run_server(tmp_path, demo, DEMO_MODEL="off") as server:
        ada = await sign_in(http, server, "ada")
        sent = await ada.send("echo Hello there", wait=True)
        assert (sent["reply"]["status"], sent["reply"]["model"]) == ("COMPLETED", "demo")
        assert "Hello there" in sent["reply"]["text"]
        assert demo.requests[0].headers["authorization"] == "Bearer sk-of-tests"


async def refusal(tmp_path: Path, **settings: str) -> str:
    """Return the last line of a server that does not start."""
    without_prefix: dict[str, Any] = {name.removeprefix("GQL_CHAT_"): value for name, value in settings.items()}
    code, _, errors = await run("serve", **{"DATA_DIR": tmp_path, "PORT": 0, **without_prefix})
    assert code == 1
    assert "Traceback" not in errors
    return errors.strip().splitlines()[-1]


async def test_a_second_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    async with run_server(tmp_path):
        assert (await refusal(tmp_path)).startswith("Error: Another gql-chat server uses ")


async def test_an_old_schema_on_postgresql_is_refused_with_the_command_to_run(
    tmp_path: Path, blank_postgres_url: str
) -> None:
    database = {"GQL_CHAT_DATABASE_URL": blank_postgres_url, "GQL_CHAT_SECRET_KEY": "s" * 40}
    lacking = len(list(migrations_folder().glob("[0-9]*_*.py")))
    assert await refusal(tmp_path, **database) == (
        f"Error: The database lacks {lacking} migration(s): run `gql-chat migrate` first."
    )
    assert "GQL_CHAT_SECRET_KEY" in await refusal(tmp_path, GQL_CHAT_DATABASE_URL=blank_postgres_url)


async def test_a_wrong_setting_is_refused_in_a_line_that_names_it(tmp_path: Path) -> None:
    assert (await refusal(tmp_path, GQL_CHAT_PORT="eighty")).startswith("Error: GQL_CHAT_PORT: ")


async def test_what_cannot_be_used_is_refused_in_a_line_that_names_its_setting(
    tmp_path: Path, own_redis: Valkey
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        refusals = await asyncio.gather(
            refusal(tmp_path, GQL_CHAT_PORT=port),
            refusal(tmp_path, GQL_CHAT_HOST="192.0.2.1"),
            refusal(tmp_path, GQL_CHAT_DATA_DIR="/dev/null/x"),
            refusal(tmp_path, GQL_CHAT_DATABASE_URL="postgres://a:b@127.0.0.1:1/c", GQL_CHAT_SECRET_KEY="s" * 40),
            refusal(tmp_path, GQL_CHAT_DATABASE_URL=f"sqlite://{tmp_path}/missing/x.db"),
            refusal(tmp_path / "a", GQL_CHAT_REDIS_URL=own_redis.url.replace("//", "//:hunter2@")),
            refusal(tmp_path / "b", GQL_CHAT_STORE_URL="file:///dev/null/x"),
        )
    assert [line.removeprefix("Error: ") for line in refusals] == [
        f"GQL_CHAT_PORT: another program listens on port {port} of 127.0.0.1",
        "GQL_CHAT_HOST: 192.0.2.1 is not an address of this machine",
        "GQL_CHAT_DATA_DIR: must be a folder that can be written: Not a directory",
        "GQL_CHAT_DATABASE_URL: 127.0.0.1 cannot be reached: Connection refused",
        f"GQL_CHAT_DATABASE_URL: {tmp_path}/missing/x.db cannot be used: unable to open database file",
        "GQL_CHAT_REDIS_URL: 127.0.0.1 rejects the user or the password",
        "GQL_CHAT_STORE_URL: must be a folder that can be written: Not a directory",
    ]


async def test_serve_imports_the_heavy_parts_only_where_they_are_used(
    tmp_path: Path, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    unused = (
        *("openai", "opentelemetry", "redis", "gql_chat.demo"),
        *("PIL", "docx", "openpyxl", "pptx", "pypdf"),  # files are read in processes of their own
    )
    log = tmp_path / "imports"
    with log.open("wb") as output:
        async with run_server(tmp_path / "data", demo, log=output.fileno(), code=THIS_CHECKOUT) as server:
            await server.kill()
    imported = {line.rpartition("|")[2].strip() for line in log.read_text().splitlines() if "|" in line}
    assert "gql_chat.web.app" in imported
    assert imported.isdisjoint(unused)
