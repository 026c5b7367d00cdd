"""Rate limits per user of the verbs that call models. All servers share them through Redis."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from gql_chat.infra.rate_limits.limiter import Limit, RateLimiter, refusal, require_rate


@dataclass(frozen=True, slots=True)
class CallLimits:
    """The limits of verbs that start a reply, of tests of keys, and of titles on request."""

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
