"""Limits of the calls to models: the rates of the verbs that make them, and the quotas of users and groups."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from gql_chat.generation.accounting import limited_by_quotas
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.infra.rate_limits.limiter import Limit, RateLimiter, refusal, require_rate
from gql_chat.keys.keyring import mark_used
from gql_chat.usage.ledger import open_call
from gql_chat.usage.models import OpenCall
from gql_chat.usage.quotas import QuotaPolicy, require_group_quota, require_user_quotas


@dataclass(frozen=True, slots=True)
class CallLimits:
    """The rates of verbs that start a reply, of tests of keys, and of titles on request. All servers share them."""

    limiter: RateLimiter
    sends: Limit
    key_tests: Limit
    key_tests_at_once: int | None
    """In one server process, because an answer of a provider takes its memory. None for no limit."""
    titles: Limit
    _testing: Counter[str] = field(default_factory=Counter)

    async def require_send(self, user_id: str) -> None:
        """Count a send. Call it once it is certain that the request repeats no earlier one. Raise RateLimited."""
        await require_rate(self.limiter, f"sends:{user_id}", self.sends)

    async def refund_send(self, user_id: str) -> None:
        """Count a send less, because the request repeats one that another request has just made."""
        await self.limiter.refund(f"sends:{user_id}", self.sends)

    async def require_title(self, user_id: str) -> None:
        """Count a title. Raise RateLimited."""
        await require_rate(self.limiter, f"titles:{user_id}", self.titles)

    @asynccontextmanager
    async def key_test(self, user_id: str) -> AsyncIterator[None]:
        """Count a test of a key, which is under way while the block runs. Raise RateLimited."""
        if self.key_tests_at_once is not None and self._testing[user_id] >= self.key_tests_at_once:
            raise refusal(f"key tests at once:{user_id}", 1)
        self._testing[user_id] += 1
        try:
            await require_rate(self.limiter, f"key tests:{user_id}", self.key_tests)
            yield
        finally:
            self._testing[user_id] -= 1
            if not self._testing[user_id]:
                del self._testing[user_id]


async def open_within_quotas(
    call: OpenCall, endpoint: Endpoint, quotas: QuotaPolicy, *, used_key_id: str | None
) -> Endpoint:
    """Open the call in this transaction, and return the endpoint limited to the tokens that are left.

    The group is locked first, then the key, then the user. Raises QuotaExceeded.
    """
    group_left = await require_group_quota(call)
    if used_key_id is not None:
        await mark_used(used_key_id)
    tokens_left = group_left, await require_user_quotas(call, quotas)
    limited = limited_by_quotas(call, endpoint, tokens_left, reply_max_tokens=quotas.reply_max_tokens)
    await open_call(call)
    return limited
