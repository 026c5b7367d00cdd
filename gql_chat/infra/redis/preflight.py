"""One look at Redis before a server starts: an outage may end, but a wrong address stays wrong."""

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any

from redis import exceptions
from redis.asyncio.connection import AbstractConnection

from gql_chat.infra.redis.address import Deployment
from gql_chat.infra.redis.drivers import make_node_connection, make_pool, parse_address
from gql_chat.infra.tasks.deadlines import Deadline

PREFLIGHT_SECONDS = 1.0
SHARDED_PUBSUB_VERSION = 7  # of Redis; Valkey began with it

_REFUSALS = (exceptions.AuthenticationError, exceptions.NoPermissionError)
_DEPLOYMENTS = {
    "standalone": Deployment.SERVER,
    "sentinel": Deployment.SENTINEL,
    "cluster": Deployment.CLUSTER,
}
_KINDS = {
    Deployment.SERVER: "a single server: its URL begins with redis://",
    Deployment.SENTINEL: "a Sentinel: its URL begins with redis+sentinel://",
    Deployment.CLUSTER: "a node of a cluster: its URL begins with redis+cluster://",
}


class _Unfit(Exception):
    """The server responds, and is not what the address says. The message goes on after its name."""


async def find_redis_fault(url: str, ca_file: Path | None = None) -> str | None:
    """Return why this URL can never work, without the password. None if it works, or if Redis does not respond.

    Raises ValueError for a bad URL.
    """
    address = parse_address(url, ca_file)
    pool, wanted = make_pool(address, PREFLIGHT_SECONDS), address.deployment
    looks = [
        _find_fault(make_node_connection(address, host, port, PREFLIGHT_SECONDS), host, wanted, address.service)
        for host, port in address.nodes
    ]
    if wanted is not Deployment.CLUSTER:
        name = address.service or str(address.options.get("host") or address.options.get("path"))
        looks.append(_find_fault(pool.make_connection(), name, Deployment.SERVER))  # type: ignore[no-untyped-call]
    try:
        return next(filter(None, await asyncio.gather(*looks)), None)
    finally:
        await pool.aclose()


async def _find_fault(connection: AbstractConnection, host: str, wanted: Deployment, service: str = "") -> str | None:
    try:
        async with Deadline(PREFLIGHT_SECONDS):
            await connection.connect()  # type: ignore[no-untyped-call]
            await _ask(connection, "PING")
            await _require_deployment(connection, wanted)
            if service and await _ask(connection, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", service) is None:
                return f"the Sentinel at {host} knows no service {service}"
    except _Unfit as exc:
        return f"{host} {exc}"
    except _REFUSALS:
        return f"{host} rejects the user or the password"
    except exceptions.InvalidResponse:
        return f"the server at {host} is not Redis"
    except (exceptions.RedisError, OSError) as exc:
        # A host name without an address counts as an outage too: a stopped container loses its name.
        return f"TLS with {host} fails" if _is_due_to(exc, ssl.SSLError) else None
    finally:
        with suppress(exceptions.RedisError, OSError):
            await connection.disconnect(nowait=True)
    return None


async def _require_deployment(connection: AbstractConnection, wanted: Deployment) -> None:
    try:
        hello = await _ask(connection, "HELLO")  # allowed to every user
    except exceptions.ResponseError:
        if wanted is Deployment.CLUSTER:
            raise _Unfit("is older than Redis 7, which a cluster needs for sharded pub/sub") from None
        return  # before Redis 6, or a proxy
    facts = dict(zip(hello[::2], hello[1::2], strict=True))
    mode, version = facts[b"mode"].decode(), facts[b"version"].decode()
    found = _DEPLOYMENTS.get(mode, wanted)
    if found is not wanted:
        raise _Unfit(f"is {_KINDS[found]}")
    if wanted is Deployment.CLUSTER and int(version.partition(".")[0]) < SHARDED_PUBSUB_VERSION:
        raise _Unfit(f"is Redis {version}, and a cluster needs Redis 7 or Valkey for sharded pub/sub")


async def _ask(connection: AbstractConnection, *command: str) -> Any:
    await connection.send_command(*command, check_health=False)
    return await connection.read_response()


def _is_due_to(exc: BaseException | None, kind: type[BaseException]) -> bool:
    while exc is not None and not isinstance(exc, kind):
        exc = exc.__cause__ or exc.__context__
    return exc is not None
