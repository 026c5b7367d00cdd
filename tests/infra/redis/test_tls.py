"""TLS in front of Redis: who signed its certificate is checked, and a CA file may say whom to trust."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gql_chat.infra.redis.connections import open_redis
from gql_chat.infra.redis.preflight import find_redis_fault
from tests.infra.redis.test_connections import until
from tests.support.backing_services.mail_server import own_certificate, server_tls
from tests.support.backing_services.proxy import Proxy
from tests.support.backing_services.valkey import Valkey


@pytest.fixture
async def tls_url(redis_server: Valkey, tmp_path: Path) -> AsyncIterator[str]:
    """Yield the URL of a Redis behind TLS, by the name of its certificate."""
    proxy = Proxy(redis_server.url)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, ssl=server_tls(tmp_path))
    async with server:
        yield f"rediss://localhost:{server.sockets[0].getsockname()[1]}"


async def test_a_certificate_of_the_ca_file_is_trusted(tls_url: str, tmp_path: Path) -> None:
    ca_file = own_certificate(tmp_path)
    assert await find_redis_fault(tls_url, ca_file) is None
    async with open_redis(tls_url, "test:", ca_file) as redis:
        assert await redis.fast.run("PING") == b"PONG"
        await until(lambda: redis.is_up)


async def test_another_certificate_or_name_is_not(tls_url: str, tmp_path: Path) -> None:
    assert await find_redis_fault(tls_url) == "TLS with localhost fails"
    by_address = tls_url.replace("localhost", "127.0.0.1")
    assert await find_redis_fault(by_address, own_certificate(tmp_path)) == "TLS with 127.0.0.1 fails"
    async with open_redis(tls_url, "test:") as redis:
        assert not redis.is_up


async def test_a_ca_file_without_tls_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must begin with rediss://"):
        await find_redis_fault("redis://localhost", own_certificate(tmp_path))
