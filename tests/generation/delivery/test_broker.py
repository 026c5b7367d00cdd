"""Every broker's contract: from an offset, the missing text, then the following text, then the end."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack
from typing import NamedTuple

import pytest

from gql_chat.chats.leases import LEASE
from gql_chat.generation.delivery import mirrors
from gql_chat.generation.delivery.broker import Broker, LocalBroker
from gql_chat.generation.delivery.growing import Delta, DeltaKind, GrowingReply, Position
from gql_chat.generation.delivery.redis_broker import RedisBroker
from gql_chat.infra.redis.connections import open_redis
from tests.infra.redis.test_connections import until
from tests.support.running.brokers import WRITER


class Sides(NamedTuple):
    """Where a reply is written, and where it is watched."""

    writer: Broker
    watcher: Broker


@pytest.fixture(params=["local", "redis, one worker", "redis, two workers", "redis cluster, two workers"])
async def sides(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sides]:
    monkeypatch.setattr(mirrors, "CONFIRM_SECONDS", 20)  # on however busy a machine
    if request.param == "local":
        broker = LocalBroker()
        yield Sides(broker, broker)
        return
    server = request.getfixturevalue("redis_cluster" if "cluster" in request.param else "redis_server")
    server.empty()
    async with AsyncExitStack() as stack:
        workers = 2 if "two" in request.param else 1
        redises = [await stack.enter_async_context(open_redis(server.url, "test:")) for _ in range(workers)]
        brokers = [
            await stack.enter_async_context(RedisBroker(redis, lease=LEASE, worker_id=worker_id))
            for redis, worker_id in zip(redises, (WRITER, "other"), strict=False)
        ]
        await until(lambda: all(redis.is_up for redis in redises))
        yield Sides(brokers[0], brokers[-1])
        await until(lambda: not any(broker.mirrored or broker.unpublished for broker in brokers))
        await until(lambda: all(redis.subscriber.wanted == 1 for redis in redises))  # for what others ask
        await until(lambda: server.keys("test:*") == [])  # no log outlives the last reply


async def text_of(watch: AsyncGenerator[Delta, None], kind: DeltaKind = DeltaKind.TEXT) -> str:
    return "".join([delta.text async for delta in watch if delta.kind is kind])


class Watcher:
    """Watches from a position on; `text` is the text that it has received."""

    def __init__(
        self, broker: Broker, message_id: str, position: Position | None = None, *, writer_id: str = WRITER
    ) -> None:
        self.deltas: list[Delta] = []
        self.position = position or Position()
        self._task = asyncio.create_task(self._watch(broker.watch(message_id, self.position, writer_id=writer_id)))

    async def has(self, text: str) -> None:
        """Wait until it has received this text."""
        await until(lambda: self.text == text)

    async def end(self) -> str:
        """Wait for the end of the watch, and return the text."""
        async with asyncio.timeout(20):
            await self._task
        return self.text

    @property
    def is_over(self) -> bool:
        return self._task.done()

    @property
    def text(self) -> str:
        return "".join(delta.text for delta in self.deltas if delta.kind is DeltaKind.TEXT)

    async def _watch(self, watch: AsyncGenerator[Delta, None]) -> None:
        async for delta in watch:
            self.deltas.append(delta)


async def wait_until_shown(broker: Broker, reply: GrowingReply) -> None:
    """Watch the reply until all of it is shown, and again if the watch ends because of an outage."""
    async with asyncio.timeout(20):
        while True:
            watcher = Watcher(broker, reply.message_id)
            await until(lambda: watcher.is_over or watcher.text == str(reply.text))  # noqa: B023
            if watcher.text == str(reply.text):
                return


async def test_a_watch_gives_what_is_missing_then_what_follows_then_ends(sides: Sides) -> None:
    reply = GrowingReply("msg_x")
    with sides.writer.publish(reply):
        reply.append("one ")
        watcher = Watcher(sides.watcher, "msg_x", Position(text=2))
        await watcher.has("e ")
        reply.append("two ")
        await watcher.has("e two ")
        reply.append("three")
        await watcher.has("e two three")
    assert await watcher.end() == "e two three"
    assert watcher.position == Position(text=13)


async def test_text_and_reasoning_keep_their_own_offsets(sides: Sides) -> None:
    reply = GrowingReply("msg_x")
    with sides.writer.publish(reply):
        watcher = Watcher(sides.watcher, "msg_x")
        for number in range(20):
            reply.append(f"t{number}", f"r{number}")
            await asyncio.sleep(0.002)
        await until(lambda: watcher.position == Position(50, 50))
    await watcher.end()
    for kind, letter in ((DeltaKind.TEXT, "t"), (DeltaKind.REASONING, "r")):
        grown = ""
        for delta in (delta for delta in watcher.deltas if delta.kind is kind):
            assert delta.offset == len(grown)
            grown += delta.text
        assert grown == "".join(f"{letter}{number}" for number in range(20))


async def test_every_watcher_gets_everything(sides: Sides) -> None:
    reply = GrowingReply("msg_x")
    expected = "".join(f"{number} " for number in range(50))
    with sides.writer.publish(reply):
        watchers = [Watcher(sides.watcher, "msg_x") for _ in range(20)]
        for number in range(50):
            reply.append(f"{number} ")
            await asyncio.sleep(0.001)
        for watcher in watchers:
            await watcher.has(expected)
    assert [await watcher.end() for watcher in watchers] == [expected] * 20


async def test_pairs_that_are_cut_in_two_and_halves_that_stay_alone_arrive_as_they_are_written(sides: Sides) -> None:
    reply = GrowingReply("msg_x")
    with sides.writer.publish(reply):
        watcher = Watcher(sides.watcher, "msg_x")
        await asyncio.sleep(0.05)
        reply.append("a\ud83c")
        await watcher.has("a")
        await asyncio.sleep(0.05)
        reply.append("\udf0d b\ud83c!")
        await watcher.has("a🌍 b\ufffd!")
    assert await watcher.end() == str(reply.text) == "a🌍 b\ufffd!"


async def test_a_large_piece_arrives_whole(sides: Sides) -> None:
    reply, piece = GrowingReply("msg_x"), "0123456789" * 20_000
    with sides.writer.publish(reply):
        watcher = Watcher(sides.watcher, "msg_x")
        for text in ("first ", piece, " last"):
            reply.append(text)
            await watcher.has(str(reply.text))
    assert await watcher.end() == f"first {piece} last"


async def test_a_reply_that_goes_on_is_watched_from_any_place_in_it(sides: Sides) -> None:
    reply = GrowingReply("msg_x", text="before ", reasoning="thought")
    with sides.writer.publish(reply):
        watcher, later = Watcher(sides.watcher, "msg_x"), Watcher(sides.watcher, "msg_x", Position(7, 7))
        await watcher.has("before ")
        reply.append("and after")
        await later.has("and after")
        await watcher.has("before and after")
    assert await later.end() == "and after"
    assert (await watcher.end(), watcher.position) == ("before and after", Position(16, 7))


async def test_a_position_beyond_the_end_is_corrected(sides: Sides) -> None:
    reply = GrowingReply("msg_x", text="short")
    with sides.writer.publish(reply):
        watcher = Watcher(sides.watcher, "msg_x", Position(text=9))
        await until(lambda: watcher.deltas == [Delta(DeltaKind.TEXT, 5, "")])
        reply.append(" no more")
        await until(lambda: watcher.deltas[1:] == [Delta(DeltaKind.TEXT, 5, " no more")])


async def test_a_watch_that_begins_before_its_reply_waits_for_it_if_another_worker_may_write_it(
    sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirrors, "PATIENCE_SECONDS", 20)
    watcher, reply = Watcher(sides.watcher, "msg_x"), GrowingReply("msg_x")
    await asyncio.sleep(0.1)
    with sides.writer.publish(reply):
        await asyncio.sleep(0.1)
        reply.append("there")
        if sides.writer is not sides.watcher:
            await watcher.has("there")
    assert await watcher.end() == ("" if sides.writer is sides.watcher else "there")


async def test_a_reply_that_nobody_writes_ends_soon(sides: Sides) -> None:
    assert await Watcher(sides.watcher, "msg_x").end() == ""
    reply = GrowingReply("msg_x")
    with sides.writer.publish(reply):
        reply.append("over")
    assert await Watcher(sides.watcher, "msg_x").end() in ("", "over")  # another worker may not know of its end yet


async def test_a_watcher_may_leave_and_come_back_where_it_was(sides: Sides) -> None:
    reply = GrowingReply("msg_x")
    with sides.writer.publish(reply):
        reply.append("one")
        position = Position()
        watch = sides.watcher.watch("msg_x", position, writer_id=WRITER)
        assert (await anext(watch)).text == "one"
        await watch.aclose()
        reply.append(" two")
        again = Watcher(sides.watcher, "msg_x", position)
        await again.has(" two")
    assert await again.end() == " two"


async def test_a_local_broker_knows_a_reply_while_it_is_published_and_no_longer() -> None:
    broker = LocalBroker()
    with broker.publish(GrowingReply("msg_x", text="text")):
        watch = broker.watch("msg_x", Position())
        assert (await anext(watch)).text == "text"
        await watch.aclose()
        assert [delta async for delta in broker.watch("msg_y", Position())] == []
    assert [delta async for delta in broker.watch("msg_x", Position())] == []


async def test_replies_do_not_mix(sides: Sides) -> None:
    first, second = GrowingReply("msg_1"), GrowingReply("msg_2")
    with sides.writer.publish(first), sides.writer.publish(second):
        watchers = [Watcher(sides.watcher, f"msg_{number}") for number in (1, 2)]
        first.append("first")
        second.append("second")
        await watchers[0].has("first")
        await watchers[1].has("second")
    assert [await watcher.end() for watcher in watchers] == ["first", "second"]


async def test_a_watcher_is_offered_deltas_in_the_call_that_appends_them(sides: Sides) -> None:
    reply, taken, given = GrowingReply("msg_x"), list[str](), list[str]()

    def take(delta: Delta) -> bool:
        taken.append(delta.text)
        return True

    async def watch() -> None:
        async for delta in sides.watcher.watch("msg_x", Position(), take, writer_id=WRITER):
            given.append(delta.text)

    with sides.writer.publish(reply):
        reply.append("given ")
        watching = asyncio.create_task(watch())
        await until(lambda: given == ["given "])
        reply.append("taken")
        await until(lambda: taken == ["taken"])
    await watching
    assert given == ["given "]
