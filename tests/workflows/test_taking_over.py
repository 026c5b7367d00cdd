"""GQL_CHAT_AFTER_CRASH=continue: a reply whose worker was killed goes on at another, once."""

import asyncio
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from gql_chat.chats import messages
from gql_chat.chats.messages import Settlement
from gql_chat.chats.models import Message, MessageStatus, Worker
from gql_chat.chats.pieces import Piece, save_pieces
from gql_chat.generation.prompting.prompt import CONTINUE
from gql_chat.infra import clock
from gql_chat.infra.db.database import transaction
from gql_chat.usage.models import Call, OpenCall
from tests.support.backing_services.valkey import Valkey
from tests.support.chat import Chat, run_chat
from tests.support.client import Client, Screen
from tests.support.demo import DemoServer, DrivenCall
from tests.support.process import run_server, sign_in
from tests.support.stored.replies import leave_unsettled, stored_text
from tests.workflows.test_two_workers import CONTINUE as CONTINUE_REPLY
from tests.workflows.test_two_workers import STOP, Watching

LEASE_SECONDS = 1
LONG_LEASE_SECONDS = 20  # so that a server is not taken for dead while it lives, however slow the machine is
SAID = ("one", "two", "three, and then stop")

# What a page was shown by a worker that died, of which "half" is kept; its end is inside a pair of what follows.
SHOWN, WHOLE = "half a🌍🌍 los", "half " + "🌍" * 8
SHOWN_UNITS = 14


async def begun(client: Client, chat: Chat, said: str, text: str) -> tuple[str, DrivenCall]:
    """Return a reply that has this text so far."""
    driven = chat.demo.drive("demo")
    reply_id = (await client.send(said))["reply"]["id"]
    call = await driven.next_call()
    await call.send(text)
    return reply_id, call


async def ledger_of(reply_id: str) -> tuple[list[str], int]:
    """Return the statuses of the calls for a reply that have ended, the oldest first, and the number of the others."""
    ended = await Call.filter(message_id=reply_id).order_by("created_at").values_list("status", flat=True)
    return list(map(str, ended)), await OpenCall.filter(message_id=reply_id).count()


async def test_a_reply_goes_on_at_another_worker_once_and_its_watchers_see_it_grow(
    own_redis: Valkey, postgres_url: str, tmp_path: Path
) -> None:
    here: dict[str, Any] = {"REDIS_URL": own_redis.url, "AFTER_CRASH": "continue", "LEASE_SECONDS": LEASE_SECONDS}
    there: dict[str, Any] = {
        "REDIS_URL": own_redis.url,
        "DATABASE_URL": postgres_url,
        "LEASE_SECONDS": LONG_LEASE_SECONDS,
    }
    async with (
        run_chat(postgres_url, tmp_path, **here) as chat,
        run_server(tmp_path, chat.demo, RATE_LIMITS="off", **there) as other,
    ):
        ada = await chat.sign_up("ada")
        replies = [await begun(ada.at(other.origin), chat, said, f"half of {said}") for said in SAID]
        watches = [Watching(ada, reply_id) for reply_id, _ in replies]
        for watching, said in zip(watches, SAID, strict=True):
            await watching.shows(f"half of {said}")
        driven = chat.demo.drive("demo")
        await other.kill()
        await messages.request_stop(replies[2][0])
        writer_id = (await Message.get(id=replies[0][0])).worker_id
        assert await Worker.filter(id=writer_id).update(lease_until=clock.now() - timedelta(seconds=1)) == 1
        calls = [await driven.next_call(), await driven.next_call()]
        prompts = [[message["content"] for message in call.body["messages"][-3:]] for call in calls]
        assert sorted(prompts) == [[said, f"half of {said}", CONTINUE] for said in SAID[:2]]
        calls.sort(key=lambda call: str(call.body["messages"][-3]["content"]))
        for (reply_id, _), watching, call, said in zip(replies[:2], watches[:2], calls, SAID[:2], strict=True):
            assert await ledger_of(reply_id) == (["ERROR"], 1)
            await call.send(f" and all of {said}")
            await watching.shows(f"half of {said} and all of {said}")
        await calls[0].finish()
        assert (await watches[0].end())["status"] == "COMPLETED"
        assert await ledger_of(replies[0][0]) == (["ERROR", "SUCCESS"], 0)
        # What breaks off twice may be what kills the workers. This one lives on, and "dead" has no log in
        # Redis, as one that was killed would have: so wait for its snapshot.
        async with asyncio.timeout(20):
            while await stored_text(replies[1][0]) != "half of two and all of two":
                await asyncio.sleep(0.05)
        await Message.filter(id=replies[1][0]).update(worker_id="dead")
        final = await watches[1].end()
        assert (final["status"], final["text"]) == ("INTERRUPTED", "half of two and all of two")
        assert await ledger_of(replies[1][0]) == (["ERROR", "ERROR"], 0)
        assert ((await watches[2].end())["status"], await ledger_of(replies[2][0])) == ("INTERRUPTED", (["ERROR"], 0))
        assert len(chat.demo.requests) == len(SAID) + 2


