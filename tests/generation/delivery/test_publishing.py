"""The publisher of growing replies: what is published before it closes, until when, and what it measures."""

import asyncio
from contextlib import ExitStack
from datetime import timedelta

import pytest

from gql_chat.chats.pieces import Piece
from gql_chat.generation.delivery import publishing
from gql_chat.generation.delivery.growing import GrowingReply, Position
from gql_chat.generation.delivery.publication import Publication
from gql_chat.generation.delivery.publishing import ENOUGH_REPLIES
from gql_chat.generation.delivery.redis_broker import RedisBroker
from gql_chat.generation.delivery.redis_log import Entry
from gql_chat.infra.redis.connections import open_redis
from gql_chat.infra.telemetry.metrics import render
from tests.generation.delivery.test_broker import Watcher
from tests.infra.redis.test_connections import until
from tests.support.running.brokers import WRITER

LEASE = timedelta(seconds=10)


async def figure(name: str) -> float:
    """Return a figure as `/metrics` shows it."""
    [line] = [line for line in (await render()).decode().splitlines() if line.startswith(f"{name} ")]
    return float(line.split()[1])


async def test_what_was_appended_last_is_published_before_a_broker_closes(redis_url: str) -> None:
    async with open_redis(redis_url, "test:") as redis:
        async with RedisBroker(redis, lease=LEASE) as writer:
            reply = GrowingReply("msg_x")
            publication = writer.publish(reply)
            publication.__enter__()
            reply.append("to the very end")
        async with RedisBroker(redis, lease=LEASE) as reaper:
            recovered = await reaper.recover([writer.worker_id])
    assert recovered == {"msg_x": [Piece("msg_x", 0, 0, "to the very end", "")]}


async def test_a_broker_that_has_published_nothing_closes_at_once(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "CLOSE_SECONDS", 600)
    async with asyncio.timeout(60), open_redis(redis_url, "test:") as redis, RedisBroker(redis, lease=LEASE):
        pass


@pytest.mark.parametrize(
    ("written", "grown", "waiting"),
    [
        (ENOUGH_REPLIES, ENOUGH_REPLIES - 1, ENOUGH_REPLIES - 1),
        (ENOUGH_REPLIES, ENOUGH_REPLIES, 0),
        (ENOUGH_REPLIES - 1, 1, 0),
    ],
    ids=["too few", "enough", "there are no more"],
)
async def test_what_grows_soon_after_a_message_waits_until_enough_replies_have_grown(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, written: int, grown: int, waiting: int
) -> None:
    monkeypatch.setattr(publishing, "LEAST_SECONDS", 0)
    monkeypatch.setattr(publishing, "MOST_SECONDS", 600)
    monkeypatch.setattr(publishing, "CLOSE_SECONDS", 0.01)
    replies = [GrowingReply(f"msg_{number}", text="hello") for number in range(written)]
    async with open_redis(redis_url, "test:") as redis, RedisBroker(redis, lease=LEASE) as writer:
        with ExitStack() as publications:
            for reply in replies:
                publications.enter_context(writer.publish(reply))
            await until(lambda: writer.unpublished == 0)
            for reply in replies[:grown]:
                reply.append(" world")
            if not waiting:
                await until(lambda: writer.unpublished == 0)
            for _ in range(3):  # longer than the publisher would take
                await redis.patient.run("PING")
            assert writer.unpublished == waiting


async def test_what_grows_soon_after_a_message_waits_for_the_least_time_even_if_enough_replies_have_grown(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "LEAST_SECONDS", 600)
    monkeypatch.setattr(publishing, "CLOSE_SECONDS", 0.01)
    replies = [GrowingReply(f"msg_{number}", text="hello") for number in range(ENOUGH_REPLIES)]
    async with open_redis(redis_url, "test:") as redis, RedisBroker(redis, lease=LEASE) as writer:
        with ExitStack() as publications:
            for reply in replies:
                publications.enter_context(writer.publish(reply))
            await until(lambda: writer.unpublished == 0)
            for reply in replies:
                reply.append(" world")
            for _ in range(3):  # longer than the publisher would take
                await redis.patient.run("PING")
            assert writer.unpublished == ENOUGH_REPLIES


async def test_the_end_of_a_dead_workers_reply_ends_no_other_of_its_replies(redis_url: str) -> None:
    async with (
        open_redis(redis_url, "test:") as redis,
        RedisBroker(redis, lease=LEASE, worker_id=WRITER) as writer,
        RedisBroker(redis, lease=LEASE) as reaper,
        RedisBroker(redis, lease=LEASE) as other,
    ):
        reply, reaped = GrowingReply("msg_x", text="hello"), GrowingReply("msg_y", text="broke off")
        with writer.publish(reply), writer.publish(reaped):
            watcher, of_reaped = Watcher(other, "msg_x"), Watcher(other, "msg_y")
            await watcher.has("hello")
            await of_reaped.has("broke off")
            reaper.end({"msg_y": WRITER})
            await of_reaped.end()
            reply.append(" more")
            await watcher.has("hello more")
        assert await watcher.end() == "hello more"


def test_a_worker_is_trusted_to_the_last_moment_of_its_lease() -> None:
    publication = Publication(GrowingReply("msg_x", text="hello"), 1, 5.0, Position(), Position())
    assert publication.next_entry(5.0, 100) == (Entry(1, 0, "hello", 0, "", "msg_x"), Position(5))
    assert publication.next_entry(5.1, 100) == (None, Position(5))


async def test_the_time_from_a_token_to_its_publication_is_measured(redis_url: str) -> None:
    count, seconds = (
        await figure("gql_chat_reply_flush_seconds_count"),
        await figure("gql_chat_reply_flush_seconds_sum"),
    )
    async with open_redis(redis_url, "test:") as redis, RedisBroker(redis, lease=LEASE) as writer:
        with writer.publish(GrowingReply("msg_x", text="hello")):
            await until(lambda: writer.unpublished == 0)
    assert await figure("gql_chat_reply_flush_seconds_count") > count
    assert 0 <= await figure("gql_chat_reply_flush_seconds_sum") - seconds < 10  # of uvloop's clock: whole milliseconds


async def test_replies_that_are_watched_from_here_are_counted(redis_url: str) -> None:
    async with (
        open_redis(redis_url, "test:") as redis,
        RedisBroker(redis, lease=LEASE, worker_id=WRITER) as writer,
        RedisBroker(redis, lease=LEASE) as other,
    ):
        before = await figure("gql_chat_replies_mirrored")
        with writer.publish(GrowingReply("msg_x", text="hello")):
            watcher = Watcher(other, "msg_x")
            await watcher.has("hello")
            assert await figure("gql_chat_replies_mirrored") == before + 1
        assert await watcher.end() == "hello"
