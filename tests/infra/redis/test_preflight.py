"""What no time mends about an address of Redis is told, and an outage is not."""

import asyncio
from pathlib import Path

import pytest

from gql_chat.infra.redis.address import RedisAddress
from gql_chat.infra.redis.preflight import find_redis_fault
from tests.support.backing_services.valkey import Valkey, running_valkey
from tests.support.backing_services.valkey_groups import ValkeyCluster


async def test_one_that_answers_or_may_come_back_has_no_fault(own_redis: Valkey) -> None:
    assert await find_redis_fault(own_redis.url) is None
    with own_redis.frozen():
        assert await find_redis_fault(own_redis.url) is None
    own_redis.kill()
    assert await find_redis_fault(own_redis.url) is None
    assert await find_redis_fault("redis://no-such-host.invalid") is None  # as of a container that is stopped


async def test_one_that_refuses_us_has(own_redis: Valkey) -> None:
    for user in (":hunter2", "ada:hunter2"):
        url = own_redis.url.replace("//", f"//{user}@")
        assert await find_redis_fault(url) == "127.0.0.1 rejects the user or the password"


async def test_so_has_what_is_none(own_redis: Valkey) -> None:
    server = await asyncio.start_server(answer_as_a_web_server, "127.0.0.1", 0)
    async with server:
        url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        assert await find_redis_fault(url) == "the server at 127.0.0.1 is not Redis"
        assert await find_redis_fault(url.replace("redis:", "rediss:")) == "TLS with 127.0.0.1 fails"


async def test_so_has_another_deployment_than_the_urls(redis_server: Valkey, redis_cluster: ValkeyCluster) -> None:
    assert await find_redis_fault(redis_cluster.url) is None
    node = redis_cluster.primaries[0].url
    assert await find_redis_fault(node) == ("127.0.0.1 is a node of a cluster: its URL begins with redis+cluster://")
    single = redis_server.url.replace("redis:", "redis+cluster:")
    assert await find_redis_fault(single) == "127.0.0.1 is a single server: its URL begins with redis://"
    service = f"{redis_server.url.replace('redis:', 'redis+sentinel:')}/chat"
    assert await find_redis_fault(service) == "127.0.0.1 is a single server: its URL begins with redis://"


async def test_so_has_a_sentinel_without_the_service() -> None:
    with running_valkey(sentinel="sentinel monitor chat 127.0.0.1 1 1\n") as sentinel:
        url = sentinel.url.replace("redis:", "redis+sentinel:")
        assert await find_redis_fault(f"{url}/chat") is None  # its primary may come back
        assert await find_redis_fault(f"{url}/shop") == "the Sentinel at 127.0.0.1 knows no service shop"
        assert await find_redis_fault(sentinel.url) == (
            "127.0.0.1 is a Sentinel: its URL begins with redis+sentinel://"
        )


@pytest.mark.parametrize(
    ("hello", "fault"),
    [
        (b"-ERR unknown command\r\n", "is older than Redis 7, which a cluster needs for sharded pub/sub"),
        (
            b"*4\r\n+mode\r\n+cluster\r\n+version\r\n+6.2.14\r\n",
            "is Redis 6.2.14, and a cluster needs Redis 7 or Valkey for sharded pub/sub",
        ),
        (b"*4\r\n+mode\r\n+cluster\r\n+version\r\n+7.0.0\r\n", None),
    ],
)
async def test_so_has_a_cluster_without_sharded_pubsub(hello: bytes, fault: str | None) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            if line.strip() in (b"PING", b"HELLO"):
                writer.write(b"+PONG\r\n" if line.strip() == b"PING" else hello)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"redis+cluster://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        assert await find_redis_fault(url) == (fault and f"127.0.0.1 {fault}")


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("redis://:secret@host:port", "redis://:password@host:6379/0"),
        ("redis://h?secret=1", None),
        ("redis+sentinel://:secret@host", "redis+sentinel://:password@host:26379,host:26379/service/0"),
        ("redis+sentinel://:secret@host/chat/one", "redis+sentinel://:password@host:26379,host:26379/service/0"),
        ("redis+sentinel://:secret@host,/chat", "redis+sentinel://:password@host:26379,host:26379/service/0"),
        ("redis+cluster://:secret@host/1", "redis+cluster://:password@host:6379,host:6379"),
        ("redis+cluster://:secret@", "redis+cluster://:password@host:6379,host:6379"),
    ],
)
async def test_a_url_of_another_form_is_an_error_that_does_not_quote_it(url: str, form: str | None) -> None:
    with pytest.raises(ValueError, match="must have the form|not known") as caught:
        await find_redis_fault(url)
    assert str(caught.value) == (f"must have the form {form}" if form else "has an option that is not known")


def test_an_address_has_nodes_a_service_and_options() -> None:
    address = RedisAddress.parse("rediss+sentinel://ada:p%40ss@one,[::1]:7/chat/3?sentinel_password=s", Path("ca.pem"))
    assert (address.nodes, address.service, address.is_tls) == ((("one", 26379), ("::1", 7)), "chat", True)
    assert address.options == {"username": "ada", "password": "p@ss", "db": 3, "ssl_ca_certs": "ca.pem"}
    assert address.sentinel_options == {"password": "s", "ssl_ca_certs": "ca.pem"}
    assert "p@ss" not in repr(address)


async def answer_as_a_web_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()
    writer.close()
