"""Headers of requests, and of responses about rate limits.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
"""

from functools import lru_cache
from math import ceil

from starlette.types import Scope

from gql_chat.api.engine.budgets import PERIOD_SECONDS, Budget, Remainder
from gql_chat.errors import GqlChatError, RateLimited, Unavailable
from gql_chat.infra.rate_limits.limiter import ROUNDING_SECONDS

NAMES = ("operations", "cpu-ms", "cost")


def read_header(scope: Scope, name: bytes) -> str | None:
    """Return the value of the first header of this name, in lower case, or None.

    Each request passes here, and Starlette's headers would cost too much.
    """
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value).decode("latin-1")
    return None


def remainder_headers(remainder: Remainder | None) -> dict[str, str]:
    """Return `RateLimit-Policy`, the budgets per minute, and `RateLimit`, what is left of them."""
    if remainder is None:
        return {}
    rows = zip(NAMES, remainder.left, remainder.reset_seconds, strict=True)
    limits = [
        f'"{name}";r={int(left + ROUNDING_SECONDS)};t={ceil(seconds - ROUNDING_SECONDS)}'
        for name, left, seconds in rows
    ]
    return {"ratelimit-policy": _policies(remainder.budget), "ratelimit": ", ".join(limits)}


@lru_cache(16)
def _policies(budget: Budget) -> str:
    return ", ".join(
        f'"{name}";q={whole:.0f};w={PERIOD_SECONDS:.0f}' for name, whole in zip(NAMES, budget, strict=True)
    )


def refusal_headers(error: GqlChatError) -> dict[str, str]:
    """Return `Retry-After` for a refusal that ends by itself."""
    if not isinstance(error, RateLimited | Unavailable) or error.retry_after_seconds is None:
        return {}
    return {"retry-after": str(error.retry_after_seconds)}
