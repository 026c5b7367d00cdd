"""One probe of Redis before a server starts: an outage may end, but a wrong address stays wrong."""

import asyncio
import ssl
from urllib.parse import urlsplit

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

PREFLIGHT_SECONDS = 1.0

_REFUSALS = (exceptions.AuthenticationError, exceptions.NoPermissionError)


async def find_redis_fault(url: str) -> str | None:
    """Return why this URL can never work, without the password. None if it works, or if Redis just does not respond."""
    host = urlsplit(url).hostname
    redis = Redis.from_url(url, retry=Retry(NoBackoff(), 0), protocol=2, driver_info=None)
    try:
        async with asyncio.timeout(PREFLIGHT_SECONDS):
            await redis.execute_command("PING")  # type: ignore[no-untyped-call]
    except _REFUSALS:
        return f"{host} rejects the user or the password"
    except exceptions.InvalidResponse:
        return f"the server at {host} is not Redis"
    except (exceptions.RedisError, OSError) as exc:
        # A host name without an address counts as an outage too: a stopped container loses its name.
        return f"TLS with {host} fails" if _is_due_to(exc, ssl.SSLError) else None
    finally:
        await redis.aclose()
    return None


def _is_due_to(exc: BaseException | None, kind: type[BaseException]) -> bool:
    while exc is not None and not isinstance(exc, kind):
        exc = exc.__cause__ or exc.__context__
    return exc is not None
