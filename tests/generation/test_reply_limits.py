"""Replies are limited in length, and share a budget of memory, while honest ones beside them go on."""

import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gql_chat.chats.models import Message
from gql_chat.files.models import File
from gql_chat.usage.models import Call
from tests.generation.provider.test_completion import chunk
from tests.generation.provider.test_images import data_url
from tests.support import documents
from tests.support.chat import Chat, run_chat
from tests.support.client import Client
from tests.support.demo import DrivenCall, Script

MAX_CHARACTERS = 200_000
BUDGET_BYTES = 1024 * 1024
PIECE = "x" * 50_000
CONTINUE = "mutation ($id: ID!) { continueReply(messageId: $id) { reply { id } } }"


@pytest.fixture
async def limited(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Chat]:
    """Yield a server on which a few replies meet the limits."""
    settings = {"REPLY_MAX_CHARACTERS": MAX_CHARACTERS, "REPLIES_MAX_BYTES": BUDGET_BYTES}
    async with run_chat(sqlite_url, tmp_path, **settings) as running:
        yield running


async def begin(chat: Chat, client: Client) -> tuple[str, DrivenCall]:
    """Start a reply and return its id and its call."""
    driven = chat.demo.drive("demo")
    reply_id = (await client.send())["reply"]["id"]
    return reply_id, await driven.next_call()


async def shown(client: Client, reply_id: str, length: int) -> None:
    """Wait until a watcher was shown this many characters."""
    watch, had = client.watch(reply_id), 0
    while had < length:
        had += len((await anext(watch))["text"])
    await watch.aclose()


async def final(client: Client, reply_id: str) -> dict[str, Any]:
    """Wait for the reply's end and return it."""
    message = (await client.watch_to_end(reply_id)).final
    assert message is not None
    return message


