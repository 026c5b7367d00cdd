"""PostgreSQL goes away while replies are being written, and comes back: nothing is lost, and nobody is told a lie."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gql_chat.changes.models import Change, ChangeKind
from gql_chat.chats import leases
from gql_chat.chats.models import Message, MessageStatus, ReplyPiece, Worker
from gql_chat.errors import Unavailable
from gql_chat.generation import reaper
from gql_chat.generation import runner as runner_module
from gql_chat.infra import clock
from gql_chat.infra.db.database import database_now, fetch_all
from gql_chat.usage.models import Call, CallStatus, OpenCall
from tests.generation.test_reaper import beat_until
from tests.infra.redis.test_connections import until
from tests.support.backing_services.databases import APPLICATION_NAME
from tests.support.backing_services.postgres import Postgres
from tests.support.backing_services.proxy import STORED, proxied
from tests.support.chat import Chat, run_chat
from tests.support.client import Client, GraphQLErrors
from tests.support.demo import DrivenCall
from tests.support.stored.replies import leave_unsettled, stored_text
from tests.web.openai.door import create_token, openai_client, settled_calls

CHANGES = "subscription { changes { __typename ... on ReplySettled { message { id status text } } } }"
CONTINUE = "mutation ($id: ID!) { continueReply(messageId: $id) { reply { id } } }"


@pytest.fixture
async def chat(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Chat]:
    """Yield the whole server on PostgreSQL, which tries again soon."""
    monkeypatch.setattr(runner_module, "SETTLE_RETRY_SECONDS", (0.05,))
    async with run_chat(postgres_url, tmp_path) as running:
        yield running


async def streaming(chat: Chat, client: Client, text: str) -> tuple[str, DrivenCall]:
    """Return a reply that has this text so far."""
    driven = chat.demo.drive("demo")
    reply_id = (await client.send())["reply"]["id"]
    call = await driven.next_call()
    await call.send(text)
    return reply_id, call


async def codes_of(attempt: object) -> list[str]:
    """Return the codes of the errors that the attempt meets."""
    with pytest.raises(GraphQLErrors) as refused:
        await attempt  # type: ignore[misc]
    return refused.value.codes


async def test_replies_outlive_a_restart_of_the_database(chat: Chat, ada: Client, postgres: Postgres) -> None:
    runner = chat.services.runner
    (ends_during_id, ends_during), (ends_after_id, ends_after) = [
        await streaming(chat, ada, text) for text in ("one", "two")
    ]
    watches = [ada.watch(reply_id) for reply_id in (ends_during_id, ends_after_id)]
    assert [(await anext(watch))["text"] for watch in watches] == ["one", "two"]
    with postgres.stopped():
        assert await codes_of(ada.send("meanwhile")) == ["UNAVAILABLE"]
        assert await codes_of(ada.message(ends_after_id)) == ["UNAVAILABLE"]
        await ends_during.send(" and its end")
        await ends_after.send(" goes on")
        assert [(await anext(watch))["text"] for watch in watches] == [" and its end", " goes on"]
        await ends_during.finish()
        with pytest.raises(Unavailable):
            await runner.beat()
    await runner.save()
    assert await stored_text(ends_after_id) == "two goes on"
    await ends_after.send(" to its end")
    await ends_after.finish()
    assert (await anext(watches[1]))["text"] == " to its end"
    finals = [(await anext(watch))["message"] for watch in watches]
    assert [(final["status"], final["text"]) for final in finals] == [
        ("COMPLETED", "one and its end"),
        ("COMPLETED", "two goes on to its end"),
    ]
    assert len(chat.demo.requests) == 2
    assert await Message.all().count() == 4


async def test_a_crash_of_the_database_loses_no_reply(chat: Chat, ada: Client, postgres: Postgres) -> None:
    reply_id, call = await streaming(chat, ada, "kept")
    await chat.services.runner.save()
    postgres.stop("immediate")
    await call.finish()
    postgres.start()
    screen = await ada.watch_to_end(reply_id)
    assert screen.final is not None
    assert (screen.final["status"], screen.text) == ("COMPLETED", "kept")


async def test_who_waits_for_a_reply_or_watches_changes_goes_on_after_a_restart(
    chat: Chat, ada: Client, postgres: Postgres
) -> None:
    driven = chat.demo.drive("demo")
    waiting = asyncio.create_task(ada.send(wait=True))
    call = await driven.next_call()
    async with ada.connect() as socket:
        changes = socket.subscribe(CHANGES)
        event = asyncio.ensure_future(anext(changes))
        await until(lambda: chat.services.change_feed.watched == 1)  # or the session may be older than the watch
        await ada.run("mutation { createSession(input: {}) { id } }")
        assert (await event)["changes"] == {"__typename": "SessionChanged"}
        event = asyncio.ensure_future(anext(changes))
        with postgres.stopped():
            await call.send("all of it")
            await call.finish()
            for look in (chat.services.change_feed.look, chat.services.sign_outs.sweep):
                with pytest.raises(Unavailable):
                    await look()
            chat.services.change_feed.announce({ada.user_id})
        sent = await waiting
        assert (sent["reply"]["status"], sent["reply"]["text"]) == ("COMPLETED", "all of it")
        message = {"id": sent["reply"]["id"], "status": "COMPLETED", "text": "all of it"}
        assert (await event)["changes"] == {"__typename": "ReplySettled", "message": message}
        await changes.aclose()


@pytest.mark.parametrize("hangs_up", [False, True])
async def test_a_completion_that_ends_while_the_database_is_away_is_billed_when_it_is_back(
    chat: Chat, ada: Client, postgres: Postgres, hangs_up: bool
) -> None:
    driven = chat.demo.drive("demo")
    async with openai_client(chat, await create_token(ada)) as door:
        asked: Any = {"model": "demo", "messages": [{"role": "user", "content": "hello"}], "stream": True}
        creating = asyncio.create_task(door.chat.completions.create(**asked))
        call = await driven.next_call()
        await call.send("text")
        stream = await creating
        with postgres.stopped():
            if hangs_up:
                await stream.close()
                await call.disconnected()
            else:
                await call.finish(usage={"prompt_tokens": 7, "completion_tokens": 5})
                assert [chunk.choices[0].finish_reason async for chunk in stream][-1] == "stop"
        [entry] = await settled_calls()
    assert (entry.status, entry.usage_source) == ("SUCCESS", "ESTIMATED" if hangs_up else "PROVIDER")
    assert entry.completion_tokens


async def test_a_watcher_of_another_workers_reply_outlives_a_restart(
    chat: Chat, ada: Client, postgres: Postgres
) -> None:
    reply_id = (await ada.send("echo it", wait=True))["reply"]["id"]
    await Message.filter(id=reply_id).update(status=MessageStatus.STREAMING, text="half", worker_id="another")
    watch = ada.watch(reply_id)
    assert (await anext(watch))["text"] == "half"
    ended = asyncio.ensure_future(anext(watch))
    with postgres.stopped():
        await asyncio.sleep(0)
        await asyncio.wait({ended}, timeout=1)  # it looks twice meanwhile, and finds no database
        assert not ended.done()
    await Message.filter(id=reply_id).update(status=MessageStatus.COMPLETED, text="half of it", worker_id=None)
    assert (await ended)["text"] == " of it"
    assert (await anext(watch))["message"]["status"] == "COMPLETED"


async def test_the_living_are_given_time_to_renew_their_leases_after_an_outage(
    chat: Chat, ada: Client, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, now = chat.services.runner, clock.now()

    async def renew(worker_id: str, lease: timedelta) -> datetime:
        await leases.renew_lease(worker_id, lease)
        return now

    async def database_now() -> datetime:
        return now

    monkeypatch.setattr(runner_module, "renew_lease", renew)  # as if this much time had passed for PostgreSQL
    monkeypatch.setattr(reaper, "database_now", database_now)
    reply_id = (await ada.send("echo it", wait=True))["reply"]["id"]

    async def beat_after(seconds: float) -> str:
        nonlocal now
        now += timedelta(seconds=seconds)
        await runner.beat()
        await runner.reaper.reap()
        return str((await Message.get(id=reply_id)).status)

    for _ in range(6):
        await beat_after(2)
    another = await Worker.create(id="another", renewed_at=now, lease_until=now + timedelta(seconds=10))
    await leave_unsettled(reply_id, another.id)
    with postgres.stopped():
        for _ in range(6):
            with pytest.raises(Unavailable):
                await beat_after(2)
    now += timedelta(seconds=2)
    await runner.reaper.reap()  # its round is due before any worker's heartbeat
    assert (await Message.get(id=reply_id)).status == MessageStatus.STREAMING
    assert await beat_after(0) == "STREAMING"
    await Worker.filter(id=another.id).update(lease_until=now + timedelta(seconds=5))  # the other could, and then died
    assert [await beat_after(2) for _ in range(5)] == [*["STREAMING"] * 4, "INTERRUPTED"]


async def test_a_reply_whose_end_was_stored_unheard_is_settled_once(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxied(postgres_url) as proxy, run_chat(proxy.url, tmp_path) as chat:
        ada = await chat.sign_up("ada")
        reply_id, call = await streaming(chat, ada, "all of it")
        watching = asyncio.create_task(ada.watch_to_end(reply_id))
        monkeypatch.setattr(runner_module, "SETTLE_RETRY_SECONDS", (0.05,))
        proxy.lost = STORED
        with capture_logs() as logs:
            await call.finish()
            await proxy.losing.wait()
            screen = await watching
            await chat.services.runner.wait(reply_id)
        assert screen.final is not None
        assert (screen.final["status"], screen.text) == ("COMPLETED", "all of it")
        assert [line["event"] for line in logs if line["log_level"] == "warning"] == ["reply_not_settled_yet"]
        assert await Change.filter(kind=ChangeKind.REPLY_SETTLED).count() == 1


async def test_a_reply_whose_send_was_stored_unheard_is_settled_by_a_reaper(postgres_url: str, tmp_path: Path) -> None:
    async with proxied(postgres_url) as proxy, run_chat(proxy.url, tmp_path) as chat:
        ada, runner = await chat.sign_up("ada"), chat.services.runner
        proxy.lost = STORED
        assert await codes_of(ada.send(idempotencyKey="once")) == ["UNAVAILABLE"]
        reply = (await ada.send(idempotencyKey="once"))["reply"]
        watching = asyncio.create_task(ada.watch_to_end(reply["id"]))
        for released in (False, True):  # by the first look it might be about to be written
            await runner.release_unwritten()
            assert ((await Message.get(id=reply["id"])).worker_id is None) is released
        beat_until(runner.reaper, await database_now())
        await runner.reaper.reap()
        screen = await watching
        assert screen.final is not None
        assert (screen.final["status"], screen.text) == ("INTERRUPTED", "")
        assert [call.status for call in await Call.filter(message_id=reply["id"])] == [CallStatus.ERROR]
        assert (await OpenCall.all().count(), len(chat.demo.requests)) == (0, 0)


async def test_a_reply_is_not_continued_before_its_writer_knows_that_it_has_ended(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "SETTLE_RETRY_SECONDS", (0.5,))
    async with proxied(postgres_url) as proxy, run_chat(proxy.url, tmp_path) as chat:
        ada, runner = await chat.sign_up("ada"), chat.services.runner
        reply_id, call = await streaming(chat, ada, "cut")
        proxy.lost = STORED
        await call.finish("length")
        await proxy.losing.wait()
        with monkeypatch.context() as patch:
            patch.setattr(runner, "wait", lambda _: asyncio.sleep(0))  # as if another device had continued it since
            assert await codes_of(ada.run(CONTINUE, id=reply_id)) == ["CONFLICT"]
        assert (await Message.get(id=reply_id)).status == MessageStatus.COMPLETED
        continued = asyncio.create_task(ada.run(CONTINUE, id=reply_id))
        call = await chat.demo.drive("demo").next_call()
        await call.send(" and done")
        await call.finish()
        await continued
        assert (await ada.watch_to_end(reply_id)).text == "cut and done"


async def test_four_connections_serve_a_hundred_replies_at_once(postgres_url: str, tmp_path: Path) -> None:
    async with run_chat(postgres_url, tmp_path, DATABASE_POOL_SIZE=4, MAX_REPLIES_PER_USER=100) as chat:
        ada, driven = await chat.sign_up("ada"), chat.demo.drive("demo")
        sent = await asyncio.gather(*(ada.send(str(number)) for number in range(100)))
        watching = [asyncio.create_task(ada.watch_to_end(one["reply"]["id"])) for one in sent]
        calls = [await driven.next_call() for _ in sent]
        said = [call.body["messages"][-1]["content"] for call in calls]
        await asyncio.gather(*(call.send(f"{text} is") for call, text in zip(calls, said, strict=True)))
        async with asyncio.timeout(30):
            while await ReplyPiece.all().count() < 100:
                await chat.services.runner.save()
        await asyncio.gather(*(call.send(" answered") for call in calls))
        await asyncio.gather(*(call.finish() for call in calls))
        screens = await asyncio.gather(*watching)
        assert [screen.text for screen in screens] == [f"{number} is answered" for number in range(100)]
        assert {screen.final["status"] for screen in screens if screen.final} == {"COMPLETED"}
        connections = await fetch_all(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name <> $1",
            APPLICATION_NAME,
        )
        assert connections == [{"count": 4}]
