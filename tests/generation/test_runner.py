"""The runner's promises: leases, snapshots, fencing, and that every reply ends in a settled row."""

import asyncio
import base64
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gql_chat.chats.leases import LEASE, list_held
from gql_chat.chats.models import Message, MessageStatus, ReplyPiece, Worker
from gql_chat.chats.pieces import Piece, save_pieces
from gql_chat.errors import Unavailable
from gql_chat.generation import runner as runner_module
from gql_chat.generation import saving
from gql_chat.generation.reaper import reap_expired
from gql_chat.generation.settling import REPLIES, WORKER_DIED, settle
from gql_chat.infra import clock
from gql_chat.infra.db.database import database_now, fetch_all
from gql_chat.usage.models import OpenCall
from tests.support.branching import go_on
from tests.support.chat import Chat, run_chat
from tests.support.client import Client, GraphQLErrors
from tests.support.demo import DrivenCall
from tests.support.stored.replies import leave_unsettled, stored_text


async def streaming(chat: Chat, client: Client, text: str) -> tuple[str, DrivenCall]:
    """Start a reply with this text, wait until it was shown, and return its id and its call."""
    driven = chat.demo.drive("demo")
    reply_id = (await client.send())["reply"]["id"]
    call = await driven.next_call()
    await call.send(text)
    await seen(client, reply_id, text)
    return reply_id, call


async def pieces_of(reply_id: str) -> list[tuple[Any, ...]]:
    """Return where the pieces of a reply begin, and their texts."""
    return await ReplyPiece.filter(message_id=reply_id).order_by("text_at").values_list("text_at", "text")


async def wal_bytes() -> int:
    """Return how much PostgreSQL has written to its log so far."""
    [row] = await fetch_all("SELECT pg_current_wal_insert_lsn() - '0/0' AS bytes")
    return int(row["bytes"])


async def until_held(chat: Chat, count: int) -> None:
    """Wait until the runner has read this many bytes of its replies."""
    async with asyncio.timeout(10):
        while chat.services.runner.held_bytes < count:
            await asyncio.sleep(0)


async def seen(client: Client, reply_id: str, text: str) -> None:
    """Wait until a watcher has been shown this text."""
    watch, had = client.watch(reply_id), ""
    while had != text:
        had += (await anext(watch))["text"]
    await watch.aclose()


