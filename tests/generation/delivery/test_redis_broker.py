"""Redis adds to a broker: a log that a reaper seals, recovery of dead writers' replies, repair of missed messages."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack, aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from gql_chat.chats.leases import LEASE
from gql_chat.chats.pieces import recovered_text
from gql_chat.generation.delivery import mirrors as mirrors_module
from gql_chat.generation.delivery.growing import DeltaKind, GrowingReply, Position
from gql_chat.generation.delivery.mirrors import Feed, Mirror
from gql_chat.generation.delivery.publishing import MARGIN
from gql_chat.generation.delivery.redis_broker import RedisBroker
from gql_chat.generation.delivery.redis_log import Entry, encode_ask, encode_message
from gql_chat.infra.redis.breaker import RedisLost
from gql_chat.infra.redis.client import Argument, LuaScript
from gql_chat.infra.redis.connections import RedisConnections, open_redis
from tests.generation.delivery.test_broker import Watcher
from tests.generation.delivery.test_growing import INCREMENTS, js_slice, shown
from tests.infra.redis.test_connections import until
from tests.support.backing_services.valkey import Valkey
from tests.support.running.brokers import FOR_EVER, LOG, WRITER, Open, published, text_of
from tests.support.running.examples import examples


async def test_what_an_old_writer_appends_reaches_nobody_once_a_reaper_has_sealed_its_log(worker: Open) -> None:
    old, new, other = [await worker() for _ in range(3)]
    stale, reply = GrowingReply("msg_x", text="same "), GrowingReply("msg_x", text="same ")
    with old.publish(stale):
        watcher = Watcher(other, "msg_x")
        await watcher.has("same ")
        await new.recover([WRITER])
        with new.publish(reply):
            new.end({"msg_x": WRITER})
            assert await watcher.end() == "same "  # of the old one
            watcher = Watcher(other, "msg_x", writer_id=new.worker_id)
            await watcher.has("same ")
            stale.append("old")
            await published(old)
            reply.append("new")
            await watcher.has("same new")
            stale.append("er")
            await published(old)
            reply.append("er")
            await watcher.has("same newer")
        assert await watcher.end() == "same newer"
    await published(old)


async def test_the_end_of_an_old_writing_does_not_end_the_new_one_of_the_same_worker(worker: Open) -> None:
    writer, other = await worker(), await worker()
    reply, old = GrowingReply("msg_x"), writer.publish(GrowingReply("msg_x", text="stale"))
    old.__enter__()
    stale = Watcher(other, "msg_x")
    await stale.has("stale")
    old.__exit__(None, None, None)
    with writer.publish(reply):
        assert await stale.end() == "stale"
        watcher = Watcher(other, "msg_x")
        reply.append("here")
        await watcher.has("here")
    assert await watcher.end() == "here"


async def test_a_writer_whose_lease_may_have_run_out_shows_only_what_a_reaper_would_keep(worker: Open) -> None:
    writer, reaper, other = [await worker() for _ in range(3)]
    reply = GrowingReply("msg_x", text="in time")
    with writer.publish(reply):
        near, far = Watcher(writer, "msg_x"), Watcher(other, "msg_x")
        await far.has("in time")
        writer.renew(["msg_x"], until=0.0)
        reply.append(", past it")
        await near.has("in time, past it")
        await far.has("in time, past it")
        recovered = await reaper.recover([WRITER])
        assert recovered_text("in time", [(piece.text_at, piece.text) for piece in recovered["msg_x"]]) == (
            "in time, past it"
        )
        reply.append(", too late")
        await published(writer)
        reply.append(", still", "thought")
        await published(writer)
        assert near.text == far.text == "in time, past it"
        writer.renew(["msg_x", "msg_unknown"], until=FOR_EVER)
        await near.has("in time, past it, too late, still")
        await published(writer)
        await Watcher(other, "msg_x").has("in time, past it, too late, still")


async def test_a_reply_that_begins_in_the_last_moments_of_the_lease_begins_no_log(
    worker: Open, redis: RedisConnections
) -> None:
    writer = await worker()
    writer.renew([], until=asyncio.get_running_loop().time() + LEASE.total_seconds() * MARGIN / 2)
    with writer.publish(GrowingReply("msg_x", text="hello")):
        await published(writer)
        assert await redis.patient.run("EXISTS", LOG) == 0
        writer.renew(["msg_x"], until=FOR_EVER)
        await published(writer)
        assert await redis.patient.run("EXISTS", LOG) == 1


async def test_a_writer_whose_lease_may_have_run_out_begins_no_log(worker: Open, redis: RedisConnections) -> None:
    writer = await worker()
    reply = GrowingReply("msg_x", text="in time")
    with writer.publish(reply):
        near = Watcher(writer, "msg_x")
        await near.has("in time")
        await published(writer)
        writer.renew(["msg_x"], until=0.0)
        await published(writer)
        await redis.patient.run("DEL", LOG)  # sealed by a reaper, and expired
        reply.append(", too late")
        await published(writer)
        assert await redis.patient.run("KEYS", "test:*") == []
    assert await near.end() == "in time"


async def test_without_redis_a_writer_shows_its_watchers_everything(own_redis: Valkey, worker: Open) -> None:
    writer = await worker(url=own_redis.url)
    reply = GrowingReply("msg_x", text="in time")
    with writer.publish(reply):
        near = Watcher(writer, "msg_x")
        await published(writer)
        writer.renew(["msg_x"], until=0.0)
        await published(writer)
        with own_redis.frozen():
            reply.append(", held until Redis is known to be lost")
            await near.has("in time, held until Redis is known to be lost")
            reply.append(", and no longer")
            await near.has("in time, held until Redis is known to be lost, and no longer")


async def test_a_reaper_gets_all_that_was_published_and_the_writer_publishes_no_more(
    worker: Open, redis: RedisConnections
) -> None:
    writer, reaper, other = [await worker() for _ in range(3)]
    reply = GrowingReply("msg_x")
    with writer.publish(reply):
        watcher = Watcher(other, "msg_x")
        reply.append("told 🌍\ud83c", "thought")
        await watcher.has("told 🌍")
        recovered = await reaper.recover([WRITER, "unknown"])
        assert text_of(recovered) == "told 🌍"
        assert [piece.reasoning for piece in recovered["msg_x"]] == ["thought"]
        reply.append("\udf0d not told")
        await published(writer)
        assert await reaper.recover([WRITER]) == recovered  # another reaper gets as much
        reaper.end({"msg_x": WRITER, "msg_unknown": "unknown"})
        assert await watcher.end() == "told 🌍"
    await published(writer, reaper)
    assert await redis.patient.run("KEYS", "test:*") == [b"test:{writer}:sealed"]
    assert 3_590_000 < await redis.patient.run("PTTL", "test:{writer}:sealed") <= 3_600_000


async def test_a_writer_that_was_taken_for_dead_but_still_holds_its_lease_goes_on_publishing(worker: Open) -> None:
    writer, reaper, other = [await worker() for _ in range(3)]
    reply = GrowingReply("msg_x", text="before")
    with writer.publish(reply):
        await published(writer)
        await reaper.recover([WRITER])
        reply.append(", meanwhile")
        await published(writer)
        assert await Watcher(other, "msg_x").end() == ""
        writer.renew(["msg_x"], until=FOR_EVER)
        await published(writer)
        watcher = Watcher(other, "msg_x")
        await watcher.has("before, meanwhile")
        reply.append(", after")
        await watcher.has("before, meanwhile, after")
    assert await watcher.end() == "before, meanwhile, after"


async def test_a_writer_that_learns_by_a_heartbeat_that_its_log_was_sealed_shows_no_more(worker: Open) -> None:
    writer, reaper = await worker(), await worker()
    reply = GrowingReply("msg_x", text="before")
    with writer.publish(reply):
        near = Watcher(writer, "msg_x")
        await near.has("before")
        await published(writer)
        await reaper.recover([WRITER])
        writer.note_saved({"msg_x": Position(text=len("before"))})
        await writer._publisher._is_idle.wait()
        reply.append(", which nobody keeps")
        await published(writer)
        assert near.text == "before"


async def test_lost_messages_are_asked_for_again(worker: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    on_message, received, must_lose = Feed.on_message, list[bytes](), asyncio.Event()

    def receive_every_third(feed: Feed, message: bytes) -> None:
        received.append(message)
        if len(received) % 3 == 0 or not must_lose.is_set():
            on_message(feed, message)

    monkeypatch.setattr(Feed, "on_message", receive_every_third)
    monkeypatch.setattr(mirrors_module, "QUIET_SECONDS", 0.1)
    writer, other = await worker(), await worker()
    reply = GrowingReply("msg_x", text="begun")
    with writer.publish(reply):
        await published(writer)
        watcher = Watcher(other, "msg_x")
        await watcher.has("begun")
        received.clear()
        must_lose.set()
        for number in range(10):
            reply.append(f" {number}", f"r{number}")
            await until(lambda number=number: len(received) > number)  # type: ignore[misc]
        must_lose.clear()
        await watcher.has("begun 0 1 2 3 4 5 6 7 8 9")
        assert watcher.position == Position(25, 20)
    assert await watcher.end() == "begun 0 1 2 3 4 5 6 7 8 9"


async def test_a_message_whose_answer_is_lost_is_shown_once(worker: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, other = await worker(), await worker()
    reply, run_script = GrowingReply("msg_x", text="begun"), writer._client.run_script
    lost = list[LuaScript]()

    async def run_and_lose(script: LuaScript, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        result = await run_script(script, keys, arguments)
        if not lost and script is writer._scripts._append:
            lost.append(script)
            raise RedisLost
        return result

    with writer.publish(reply):
        watcher = Watcher(other, "msg_x")
        await watcher.has("begun")
        reply.append(", and")
        await watcher.has("begun, and")
        await published(writer)
        monkeypatch.setattr(writer._client, "run_script", run_and_lose)
        for text in (" going", " on"):
            reply.append(text)
            await published(writer)
        assert len(lost) == 1
    assert await watcher.end() == "begun, and going on"


async def test_after_a_message_that_was_not_sent_the_log_still_has_what_follows(
    worker: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reaper = await worker(), await worker()
    replies, run_script = [GrowingReply(f"msg_{name}") for name in "xy"], writer._client.run_script
    lost = list[LuaScript]()

    async def lose(script: LuaScript, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        if lost:
            return await run_script(script, keys, arguments)
        lost.append(script)
        raise RedisLost

    with writer.publish(replies[0]), writer.publish(replies[1]):
        for reply in replies:
            reply.append("begun")
        await published(writer)
        writer.renew(["msg_x", "msg_y"], until=0.0)  # so that it begins no log
        await published(writer)
        monkeypatch.setattr(writer._client, "run_script", lose)
        for reply in replies:
            reply.append(", and more")
            await published(writer)
        recovered = await reaper.recover([WRITER])
    assert len(lost) == 1
    assert [text_of(recovered, f"msg_{name}") for name in "xy"] == ["begun, and more"] * 2


async def test_a_mirror_whose_end_was_missed_gets_nothing_of_the_reply_that_has_its_number_now() -> None:
    feed, mirror = Feed("writer"), Mirror("msg_x")
    feed.mirrors["msg_x"] = mirror
    feed.on_message(encode_message(1, [Entry(1, 0, "of x", 0, "", "msg_x")]))
    feed.on_message(encode_message(2, [Entry(1, 0, "of y, which is longer", 0, "", "msg_y")]))
    feed.on_message(encode_message(3, [Entry(1, text=", and goes on")]))
    assert str(mirror.reply.text) == "of x"
    assert mirror.reply.closed
    assert not feed.mirrors


async def test_a_mirror_takes_nothing_after_a_missing_message_until_its_writer_has_answered() -> None:
    feed, mirror = Feed("writer"), Mirror("msg_x")
    feed.mirrors["msg_x"] = mirror
    feed.on_message(encode_message(1, [Entry(1, 0, "one", 0, "", "msg_x")]))
    feed.on_message(encode_message(2, [Entry(1, text=", two")]))
    feed.on_message(encode_message(4, [Entry(1, text=", four")]))
    feed.on_message(encode_message(5, [Entry(1, text=", five")]))
    assert str(mirror.reply.text) == "one, two"
    await asyncio.wait_for(mirror.until_ask_is_due(), 20)
    feed.on_message(encode_message(5, [Entry(1, 8, ", three, four, five", 0, "", "msg_x"), Entry(1, 27, "", 0)]))
    feed.on_message(encode_message(6, [Entry(1, text=", six")]))
    assert str(mirror.reply.text) == "one, two, three, four, five, six"


async def test_a_mirror_that_is_ahead_of_its_writers_answer_goes_on_where_that_says() -> None:
    feed, mirror = Feed("writer"), Mirror("msg_x")
    feed.mirrors["msg_x"] = mirror
    feed.on_message(encode_message(1, [Entry(1, 0, "Grüße 🌍, and more", 0, "", "msg_x")]))
    feed.on_message(encode_message(1, [Entry(1, 0, "Grüße 🌍", 0, "", "msg_x"), Entry(1, 8, "", 0)]))
    feed.on_message(encode_message(2, [Entry(1, text=", and more, and all")]))
    assert str(mirror.reply.text) == "Grüße 🌍, and more, and all"


async def test_a_quiet_mirror_goes_on_while_its_writer_answers_and_ends_once_it_does_not(
    worker: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirrors_module, "QUIET_SECONDS", 0.05)
    monkeypatch.setattr(mirrors_module, "PATIENCE_SECONDS", 0.2)
    asks = list[str]()
    writer, other = await worker(), await worker()
    on_ask = writer._publisher.on_ask
    with writer.publish(GrowingReply("msg_x", text="thinking")), writer._subscriber.subscribe(f"{LOG}:asks", on_ask):

        def answer(message: bytes) -> None:
            asks.append("answered")
            on_ask(message)

        def be_deaf(message: bytes) -> None:
            asks.append("not answered")

        with writer._subscriber.subscribe(f"{LOG}:asks", answer):
            watcher = Watcher(other, "msg_x")
            await until(lambda: len(asks) >= 3)
            assert not watcher.is_over
            with writer._subscriber.subscribe(f"{LOG}:asks", be_deaf):
                assert await watcher.end() == "thinking"
    assert asks[-1] == "not answered"


async def test_what_is_appended_while_a_watcher_asks_reaches_it_at_once(
    worker: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirrors_module, "QUIET_SECONDS", 3600)  # after which it would ask again
    writer, other = await worker(), await worker()
    on_ask, reply = writer._publisher.on_ask, GrowingReply("msg_x", text="begun")

    def answer_and_append(message: bytes) -> None:
        on_ask(message)
        reply.append(", and all of it")

    with writer.publish(reply), writer._subscriber.subscribe(f"{LOG}:asks", answer_and_append):
        await published(writer)
        await Watcher(other, "msg_x").has("begun, and all of it")


async def test_a_mirror_ends_with_its_last_watcher_and_does_not_wait_for_its_next_look(
    worker: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirrors_module, "QUIET_SECONDS", 3600)
    writer, other = await worker(), await worker()
    with writer.publish(GrowingReply("msg_x", text="begun")):
        await published(writer)
        async with aclosing(other.watch("msg_x", Position(), writer_id=WRITER)) as watch:
            assert (await anext(watch)).text == "begun"
            assert other.mirrored == 1
        await until(lambda: other.mirrored == 0)


NOISE = (b"", b"T", b"noise", b"\0" * 10, b"\x91\x91\xa1x", encode_ask("msg_x", Position(-5, 10**9)))


@pytest.mark.parametrize("channel", [LOG, f"{LOG}:asks"])
async def test_messages_that_are_not_ours_are_ignored(worker: Open, redis: RedisConnections, channel: str) -> None:
    writer, other = await worker(), await worker()
    reply = GrowingReply("msg_x", text="right")
    with writer.publish(reply):
        await published(writer)
        watcher = Watcher(other, "msg_x")
        await watcher.has("right")
        for noise in (*NOISE, encode_message(None, [Entry(99, 0, "of nobody"), Entry(98)])):
            assert await redis.patient.run("PUBLISH", channel, noise) == 1
        reply.append(", still")
        await watcher.has("right, still")
    assert await watcher.end() == "right, still"


async def test_everything_is_published_again_after_a_restart_of_redis(own_redis: Valkey, worker: Open) -> None:
    writer, other = await worker(url=own_redis.url), await worker(url=own_redis.url)
    replies = [GrowingReply(f"msg_{number}", text="before ") for number in range(5)]
    with ExitStack() as publications:
        for reply in replies:
            publications.enter_context(writer.publish(reply))
        watcher = Watcher(other, "msg_0")
        await watcher.has("before ")
        with own_redis.stopped():
            assert await watcher.end() == "before "
            for reply in replies:
                reply.append("meanwhile ")
        await published(writer)
        await until(lambda: other._mirrors.is_up)
        watchers = [Watcher(other, reply.message_id) for reply in replies]
        for watcher in watchers:
            await watcher.has("before meanwhile ")
        for reply, watcher in zip(replies, watchers, strict=True):
            reply.append("after")
            await watcher.has("before meanwhile after")


async def test_a_reply_that_ended_while_redis_was_lost_is_not_waited_for(own_redis: Valkey, worker: Open) -> None:
    writer, other = await worker(url=own_redis.url), await worker(url=own_redis.url)
    reply = GrowingReply("msg_x", text="all of it")
    publication = writer.publish(reply)
    publication.__enter__()
    await published(writer)
    with own_redis.frozen():
        reply.append(", and more")
        await until(lambda: not writer._client.is_up)
        publication.__exit__(None, None, None)
    await published(writer)
    assert await Watcher(other, "msg_x").end() == ""


async def test_a_redis_that_lets_us_do_less_than_we_need_breaks_nothing(own_redis: Valkey, worker: Open) -> None:
    writer, other = await worker(url=own_redis.url), await worker(url=own_redis.url)
    reply = GrowingReply("msg_x", text="before")
    with writer.publish(reply), capture_logs() as logs:
        watcher = Watcher(other, "msg_x")
        await watcher.has("before")
        own_redis.order("ACL", "SETUSER", "default", "-evalsha")
        reply.append(", refused")
        await until(lambda: not writer._client.is_up)
        assert await Watcher(other, "msg_y").end() == ""
        own_redis.order("ACL", "SETUSER", "default", "+evalsha")
        await watcher.has("before, refused")
    assert {line["event"] for line in logs} == {"redis_lost", "redis_is_back"}


@examples(25)
@given(increments=INCREMENTS, offsets=st.lists(st.integers(0, 60), max_size=4), pauses=st.lists(st.booleans()))
async def test_watchers_at_another_worker_end_with_the_same_texts_wherever_they_join(
    redis_url: str, increments: list[tuple[str, str]], offsets: list[int], pauses: list[bool]
) -> None:
    async with AsyncExitStack() as stack:
        redises = [await stack.enter_async_context(open_redis(redis_url, "test:")) for _ in range(2)]
        writer, other = [
            await stack.enter_async_context(RedisBroker(redis, lease=LEASE, worker_id=worker_id))
            for redis, worker_id in zip(redises, (WRITER, "other"), strict=True)
        ]
        reply, watchers = GrowingReply("msg_x"), list[tuple[str, Watcher]]()
        with writer.publish(reply):
            for number, (text, reasoning) in enumerate(increments):
                reply.append(text, reasoning)
                if number < len(offsets):
                    at = min(offsets[number], reply.text.length)
                    watchers.append((js_slice(str(reply.text), at), Watcher(other, "msg_x", Position(at))))
                await asyncio.sleep(0.01 if number < len(pauses) and pauses[number] else 0)
            end = Position(reply.text.length, reply.reasoning.length)
            await until(lambda: all(watcher.position == end for _, watcher in watchers))
        for had, watcher in watchers:
            await watcher.end()
            assert shown(watcher.deltas, DeltaKind.TEXT, had) == str(reply.text)
            assert shown(watcher.deltas, DeltaKind.REASONING) == str(reply.reasoning)