async def test_a_reply_that_does_not_end_is_completed_at_its_maximum_with_all_its_text(limited: Chat) -> None:
    ada = await limited.sign_up("ada")
    reply_id, call = await begin(limited, ada)
    await call.send(reasoning="r" * 1000)
    for _ in range(MAX_CHARACTERS // len(PIECE)):
        await call.send(PIECE)
    message = await final(ada, reply_id)
    assert (message["status"], message["finishReason"], message["error"]) == ("COMPLETED", "LENGTH", None)
    assert (message["reasoning"], message["text"]) == ("r" * 1000, "x" * (MAX_CHARACTERS - 1000))
    await call.disconnected()
    logged = await Call.get(message_id=reply_id)
    assert (logged.status, logged.usage_source) == ("SUCCESS", "ESTIMATED")
    assert limited.services.runner.held_bytes == 0


async def test_one_enormous_piece_is_cut_at_the_maximum(limited: Chat) -> None:
    ada = await limited.sign_up("ada")
    limited.demo.script("demo", Script(chunks=("🌍" * (MAX_CHARACTERS + 5),)))
    reply = (await ada.send(wait=True))["reply"]
    assert (reply["status"], reply["finishReason"]) == ("COMPLETED", "LENGTH")
    assert (await Message.get(id=reply["id"])).text.count("🌍") == MAX_CHARACTERS


async def test_a_reply_of_exactly_the_maximum_ends_as_the_model_says(limited: Chat) -> None:
    ada = await limited.sign_up("ada")
    limited.demo.script("demo", Script(chunks=(PIECE,) * (MAX_CHARACTERS // len(PIECE))))
    reply = (await ada.send(wait=True))["reply"]
    assert (reply["status"], reply["finishReason"]) == ("COMPLETED", "STOP")


async def test_a_single_character_beyond_the_maximum_is_cut(limited: Chat) -> None:
    ada = await limited.sign_up("ada")
    pieces = [PIECE] * (MAX_CHARACTERS // len(PIECE))
    limited.demo.script("demo", Script(chunks=(*pieces, "y")))
    reply = (await ada.send(wait=True))["reply"]
    assert (reply["status"], reply["finishReason"]) == ("COMPLETED", "LENGTH")
    assert (await Message.get(id=reply["id"])).text == "".join(pieces)


async def test_a_reply_at_its_maximum_grows_no_further_when_it_is_continued(limited: Chat) -> None:
    ada = await limited.sign_up("ada")
    limited.demo.script("demo", Script(chunks=("x" * (MAX_CHARACTERS + 1),)))
    reply_id = (await ada.send(wait=True))["reply"]["id"]
    await ada.run(CONTINUE, id=reply_id)
    message = await final(ada, reply_id)
    assert (message["finishReason"], message["text"]) == ("LENGTH", "x" * MAX_CHARACTERS)


async def test_images_are_in_the_budget_and_those_that_were_whole_are_kept(limited: Chat) -> None:
    noise = Image.frombytes("RGB", (480, 480), random.Random(1).randbytes(480 * 480 * 3))
    first, second = (documents.encode(image) for image in (noise, noise.rotate(90)))
    ada = await limited.sign_up("ada")
    reply_id, call = await begin(limited, ada)
    await call.raw(chunk({"content": "Noise.", "images": [data_url(first)]}))
    await shown(ada, reply_id, len("Noise."))
    assert limited.services.runner.held_bytes == len(first) + 2 * len("Noise.")
    await call.raw(chunk({"images": [data_url(second)]}))  # 1.4 MB of a budget of 1 MiB
    message = await final(ada, reply_id)
    assert (message["status"], message["finishReason"], message["text"]) == ("COMPLETED", "LENGTH", "Noise.")
    assert [file.size_bytes for file in await File.filter(user_id=ada.user_id)] == [len(first)]
    assert limited.services.runner.held_bytes == 0


async def test_beyond_the_budget_the_largest_replies_of_the_heaviest_user_end_and_others_go_on(limited: Chat) -> None:
    ada, bob = await limited.sign_up("ada"), await limited.sign_up("bob")
    honest_id, honest = await begin(limited, bob)
    await honest.send("so far")
    heavy = [await begin(limited, ada) for _ in range(3)]
    for (reply_id, call), pieces in zip(heavy, (3, 3, 4), strict=True):
        await call.send(*(PIECE,) * pieces)
        await shown(ada, reply_id, pieces * len(PIECE))
    runner = limited.services.runner
    assert runner.held_bytes == 2 * (10 * len(PIECE) + len("so far"))
    await heavy[0][1].send("y" * 25_000)  # 1.05 MB of a budget of 1 MiB
    largest = await final(ada, heavy[2][0])
    assert (largest["status"], largest["finishReason"], largest["text"]) == ("COMPLETED", "LENGTH", PIECE * 4)
    assert runner.held_bytes == 2 * (6 * len(PIECE) + 25_000 + len("so far"))
    await honest.send(" and on")
    await honest.finish()
    assert (await final(bob, honest_id))["text"] == "so far and on"
    for reply_id, call in heavy[:2]:
        await call.finish()
        assert (await final(ada, reply_id))["finishReason"] == "STOP"
    assert runner.held_bytes == 0


async def test_events_that_do_not_end_count_in_the_budget(limited: Chat) -> None:
    ada, bob = await limited.sign_up("ada"), await limited.sign_up("bob")
    honest_id, honest = await begin(limited, bob)
    await honest.send("so far")
    reply_id, call = await begin(limited, ada)
    await call.raw(b'data: {"choices": [{"delta": {"content": "a"}}]}\n\ndata: {"choices": "')
    await shown(ada, reply_id, 1)
    try:
        for _ in range(1 + BUDGET_BYTES // len(PIECE)):
            await call.raw(PIECE.encode())
    except ConnectionError:
        pass
    message = await final(ada, reply_id)
    assert (message["status"], message["finishReason"], message["text"]) == ("COMPLETED", "LENGTH", "a")
    await honest.finish()
    assert (await final(bob, honest_id))["text"] == "so far"
