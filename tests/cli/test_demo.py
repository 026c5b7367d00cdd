"""`gql-chat demo`."""

import asyncio
from pathlib import Path

import pytest

from gql_chat.server.listening import find_noted_address
from gql_chat.users.models import User
from tests.support.chat import Chat
from tests.support.command_line import invoke, run, started
from tests.support.demo import DemoServer, Script


async def test_demo_starts_a_server_of_its_own_and_prints_nothing_but_the_chat(tmp_path: Path) -> None:
    assert await run("demo", "2+3*4", DATA_DIR=tmp_path, PORT=0) == (
        0,
        "You: 2+3*4\ndemo: 2 + 3 × 4 = 14 🧮\n[completed, 139 tokens]\n",
        "",
    )


async def test_demo_prints_a_running_servers_reply_as_it_streams(chat: Chat) -> None:
    driven = chat.demo.drive("demo")
    async with started("demo", "Tell me", "--url", f"{chat.origin}/") as process:
        assert process.stdout is not None
        call = await driven.next_call()
        assert call.body["messages"][-1] == {"role": "user", "content": "Tell me"}
        for piece in ("数据 flows ", "🌍", " on"):
            await call.send(piece)
            expected = ("You: Tell me\ndemo: " if piece.startswith("数据") else "") + piece
            assert (await process.stdout.readexactly(len(expected.encode()))).decode() == expected
        await call.finish(usage={"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7})
        output, errors = await process.communicate()
    assert (process.returncode, output, errors) == (0, b"\n[completed, 7 tokens]\n", b"")


async def test_demo_shows_how_a_provider_fails(chat: Chat) -> None:
    chat.demo.script("demo", Script(chunks=("so far",), error_after=1))
    code, output, errors = await run("demo", "Hi", "--url", chat.origin)
    assert (code, errors) == (1, "")
    assert output.startswith("You: Hi\ndemo: so far\n[failed")


async def test_demo_leaves_no_user_behind(chat: Chat) -> None:
    assert (await run("demo", "Hi", "--url", chat.origin))[0] == 0
    assert await User.all().count() == 0


async def test_demo_finds_the_server_of_its_data_folder_at_another_port(tmp_path: Path) -> None:
    async with started("serve", "--port", "0", DATA_DIR=tmp_path, PORT=1) as server:
        assert server.stdout is not None
        await server.stdout.readuntil(b"Ctrl-C")
        assert (await run("demo", "1+1", DATA_DIR=tmp_path, PORT=1))[:2] == (
            0,
            "You: 1+1\ndemo: 1 + 1 = 2 🧮\n[completed, 135 tokens]\n",
        )
    assert find_noted_address(tmp_path) is not None  # it was killed
    assert (await run("demo", "1+1", DATA_DIR=tmp_path, PORT=0))[0] == 0  # so it starts its own


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://127.0.0.1:1", "No server answers at http://127.0.0.1:1: start one with `gql-chat serve`."),
        ("127.0.0.1", "127.0.0.1 is not a server's address: it must begin with http:// or https://."),
    ],
)
def test_demo_says_in_one_line_that_nobody_answers(url: str, complaint: str) -> None:
    result = invoke("demo", "--url", url)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"Error: {complaint}\n")


async def test_demo_says_in_one_line_that_something_else_answers(provider: DemoServer) -> None:
    result = await asyncio.to_thread(invoke, "demo", "--url", provider.base_url)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: The server at {provider.base_url} is not gql-chat.\n"
