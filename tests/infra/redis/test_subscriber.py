"""One connection receives all channels, and subscribers are notified when they may have missed messages."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack
from typing import Any

import pytest
from structlog.testing import capture_logs

from gql_chat.infra.redis import server_subscriber
from gql_chat.infra.redis.connections import RedisConnections, open_redis
from gql_chat.infra.redis.server_subscriber import ServerSubscriber
from tests.infra.redis.test_connections import until
from tests.support.backing_services.valkey import Valkey


@pytest.fixture
async def redis(own_redis: Valkey) -> AsyncIterator[RedisConnections]:
    async with open_redis(own_redis.url, "test:") as connections:
        await until(lambda: connections.subscriber.is_up)
        yield connections


async def say(redis: RedisConnections, channel: str, text: str) -> int:
    """Publish the text and return how many subscribers received it."""
    return await redis.patient.publish(channel, text.encode())


async def test_a_channel_is_heard_once_it_is_confirmed_and_no_longer_than_wanted(redis: RedisConnections) -> None:
    heard: list[bytes] = []
    with redis.subscriber.subscribe("one", heard.append):
        assert await redis.subscriber.wait_until_subscribed("one", 20)
        assert await say(redis, "one", "said") == 1
        await until(lambda: heard == [b"said"])
    while await say(redis, "one", "unheard"):
        await asyncio.sleep(0.01)
    assert (heard, redis.subscriber.wanted) == ([b"said"], 0)


async def test_two_hundred_channels_share_a_connection_and_do_not_mix(redis: RedisConnections) -> None:
    heard: dict[str, list[bytes]] = {str(number): [] for number in range(200)}
    with ExitStack() as stack:
        for channel, messages in heard.items():
            stack.enter_context(redis.subscriber.subscribe(channel, messages.append))
        assert all(await asyncio.gather(*(redis.subscriber.wait_until_subscribed(channel, 20) for channel in heard)))
        clients = (await redis.patient.run("CLIENT", "LIST", "TYPE", "PUBSUB")).splitlines()
        assert len(clients) == 1
        for channel in heard:
            assert await say(redis, channel, f"to {channel}") == 1
        await until(lambda: all(heard.values()))
    assert heard == {channel: [f"to {channel}".encode()] for channel in heard}


async def test_a_channel_that_is_dropped_and_wanted_again_at_once_is_heard(redis: RedisConnections) -> None:
    heard: list[bytes] = []
    for number in range(50):
        with redis.subscriber.subscribe("one", heard.append):
            assert await redis.subscriber.wait_until_subscribed("one", 20)
            await say(redis, "one", str(number))
            await until(lambda number=number: len(heard) == number + 1)  # type: ignore[misc]
        if number % 2:
            await asyncio.sleep(0)
    assert heard == [str(number).encode() for number in range(50)]


async def test_messages_on_a_channel_that_was_dropped_just_now_end_no_other(redis: RedisConnections) -> None:
    heard: list[bytes] = []
    lost: list[bool] = []
    redis.subscriber.on_lost.append(lambda: lost.append(True))
    one = ExitStack()
    one.enter_context(redis.subscriber.subscribe("one", lambda _: one.close()))
    with redis.subscriber.subscribe("other", heard.append):
        assert await redis.subscriber.wait_until_subscribed("one", 20)
        assert await redis.subscriber.wait_until_subscribed("other", 20)
        burst = "for _ = 1, 50 do redis.call('PUBLISH', 'one', '') end redis.call('PUBLISH', 'other', 'said')"
        await redis.patient.run("EVAL", burst, "0")
        await until(lambda: heard == [b"said"])
    assert lost == []


async def test_after_a_restart_all_channels_are_heard_again_and_the_gap_is_told(
    own_redis: Valkey, redis: RedisConnections
) -> None:
    heard: list[bytes] = []
    gaps: list[bool] = []
    redis.subscriber.on_lost.append(lambda: gaps.append(redis.subscriber.is_up))
    with redis.subscriber.subscribe("before", heard.append):
        assert await redis.subscriber.wait_until_subscribed("before", 20)
        own_redis.kill()
        await until(lambda: gaps == [False])
        with redis.subscriber.subscribe("meanwhile", heard.append):
            assert not await redis.subscriber.wait_until_subscribed("meanwhile", 20)
            own_redis.start()
            await until(lambda: redis.health.is_up)
            for channel in ("before", "meanwhile"):
                assert await redis.subscriber.wait_until_subscribed(channel, 20)
                assert await say(redis, channel, channel) == 1
            await until(lambda: heard == [b"before", b"meanwhile"])
    assert len(gaps) == 1


async def test_a_listener_that_went_deaf_is_noticed_and_rebuilt(own_redis: Valkey, redis: RedisConnections) -> None:
    heard: list[bytes] = []
    with redis.subscriber.subscribe("one", heard.append):
        assert await redis.subscriber.wait_until_subscribed("one", 20)
        with own_redis.frozen():
            await until(lambda: not redis.subscriber.is_up)
        await until(lambda: redis.subscriber.is_up)
        assert await redis.subscriber.wait_until_subscribed("one", 20)
        await until(lambda: redis.patient.is_up)
        await say(redis, "one", "heard")
        await until(lambda: b"heard" in heard)


async def test_a_subscription_that_was_not_confirmed_before_an_outage_is_confirmed_after_it(
    own_redis: Valkey, redis: RedisConnections
) -> None:
    with own_redis.frozen():
        stack = ExitStack()
        stack.enter_context(redis.subscriber.subscribe("one", lambda _: None))
        await until(lambda: not redis.subscriber.is_up)
    with stack:
        await until(lambda: redis.subscriber.is_up)
        assert await redis.subscriber.wait_until_subscribed("one", 20)


class Pauses(tuple[float, ...]):  # noqa: SLOT001 - it has a list beside
    """Records which of its pauses were taken."""

    def __init__(self, pauses: Iterable[float]) -> None:
        self.taken: list[float] = []

    def __getitem__(self, number: Any) -> Any:
        self.taken.append(number)
        return super().__getitem__(number)


async def test_pauses_between_attempts_grow_until_redis_is_back(
    own_redis: Valkey, redis: RedisConnections, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = Pauses([0.001, 0.002, 0.003])
    monkeypatch.setattr(server_subscriber, "PAUSES_SECONDS", pauses)
    for _ in range(2):
        pauses.taken.clear()
        with own_redis.stopped():
            await until(lambda: len(pauses.taken) >= 5)
            assert pauses.taken[:5] == [0, 1, 2, 2, 2]
        await until(lambda: redis.subscriber.is_up)


async def test_a_listener_that_redis_cut_off_is_rebuilt(redis: RedisConnections) -> None:
    heard: list[bytes] = []
    gaps: list[None] = []
    redis.subscriber.on_lost.append(lambda: gaps.append(None))
    with redis.subscriber.subscribe("one", heard.append):
        assert await redis.subscriber.wait_until_subscribed("one", 20)
        assert await redis.patient.run("CLIENT", "KILL", "TYPE", "PUBSUB") == 1
        await until(lambda: len(gaps) == 1 and redis.subscriber.is_up)
        assert await redis.subscriber.wait_until_subscribed("one", 20)
        await say(redis, "one", "heard")
        await until(lambda: heard == [b"heard"])


async def test_a_handler_that_fails_ends_neither_the_connection_nor_the_other_channels(redis: RedisConnections) -> None:
    heard: list[bytes] = []

    def fail(message: bytes) -> None:
        raise ValueError(f"{message!r} is malformed")

    with redis.subscriber.subscribe("broken", fail), redis.subscriber.subscribe("fine", heard.append):
        for channel in ("broken", "fine"):
            assert await redis.subscriber.wait_until_subscribed(channel, 20)
        with capture_logs() as lines:
            for number in range(3):
                assert await say(redis, "broken", "nonsense") == 1
                await say(redis, "fine", str(number))
            await until(lambda: heard == [b"0", b"1", b"2"])
    assert [(line["event"], line["source"]) for line in lines] == [("redis_message_not_handled", "broken")]
    assert redis.is_up


async def test_an_unexpected_error_costs_a_connection_but_not_the_subscriber(
    redis: RedisConnections, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bytes] = []
    receive_all, failures = ServerSubscriber._receive_all, iter([RuntimeError("a bug")])

    async def fail_once(self: ServerSubscriber, connection: Any) -> None:
        for failure in failures:
            raise failure
        await receive_all(self, connection)

    monkeypatch.setattr(ServerSubscriber, "_receive_all", fail_once)
    await redis.patient.run("CLIENT", "KILL", "TYPE", "PUBSUB")
    with redis.subscriber.subscribe("one", heard.append):
        await until(lambda: not list(failures) and redis.is_up)
        assert await redis.subscriber.wait_until_subscribed("one", 20)
        await say(redis, "one", "heard")
        await until(lambda: heard == [b"heard"])


async def test_redis_is_not_up_once_the_subscriber_has_ended(redis: RedisConnections) -> None:
    assert redis.is_up
    assert isinstance(redis.subscriber, ServerSubscriber)
    redis.subscriber._running.cancel()
    await asyncio.wait({redis.subscriber._running})
    assert not redis.is_up
