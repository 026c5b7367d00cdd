"""Redis adds to a broker: fences, recovery of a dead writer's reply, and repair of missed messages."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, ExitStack, aclosing
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from gql_chat.chats.leases import LEASE, Snapshot
from gql_chat.generation.delivery import mirrors as mirrors_module
from gql_chat.generation.delivery.growing import DeltaKind, GrowingReply, Position
from gql_chat.generation.delivery.mirrors import Mirror
from gql_chat.generation.delivery.publishing import MARGIN
from gql_chat.generation.delivery.redis_broker import RedisBroker
from gql_chat.infra.redis.connections import RedisConnections, open_redis
from tests.generation.delivery.test_broker import Watcher
from tests.generation.delivery.test_growing import INCREMENTS, js_slice, shown
from tests.infra.redis.test_connections import until
from tests.support.backing_services.valkey import Valkey

Open = Callable[..., Coroutine[Any, Any, RedisBroker]]
FOR_EVER = float("inf")
COPY = [b"test:reply:{msg_x}:text", b"test:reply:{msg_x}:writer"]


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisConnections]:
    async with open_redis(redis_url, "test:") as connections:
        yield connections


@pytest.fixture
async def worker(redis_url: str) -> AsyncIterator[Open]:
    """Yield what opens the broker of one more worker."""
    async with AsyncExitStack() as stack:

        async def opened(lease: timedelta = LEASE, url: str = redis_url) -> RedisBroker:
            redis = await stack.enter_async_context(open_redis(url, "test:"))
            return await stack.enter_async_context(RedisBroker(redis, lease=lease))

        yield opened


async def published(*brokers: RedisBroker) -> None:
    """Wait until everything is published that these brokers will publish."""
    await until(lambda: not any(broker.unpublished for broker in brokers))


async def test_what_an_old_writer_appends_reaches_nobody_once_another_has_claimed_the_reply(worker: Open) -> None:
    old, new, other = [await worker() for _ in range(3)]
    stale, reply = GrowingReply("msg_x", text="same "), GrowingReply("msg_x", text="same ")
    with old.publish(stale):
        watcher = Watcher(other, "msg_x")
        await watcher.has("same ")
        with new.publish(reply):
            assert await watcher.end() == "same "  # of the old one
            watcher = Watcher(other, "msg_x")
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


async def test_the_end_of_an_old_writing_does_not_end_the_new_one(worker: Open, redis: RedisConnections) -> None:
    old, new, other = [await worker() for _ in range(3)]
    reply = GrowingReply("msg_x")
    with old.publish(GrowingReply("msg_x")):
        await published(old)
        publication = new.publish(reply)
        publication.__enter__()
        await published(new)
    await published(old)
    assert await redis.patient.run("EXISTS", "test:reply:{msg_x}:writer") == 1
    watcher = Watcher(other, "msg_x")
    reply.append("here")
    await watcher.has("here")
    publication.__exit__(None, None, None)
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
        assert await reaper.recover(["msg_x"]) == [Snapshot("msg_x", "in time, past it", "")]
        reply.append(", too late")
        await published(writer)
        reply.append(", still", "thought")
        await published(writer)
        assert near.text == far.text == "in time, past it"
        writer.renew(["msg_x", "msg_unknown"], until=FOR_EVER)
        await near.has("in time, past it, too late, still")
        await published(writer)
        await Watcher(other, "msg_x").has("in time, past it, too late, still")


async def test_a_reply_that_begins_in_the_last_moments_of_the_lease_claims_no_copy(
    worker: Open, redis: RedisConnections
) -> None:
    writer = await worker()
    writer.renew([], until=asyncio.get_running_loop().time() + LEASE.total_seconds() * MARGIN / 2)
    with writer.publish(GrowingReply("msg_x", text="hello")):
        await published(writer)
        assert await redis.patient.run("EXISTS", *COPY) == 0
        writer.renew(["msg_x"], until=FOR_EVER)
        await published(writer)
        assert await redis.patient.run("EXISTS", *COPY) == 2


async def test_a_writer_whose_lease_may_have_run_out_claims_no_copy(worker: Open, redis: RedisConnections) -> None:
    writer = await worker()
    reply = GrowingReply("msg_x", text="in time")
    with writer.publish(reply):
        near = Watcher(writer, "msg_x")
        await near.has("in time")
        await published(writer)
        writer.renew(["msg_x"], until=0.0)
        await published(writer)
        await redis.patient.run("DEL", *COPY)  # settled by a reaper, which has ended the copy
        reply.append(", too late")
        await published(writer)
        assert await redis.patient.run("EXISTS", *COPY) == 0
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
        recovered = await reaper.recover(["msg_x", "msg_unknown"])
        assert recovered == [Snapshot("msg_x", "told 🌍", "thought"), Snapshot("msg_unknown", "", "")]
        reply.append("\udf0d not told")
        await published(writer)
        assert await reaper.recover(["msg_x"]) == recovered[:1]
        reaper.end(["msg_x", "msg_unknown"])
        assert await watcher.end() == "told 🌍"
        await published(reaper)
    await published(writer)
    assert await redis.patient.run("KEYS", "test:*") == []


async def test_a_writer_that_was_taken_for_dead_but_still_holds_its_lease_goes_on_publishing(worker: Open) -> None:
    writer, reaper, other = [await worker() for _ in range(3)]
    reply = GrowingReply("msg_x", text="before")
    with writer.publish(reply):
        await published(writer)
        await reaper.recover(["msg_x"])
        reply.append(", meanwhile")
        await published(writer)
        assert await Watcher(other, "msg_x").end() == ""
        writer.renew(["msg_x"], until=FOR_EVER)
        watcher = Watcher(other, "msg_x")
        await watcher.has("before, meanwhile")
        reply.append(", after")
        await watcher.has("before, meanwhile, after")
    assert await watcher.end() == "before, meanwhile, after"


async def test_lost_messages_are_healed_from_the_copy(worker: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    on_message, received = Mirror.on_message, list[bytes]()

    def receive_every_third(mirror: Mirror, message: bytes) -> None:
        received.append(message)
        if len(received) % 3 == 0:
            on_message(mirror, message)

    monkeypatch.setattr(Mirror, "on_message", receive_every_third)
    monkeypatch.setattr(mirrors_module, "QUIET_SECONDS", 0.1)
    writer, other = await worker(), await worker()
    reply = GrowingReply("msg_x", text="begun")
    with writer.publish(reply):
        await published(writer)
        watcher = Watcher(other, "msg_x")
        await watcher.has("begun")
        for number in range(10):
            reply.append(f" {number}", f"r{number}")
            await until(lambda number=number: len(received) > number)  # type: ignore[misc]
        await watcher.has("begun 0 1 2 3 4 5 6 7 8 9")
        assert watcher.position == Position(25, 20)
    assert await watcher.end() == "begun 0 1 2 3 4 5 6 7 8 9"  # whether or not the message of the end arrived


async def test_a_quiet_mirror_goes_on_while_its_copy_grows_and_ends_once_it_does_not(
    worker: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: asyncio.Queue[bool] = asyncio.Queue()
    monkeypatch.setattr(Mirror, "until_copy_is_due", lambda mirror: looks.get())
    monkeypatch.setattr(Mirror, "on_message", lambda mirror, data: None)
    writer, other = await worker(), await worker()
    reply = GrowingReply("msg_x", text="begun")
    with writer.publish(reply):
        await published(writer)
        watcher = Watcher(other, "msg_x")
        await watcher.has("begun")
        reply.append(", grown")
        await published(writer)
        looks.put_nowait(True)
        await watcher.has("begun, grown")
        looks.put_nowait(False)  # something was missed, but not this
        await until(looks.empty)
        reply.append(", again")
        await published(writer)
        looks.put_nowait(False)
        await watcher.has("begun, grown, again")
        looks.put_nowait(True)
        assert await watcher.end() == "begun, grown, again"


async def test_a_mirror_of_a_reply_that_was_quiet_before_waits_less(
    worker: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    class Recorded(Mirror):
        def __init__(self, message_id: str, quiet_seconds: float) -> None:
            waits.append(quiet_seconds)
            super().__init__(message_id, quiet_seconds)

    monkeypatch.setattr(mirrors_module, "Mirror", Recorded)
    monkeypatch.setattr(mirrors_module, "QUIET_SECONDS", 0.06)
    monkeypatch.setattr(mirrors_module, "QUIET_AGAIN_SECONDS", 0.03)
    monkeypatch.setattr(mirrors_module, "MAX_QUIET", 1)  # as many as there are
    writer, other = await worker(), await worker()
    with writer.publish(GrowingReply("msg_x", text="thinking")):
        await published(writer)
        assert await Watcher(other, "msg_x").end() == "thinking"
        assert await Watcher(other, "msg_x").end() == "thinking"
    assert waits == [0.06, 0.03]


async def test_a_mirror_ends_with_its_last_watcher_and_does_not_wait_for_its_next_look(
    worker: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirrors_module, "QUIET_SECONDS", 3600)
    writer, other = await worker(), await worker()
    with writer.publish(GrowingReply("msg_x", text="begun")):
        await published(writer)
        async with aclosing(other.watch("msg_x", Position())) as watch:
            assert (await anext(watch)).text == "begun"
            assert other.mirrored == 1
        await until(lambda: other.mirrored == 0)


async def test_messages_that_are_not_ours_are_ignored(worker: Open, redis: RedisConnections) -> None:
    writer, other = await worker(), await worker()
    reply = GrowingReply("msg_x", text="right")
    with writer.publish(reply):
        await published(writer)
        watcher = Watcher(other, "msg_x")
        await watcher.has("right")
        for noise in ("", "T", "noise", "\0" * 10):
            assert await redis.patient.run("PUBLISH", "test:reply:{msg_x}", noise) == 1
        reply.append(", still")
        await watcher.has("right, still")


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


async def test_an_end_that_could_not_be_published_is_published_when_redis_is_back(
    own_redis: Valkey, worker: Open
) -> None:
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


@pytest.mark.parametrize("key", [key.decode() for key in COPY])
async def test_a_key_that_holds_something_else_is_taken_again(own_redis: Valkey, worker: Open, key: str) -> None:
    writer, other = await worker(url=own_redis.url), await worker(url=own_redis.url)
    reply, bystander = GrowingReply("msg_x", text="before"), GrowingReply("msg_y", text="nothing")
    with writer.publish(reply), writer.publish(bystander):
        await published(writer)
        own_redis.order("DEL", key)
        own_redis.order("LPUSH", key, "a list")
        reply.append(", and after")
        await until(lambda: not writer._client.is_up)
        await published(writer)
        await Watcher(other, "msg_y").has("nothing")
        await Watcher(other, "msg_x").has("before, and after")


async def test_a_copy_outlives_its_writer_by_a_few_leases_only(worker: Open, redis: RedisConnections) -> None:
    writer = await worker(timedelta(seconds=2))
    publication = writer.publish(GrowingReply("msg_x", text="left behind"))
    publication.__enter__()
    await published(writer)
    assert sorted(await redis.patient.run("KEYS", "test:*")) == COPY
    for key in COPY:
        assert 6_000 < await redis.patient.run("PTTL", key) <= 12_000
    publication.__exit__(None, None, None)


async def test_a_part_that_came_twice_or_was_lost_is_written_anew(worker: Open, redis: RedisConnections) -> None:
    writer, other, reply = await worker(), await worker(), GrowingReply("msg_x", text="one")
    with writer.publish(reply):
        watcher = Watcher(other, "msg_x")
        await watcher.has("one")
        await redis.patient.run("APPEND", COPY[0], "x\0")
        reply.append(" two")
        await watcher.has("one two")
        await redis.patient.run("SETRANGE", COPY[0], 0, "")
        await redis.patient.run("SET", COPY[0], "x")
        reply.append(" three")
        await watcher.has("one two three")
        await published(writer)
        assert (await redis.patient.run("GET", COPY[0])).decode("utf-16-le") == "one two three"


async def test_a_token_costs_four_commands_and_two_hundred_bytes(worker: Open, redis: RedisConnections) -> None:
    writer, other, reply = await worker(), await worker(), GrowingReply("msg_" + "x" * 26, text="begun")
    with writer.publish(reply):
        watcher = Watcher(other, reply.message_id)
        await watcher.has("begun")
        await published(writer)
        before, shown = await traffic(redis), "begun"
        for _ in range(50):
            reply.append("token")
            shown += "token"
            await watcher.has(shown)
            await published(writer)
        after = await traffic(redis)
    commands = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    received_bytes = commands.pop("bytes")
    assert {name: commands[name] for name in ("append", "evalsha", "get", "publish")} == dict.fromkeys(
        ("append", "evalsha", "get", "publish"), 50
    )
    assert received_bytes <= 50 * 200


async def traffic(redis: RedisConnections) -> dict[str, int]:
    """Return how often each command was run so far, and the bytes that Redis has received."""
    stats, totals = [(await redis.patient.run("INFO", part)).decode() for part in ("commandstats", "stats")]
    calls = {name: int(count) for name, count in re.findall(r"cmdstat_(\S+):calls=(\d+)", stats)}
    return {**calls, "bytes": int(totals.partition("total_net_input_bytes:")[2].split()[0])}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(increments=INCREMENTS, offsets=st.lists(st.integers(0, 60), max_size=4), pauses=st.lists(st.booleans()))
async def test_watchers_at_another_worker_end_with_the_same_texts_wherever_they_join(
    redis_url: str, increments: list[tuple[str, str]], offsets: list[int], pauses: list[bool]
) -> None:
    async with AsyncExitStack() as stack:
        redises = [await stack.enter_async_context(open_redis(redis_url, "test:")) for _ in range(2)]
        writer, other = [await stack.enter_async_context(RedisBroker(redis, lease=LEASE)) for redis in redises]
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
