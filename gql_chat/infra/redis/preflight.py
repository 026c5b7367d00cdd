"""Redis is asked once before a server starts: one that is away may come back, but no time mends a wrong address."""

import asyncio
import ssl
from urllib.parse import urlsplit

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

TRIAL_SECONDS = 1.0

_REFUSALS = (exceptions.AuthenticationError, exceptions.NoPermissionError)


async def find_redis_fault(url: str) -> str | None:
    """Why this can never be the Redis that is meant, without the password; None if it is, or just does not answer."""
    host = urlsplit(url).hostname
    redis = Redis.from_url(url, retry=Retry(NoBackoff(), 0), protocol=2, driver_info=None)
    try:
        async with asyncio.timeout(TRIAL_SECONDS):
            await redis.execute_command("PING")  # type: ignore[no-untyped-call]
    except _REFUSALS:
        return f"{host} refuses the user, or the password"
    except exceptions.InvalidResponse:
        return f"what answers at {host} is no Redis"
    except (exceptions.RedisError, OSError) as exc:
        # A name without an address is an outage too: a container that is stopped loses its name.
        return f"TLS with {host} fails" if _is_due_to(exc, ssl.SSLError) else None
    finally:
        await redis.aclose()
    return None


def _is_due_to(exc: BaseException | None, kind: type[BaseException]) -> bool:
    while exc is not None and not isinstance(exc, kind):
        exc = exc.__cause__ or exc.__context__
    return exc is not None