async def test_a_heartbeat_stores_what_has_grown_and_renews_the_lease(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    runner = chat_on_each.services.runner
    reply_id, call = await streaming(chat_on_each, ada, "so far 🌍")
    before = await Worker.get(id=runner.worker_id)
    await runner.beat()
    await runner.save()
    after, row = await Worker.get(id=runner.worker_id), await Message.get(id=reply_id)
    assert await stored_text(reply_id) == "so far 🌍"
    assert (row.status, row.worker_id) == (MessageStatus.STREAMING, runner.worker_id)
    assert row.lease_until is None
    assert before.renewed_at < after.renewed_at <= await database_now()
    assert after.lease_until == after.renewed_at + LEASE
    await call.finish()
    assert (await ada.watch_to_end(reply_id)).text == "so far 🌍"


async def test_a_reply_that_settles_during_a_heartbeat_does_not_end_it(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply_id, call = await streaming(chat, ada, "some text")
    runner, renewed = chat.services.runner, list[str]()

    async def list_held_late(worker_id: str, message_ids: list[str]) -> Any:
        await call.finish()
        await runner.wait(reply_id)
        return await list_held(worker_id, message_ids)

    monkeypatch.setattr(runner_module, "list_held", list_held_late)
    monkeypatch.setattr(chat.services.running.broker, "renew", lambda held, until: renewed.extend(held))
    await runner.beat()
    assert (renewed, runner.count) == ([], 0)


async def test_heartbeats_store_only_what_is_new_and_settled_replies_keep_no_pieces(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    runner = chat_on_each.services.runner
    reply_id, call = await streaming(chat_on_each, ada, "one 🌍")
    await runner.save()
    await runner.save()
    await call.send(" two")
    await seen(ada, reply_id, "one 🌍 two")
    await runner.save()
    assert await pieces_of(reply_id) == [(0, "one 🌍"), (6, " two")]
    assert (await ada.message(reply_id))["text"] == "one 🌍 two"
    await call.finish()
    assert (await ada.watch_to_end(reply_id)).text == "one 🌍 two"
    await runner.save()
    assert len(await pieces_of(reply_id)) == 2  # a reader may have read the row before it settled
    await runner.save()
    assert await pieces_of(reply_id) == []
    assert (await Message.get(id=reply_id)).text == "one 🌍 two"


async def test_what_a_reply_grew_by_is_stored_in_parts_that_take_little_memory(
    chat_on_each: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gql_chat.generation.saving.MAX_UNITS", 10)
    ada, runner = await chat_on_each.sign_up("ada"), chat_on_each.services.runner
    (long_id, long_call), (short_id, short_call) = [
        await streaming(chat_on_each, ada, text) for text in ("is 🌍 or 🌍🌍 here or there", "short")
    ]
    await runner.save()
    assert await pieces_of(long_id) == [(0, "is 🌍 or "), (9, "🌍🌍 here "), (19, "or there")]
    assert await pieces_of(short_id) == [(0, "short")]
    assert await stored_text(long_id) == "is 🌍 or 🌍🌍 here or there"
    for reply_id, call in ((long_id, long_call), (short_id, short_call)):
        await call.finish()
        assert (await ada.watch_to_end(reply_id)).final is not None


async def test_one_statement_stores_what_only_so_many_replies_grew_by(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "MAX_REPLIES", 2)
    sizes: list[int] = []

    async def save_counted(worker_id: str, pieces: Sequence[Piece]) -> set[str]:
        sizes.append(len(pieces))
        return await save_pieces(worker_id, pieces)

    monkeypatch.setattr(saving, "save_pieces", save_counted)
    async with run_chat(database_url, tmp_path, LEASE_SECONDS=600) as chat:  # no heartbeat but that of the test
        ada = await chat.sign_up("ada")
        running = [await streaming(chat, ada, f"reply {number}") for number in range(5)]
        await chat.services.runner.save()
        assert sizes == [2, 2, 1]
        assert [await pieces_of(reply_id) for reply_id, _ in running] == [[(0, f"reply {n}")] for n in range(5)]
        for _, call in running:
            await call.finish()


async def test_the_snapshots_of_a_long_reply_write_less_than_four_times_its_text(
    postgres_url: str, tmp_path: Path
) -> None:
    # As fast as the 3,000 characters a second of a reply of 200,000 tokens, at half of its length. Base64 because
    # PostgreSQL would compress what repeats.
    text = base64.b64encode(random.Random(1).randbytes(600_000)).decode()
    async with run_chat(postgres_url, tmp_path, LEASE_SECONDS=600) as chat:  # no heartbeat but those of the test
        ada = await chat.sign_up("ada")
        reply_id, call = await streaming(chat, ada, text[:1])
        before = await wal_bytes()
        for start in range(1, len(text), 6000):
            piece = text[start : start + 6000]
            await call.send(piece)
            await until_held(chat, 2 * (start + len(piece)))
            await chat.services.runner.save()
        written = await wal_bytes() - before
        await call.finish()
        assert (await ada.watch_to_end(reply_id)).text == text
    assert written < 4 * len(text), written


async def test_a_reply_whose_writer_died_is_reaped_with_its_last_snapshot(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    sent = await ada.send("echo one", wait=True)
    until = clock.now() + timedelta(seconds=60)
    await leave_unsettled(sent["reply"]["id"], "dead", text="half", lease_until=until, finished_at=None)
    watching = asyncio.create_task(ada.watch_to_end(sent["reply"]["id"]))
    reaped = REPLIES.labels("INTERRUPTED", WORKER_DIED)
    before = reaped._value.get()
    assert await reap_expired() == 0
    await Message.filter(id=sent["reply"]["id"]).update(lease_until=clock.now() - timedelta(seconds=1))
    assert await reap_expired() == 1
    assert reaped._value.get() == before + 1
    screen = await watching
    assert screen.final is not None
    assert (screen.final["status"], screen.text) == ("INTERRUPTED", "half")
    row = await Message.get(id=sent["reply"]["id"])
    assert (row.worker_id, row.lease_until) == (None, None)
    assert row.finished_at is not None


async def test_a_writer_that_lost_its_lease_writes_nothing_more_and_hangs_up(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    reply_id, call = await streaming(chat_on_each, ada, "mine")
    watch = ada.watch(reply_id)
    assert (await anext(watch))["text"] == "mine"
    await Message.filter(id=reply_id).update(status=MessageStatus.INTERRUPTED, text="taken over", worker_id=None)
    await call.send(" no more")
    assert (await anext(watch))["text"] == " no more"
    await watch.aclose()
    await chat_on_each.services.runner.beat()
    await call.disconnected()
    await chat_on_each.services.runner.wait(reply_id)
    message = await ada.message(reply_id)
    assert (message["status"], message["text"]) == ("INTERRUPTED", "taken over")


async def test_pieces_of_another_writer_stay_whoever_wrote_the_reply_before(chat_on_each: Chat) -> None:
    ada, runner = await chat_on_each.sign_up("ada"), chat_on_each.services.runner
    replies = [await streaming(chat_on_each, ada, "half") for _ in range(2)]
    (lost_id, lost), (continued_id, continued) = replies
    await runner.save()
    await Message.filter(id=lost_id).update(worker_id="another")
    await runner.beat()
    await lost.disconnected()
    await runner.wait(lost_id)
    await continued.finish("length")
    await runner.wait(continued_id)
    _, again = await go_on(chat_on_each, ada, continued_id)
    await again.send(" and more")
    await seen(ada, continued_id, "half and more")
    for _ in range(3):
        await runner.save()
    assert await stored_text(lost_id) == "half"
    assert await stored_text(continued_id) == "half and more"


async def test_a_reply_that_is_a_workers_by_the_database_alone_is_released_at_the_second_look(
    chat_on_each: Chat,
) -> None:
    ada, runner = await chat_on_each.sign_up("ada"), chat_on_each.services.runner
    left_id = (await ada.send("echo one", wait=True))["reply"]["id"]
    written_id, call = await streaming(chat_on_each, ada, "all")
    await leave_unsettled(left_id, runner.worker_id)
    await OpenCall.filter(message_id=left_id).update(worker_id=runner.worker_id)
    for is_released in (False, True):
        await runner.release_unwritten()
        assert ((await Message.get(id=left_id)).worker_id is None) is is_released
    await call.finish()
    assert (await ada.watch_to_end(written_id)).text == "all"
    assert await reap_expired() == 1
    assert (await Message.get(id=left_id)).status == MessageStatus.INTERRUPTED


async def test_a_reply_that_goes_on_here_since_its_commit_was_answered_late_is_not_started_again(
    chat_on_each: Chat,
) -> None:
    ada, runner = await chat_on_each.sign_up("ada"), chat_on_each.services.runner
    reply_id, call = await streaming(chat_on_each, ada, "half")
    running = runner.find(ada.user_id, reply_id)
    assert running is not None
    runner.start(running.job)
    assert runner.find(ada.user_id, reply_id) is running
    await call.send(" and all")
    await call.finish()
    screen = await ada.watch_to_end(reply_id)
    assert screen.final is not None
    assert (screen.final["status"], screen.final["text"]) == ("COMPLETED", "half and all")


async def test_a_database_that_fails_for_a_while_delays_the_end_and_loses_nothing(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([Unavailable("locked"), OSError("gone"), None])

    async def unreliable(*args: Any) -> bool:
        failure = next(failures)
        if failure is not None:
            raise failure
        return await settle(*args)

    monkeypatch.setattr(runner_module, "settle", unreliable)
    monkeypatch.setattr(runner_module, "SETTLE_RETRY_SECONDS", (0.0,))
    reply_id, call = await streaming(chat, ada, "all of it")
    await call.finish()
    screen = await ada.watch_to_end(reply_id)
    assert screen.final is not None
    assert (screen.final["status"], screen.final["text"]) == ("COMPLETED", "all of it")
    assert list(failures) == []


async def test_an_interruption_settles_everything_and_takes_nothing_more(chat: Chat, ada: Client) -> None:
    reply_id, call = await streaming(chat, ada, "cut short")
    await chat.services.runner.interrupt()
    await call.disconnected()
    message = await ada.message(reply_id)
    assert (message["status"], message["text"]) == ("INTERRUPTED", "cut short")
    with pytest.raises(GraphQLErrors) as refused:
        await ada.send("too late")
    assert refused.value.codes == ["UNAVAILABLE"]
    assert await Message.all().count() == 2


async def test_a_fault_of_ours_ends_a_reply_too_and_is_not_told_to_the_client(
    chat: Chat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(await chat.services.side_calls.llm.client(), "stream", broken)
    screen = await ada.watch_to_end((await ada.send())["reply"]["id"])
    assert screen.final is not None
    assert (screen.final["status"], screen.final["error"], screen.text) == ("INTERRUPTED", None, "")
