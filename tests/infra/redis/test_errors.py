"""Whatever error Redis answers, callers go on without it, the log has two lines, and all is well once Redis is."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gql_chat.infra.rate_limits.limiter import Limit
from gql_chat.infra.rate_limits.redis_limiter import RedisRateLimiter
from gql_chat.infra.redis import breaker
from gql_chat.infra.redis.breaker import RedisLost
from gql_chat.infra.redis.connections import RedisConnections, open_redis
from gql_chat.infra.redis.health import RedisHealth
from tests.infra.redis.test_connections import until
from tests.support.backing_services.valkey import Valkey, running_valkey

LIMIT = Limit(1000, 3600)

Fault = Callable[[Valkey], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def server() -> Iterator[Valkey]:
    """Run a server for all tests here."""
    with running_valkey() as running:
        yield running


@pytest.fixture
async def redis(server: Valkey, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RedisConnections]:
    monkeypatch.setattr(breaker, "PROBE_SECONDS", 0.05)
    async with open_redis(server.url, "test:") as connections:
        await until(lambda: connections.is_up)
        yield connections


def between(before: str, after: str) -> Fault:
    """Return a fault that begins and ends with a command."""

    @contextmanager
    def fault(server: Valkey) -> Iterator[None]:
        server.order(*before.split())
        try:
            yield
        finally:
            server.order(*after.split())

    return fault


@contextmanager
def changed_password(server: Valkey) -> Iterator[None]:
    """Require a password that we do not have, also of connections that are there."""
    server.require("changed")
    try:
        yield
    finally:
        server.require(None)


@contextmanager
def busy(server: Valkey) -> Iterator[None]:
    """Run a script without end."""
    server.order("CONFIG", "SET", "busy-reply-threshold", 1)
    with server.connection() as connection:
        connection.sendall(b"EVAL 'while true do end' 0\r\n")
        while not server.command("PING").startswith(b"-BUSY"):
            pass
        try:
            yield
        finally:
            server.order("SCRIPT", "KILL")
            assert connection.recv(64).startswith(b"-")
            server.order("CONFIG", "SET", "busy-reply-threshold", 5000)


FAULTS: dict[str, Fault] = {
    "MISCONF": Valkey.failing_snapshots,
    "READONLY": between("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"),
    "NOREPLICAS": between("CONFIG SET min-replicas-to-write 1", "CONFIG SET min-replicas-to-write 0"),
    "OOM": between("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"),
    "NOAUTH": changed_password,
    "NOPERM publish": between("ACL SETUSER default -publish", "ACL SETUSER default +publish"),
    "NOPERM scripts": between("ACL SETUSER default -@scripting", "ACL SETUSER default +@scripting"),
    "NOPERM keys": between("ACL SETUSER default resetkeys", "ACL SETUSER default ~*"),
    "NOPERM channels": between("ACL SETUSER default resetchannels", "ACL SETUSER default &*"),
    "BUSY": busy,
    "WRONGTYPE": between("LPUSH test:limit:b list", "DEL test:limit:b"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_limits_and_messages_go_on_without_a_restart_after(
    server: Valkey, redis: RedisConnections, fault: Fault
) -> None:
    limiter = RedisRateLimiter(redis.fast, "test:")
    server.empty()
    with capture_logs() as logs:
        with fault(server):
            for _ in range(200):
                assert await limiter.take("b", LIMIT) == 0
                with suppress(RedisLost):
                    await redis.patient.publish("test:one", b"unheard")
            assert redis.health.outages > 0
        await until(lambda: redis.is_up)
        await wait_until_shared(limiter, server)
        await wait_until_heard(redis)
    assert [line["event"] for line in logs] == ["redis_lost", "redis_is_back"]


@pytest.mark.parametrize(
    "fault",
    [changed_password, between("ACL SETUSER default -subscribe", "ACL SETUSER default +subscribe")],
    ids=["NOAUTH", "NOPERM"],
)
async def test_a_subscriber_that_may_not_subscribe_tries_again(
    server: Valkey, redis: RedisConnections, fault: Fault
) -> None:
    with redis.subscriber.subscribe("test:wanted", lambda _: None), capture_logs() as logs:
        assert await redis.subscriber.wait_until_subscribed("test:wanted", 20)
        with fault(server):
            server.order("CLIENT", "KILL", "TYPE", "PUBSUB")
            await until(lambda: not redis.subscriber.is_up)
            assert not await redis.subscriber.wait_until_subscribed("test:wanted", 0.3)
            assert not redis.is_up
        await until(lambda: redis.is_up)
        await wait_until_heard(redis)
    assert [line["event"] for line in logs] == ["redis_lost", "redis_is_back"]


async def wait_until_shared(limiter: RedisRateLimiter, server: Valkey) -> None:
    """Wait until a bucket is counted in Redis."""
    async with asyncio.timeout(20):
        while server.command("EXISTS", "test:limit:a") != b":1\r\n":
            await limiter.take("a", LIMIT)
            await asyncio.sleep(0.01)


async def wait_until_heard(redis: RedisConnections) -> None:
    """Wait until a message that is published is received."""
    heard: list[bytes] = []
    with redis.subscriber.subscribe("test:one", heard.append):
        assert await redis.subscriber.wait_until_subscribed("test:one", 20)
        assert await redis.patient.publish("test:one", b"heard") == 1
        await until(lambda: heard == [b"heard"])


async def test_a_redis_that_loads_its_data_is_used_once_it_has(tmp_path: Path) -> None:
    with running_valkey() as slow:
        for number in range(100):
            slow.order("SET", f"key {number}", "x" * 1000)
        slow.order("SAVE")
        async with open_redis(slow.url, "test:") as redis:
            await until(lambda: redis.is_up)
            slow.kill()
            slow.start("--key-load-delay", "10000", "--loading-process-events-interval-bytes", "1024")
            assert slow.command("GET", "key 0").startswith(b"-LOADING")
            with pytest.raises(RedisLost):
                await redis.patient.publish("test:one", b"unheard")
            await until(lambda: redis.is_up)
            assert await redis.fast.run("GET", "key 0") == b"x" * 1000


async def test_a_probe_that_fails_in_any_way_is_repeated(server: Valkey, redis: RedisConnections) -> None:
    errors = iter([KeyError("a bug"), RuntimeError("of a library"), OSError(5, "of the system")])
    probe = redis.fast._breaker._probe

    async def fail() -> None:
        for error in errors:
            raise error
        await probe()

    redis.fast._breaker._probe = fail
    redis.fast._breaker.trip(ValueError("whatever"))
    await until(lambda: redis.fast.is_up)
    assert list(errors) == []


async def test_a_server_is_not_up_once_a_probe_has_ended(redis: RedisConnections) -> None:
    assert redis.is_up
    redis.fast._breaker._probing.cancel()
    with suppress(asyncio.CancelledError):
        await redis.fast._breaker._probing
    assert not redis.is_up


def test_the_log_has_a_line_a_minute_however_often_redis_is_lost() -> None:
    now = 0.0
    health = RedisHealth(lambda: now)
    with capture_logs() as logs:
        for now in (0.0, 0.1, 59.0, 60.0, 61.0):
            health.report_lost("fast", ValueError(str(now)))
        health.report_found("fast")
        for now in (62.0, 100.0):
            health.report_lost("fast", ValueError(str(now)))
            health.report_found("fast")
        now = 130.0
        health.report_lost("fast", ValueError(str(now)))
    told = [(line["event"], line.get("error"), line.get("for_seconds")) for line in logs]
    assert told == [
        ("redis_lost", "ValueError: 0.0", None),
        ("redis_lost", "ValueError: 60.0", 60.0),
        ("redis_is_back", None, None),
        ("redis_lost", "ValueError: 130.0", None),
    ]
    assert health.outages == 4
