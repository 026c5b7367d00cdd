"""Response headers about rate limits: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/."""

from math import ceil

from gql_chat.api.engine.budgets import PERIOD_SECONDS, Remainder
from gql_chat.errors import GqlChatError, RateLimited

POLICIES = ("operations", "cpu-ms", "cost")


def remainder_headers(remainder: Remainder | None) -> dict[str, str]:
    """Return `RateLimit-Policy`, the budgets per minute, and `RateLimit`, what is left of them."""
    if remainder is None:
        return {}
    policies = [
        f'"{name}";q={int(whole)};w={int(PERIOD_SECONDS)}'
        for name, whole in zip(POLICIES, remainder.budget, strict=True)
    ]
    limits = [
        f'"{name}";r={int(left)};t={ceil(seconds)}'
        for name, left, seconds in zip(POLICIES, remainder.left, remainder.reset_seconds, strict=True)
    ]
    return {"ratelimit-policy": ", ".join(policies), "ratelimit": ", ".join(limits)}


def refusal_headers(error: GqlChatError) -> dict[str, str]:
    """Return `Retry-After` for a refusal that ends by itself."""
    if not isinstance(error, RateLimited) or error.retry_after_seconds is None:
        return {}
    return {"retry-after": str(error.retry_after_seconds)}
