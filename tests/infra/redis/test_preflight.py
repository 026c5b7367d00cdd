"""What no time mends about an address of Redis is told, and an outage is not."""

import asyncio

from gql_chat.infra.redis.preflight import find_redis_fault
from tests.support.valkey import Valkey


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


async def answer_as_a_web_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()
    writer.close()