async def test_a_server_alone_goes_on_with_its_replies_after_a_restart(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"AFTER_CRASH": "continue", "LEASE_SECONDS": 0.5}
    async with DemoServer() as demo, aiohttp.ClientSession() as http:
        driven = demo.drive("demo")
        async with run_server(tmp_path, demo, **settings) as server:
            ada = await sign_in(http, server, "ada")
            reply_id = (await ada.send("one"))["reply"]["id"]
            await (await driven.next_call()).send("half")
            async with asyncio.timeout(20):
                while (await ada.message(reply_id))["text"] != "half":
                    await asyncio.sleep(0.05)
            await server.kill()
        async with run_server(tmp_path, demo, **settings) as server:
            call = await driven.next_call()
            await call.send(" and whole")
            await call.finish()
            screen = await ada.at(server.origin).watch_to_end(reply_id)
            assert screen.final is not None
            assert (screen.text, screen.final["status"]) == ("half and whole", "COMPLETED")


async def test_a_stop_reaches_the_worker_that_has_taken_the_reply_from_this_one(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    reply_id, call = await begun(ada, chat_on_each, "one", "text")
    await Message.filter(id=reply_id).update(worker_id="another")
    stopping = asyncio.create_task(ada.run(STOP, id=reply_id))
    await call.disconnected()
    async with asyncio.timeout(20):
        while (await Message.get(id=reply_id)).stop_requested_at is None:
            await asyncio.sleep(0.05)
    async with transaction():
        await messages.settle_reply(reply_id, "another", Settlement(MessageStatus.STOPPED, "text there", ""))
    assert await stopping == {"stopReply": {"status": "STOPPED", "text": "text there"}}


async def left_by_a_dead_worker(ada: Client) -> str:
    """Return a reply of which half is known, and whose worker has just died."""
    reply_id = str((await ada.send(wait=True))["reply"]["id"])
    for worker_id in ("dead", "successor"):
        now = clock.now()
        await Worker.create(id=worker_id, renewed_at=now, lease_until=now + timedelta(hours=1))
    await leave_unsettled(reply_id, "dead", text="", reasoning=None)
    await save_pieces("dead", [Piece(reply_id, 0, 0, "half", "thought")])
    return reply_id


async def hand_over(reply_id: str) -> None:
    """Let the successor go on with the reply, further than the dead worker had come."""
    await Message.filter(id=reply_id).update(worker_id="successor", text="half", reasoning="thought")
    await save_pieces("successor", [Piece(reply_id, 4, 7, WHOLE.removeprefix("half"), "")])


async def settle(reply_id: str) -> None:
    async with transaction():
        settlement = Settlement(MessageStatus.COMPLETED, WHOLE, "thought")
        assert await messages.settle_reply(reply_id, "successor", settlement)


def page_of_a_dead_worker() -> Screen:
    return Screen({"TEXT": SHOWN.encode("utf-16-le")})


async def test_a_page_that_waits_for_a_successor_is_corrected_however_far_that_is(chat_on_each: Chat) -> None:
    ada, screen = await chat_on_each.sign_up("ada"), page_of_a_dead_worker()
    reply_id = await left_by_a_dead_worker(ada)
    events = ada.watch(reply_id, SHOWN_UNITS)
    screen.take(await anext(events))
    assert (screen.text, screen.reasoning) == (SHOWN, "thought")
    await hand_over(reply_id)
    screen.take(await anext(events))
    assert screen.text == WHOLE
    await settle(reply_id)
    assert [event["__typename"] async for event in events] == ["ReplyFinished"]


async def test_a_page_that_waits_for_a_successor_is_corrected_although_that_has_ended(chat_on_each: Chat) -> None:
    ada, screen = await chat_on_each.sign_up("ada"), page_of_a_dead_worker()
    reply_id = await left_by_a_dead_worker(ada)
    events = ada.watch(reply_id, SHOWN_UNITS)
    screen.take(await anext(events))
    async with transaction():
        await hand_over(reply_id)
        await settle(reply_id)
    async for event in events:
        screen.take(event)
        assert screen.text == WHOLE
    assert screen.final is not None


async def test_a_page_that_comes_back_to_a_successor_is_corrected(chat_on_each: Chat) -> None:
    ada, screen = await chat_on_each.sign_up("ada"), page_of_a_dead_worker()
    reply_id = await left_by_a_dead_worker(ada)
    await hand_over(reply_id)
    events = ada.watch(reply_id, SHOWN_UNITS)
    while screen.text != WHOLE:
        screen.take(await anext(events))
    await settle(reply_id)
    assert [event["__typename"] async for event in events] == ["ReplyFinished"]


async def test_a_page_that_comes_back_to_a_reply_that_was_continued_is_corrected(chat_on_each: Chat) -> None:
    ada, screen = await chat_on_each.sign_up("ada"), page_of_a_dead_worker()
    reply_id, call = await begun(ada, chat_on_each, "one", "half")
    async with aclosing(ada.watch(reply_id)) as events:
        await anext(events)
    await ada.run(STOP, id=reply_id)
    await call.disconnected()
    driven = chat_on_each.demo.drive("demo")
    await ada.run(CONTINUE_REPLY, id=reply_id)
    call = await driven.next_call()
    await call.send(WHOLE.removeprefix("half"))
    another = Screen()
    async with aclosing(ada.watch(reply_id)) as events:
        while another.text != WHOLE:
            another.take(await anext(events))
    async with aclosing(ada.watch(reply_id, SHOWN_UNITS)) as events:
        screen.take(await anext(events))
    assert screen.text == WHOLE
    await call.finish()
