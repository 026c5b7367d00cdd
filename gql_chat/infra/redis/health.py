"""The health of Redis, as all connections of one worker see it."""

import time
from collections.abc import Callable
from typing import Protocol

import structlog

from gql_chat.infra.telemetry.metrics import Counter, gauge

LOG_SECONDS = 60.0  # between two lines of the log about a lost Redis

LOST = gauge("gql_chat_redis_lost", "1 while a worker cannot use Redis.", merged="max")
OUTAGES = Counter("gql_chat_redis_outages_total", "How often a worker has lost Redis.")

log = structlog.get_logger(__name__)


class RedisStatus(Protocol):
    """The state of Redis for the rest of the server. A server without Redis does not import its client."""

    @property
    def is_up(self) -> bool:
        """Whether Redis can be used now."""
        ...


class RedisHealth:
    """Logs one line a minute while Redis is lost, however many connections notice it, and one when all are back.

    An outage without a line, because there was one within the last minute, has no line at its end either.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.outages = 0
        """The number of outages."""
        self._monotonic = monotonic
        self._lost: set[str] = set()
        self._lost_at = 0.0
        self._quiet_until = 0.0
        self._is_logged = False

    @property
    def is_up(self) -> bool:
        """Whether the last call on every connection succeeded."""
        return not self._lost

    def report_lost(self, part: str, error: BaseException) -> None:
        """Record that a call on this connection failed, or that a probe did."""
        now = self._monotonic()
        if not self._lost:
            self.outages += 1
            OUTAGES.inc()
            self._lost_at = now
        self._lost.add(part)
        if now >= self._quiet_until:
            self._quiet_until, self._is_logged = now + LOG_SECONDS, True
            since = {"for_seconds": round(now - self._lost_at, 1)} if now > self._lost_at else {}
            log.warning("redis_lost", part=part, error=f"{type(error).__name__}: {error}", **since)

    def report_found(self, part: str) -> None:
        """Record that this connection works again, or is not needed any more."""
        if part in self._lost:
            self._lost.remove(part)
            if not self._lost and self._is_logged:
                self._is_logged = False
                log.warning("redis_is_back", after_seconds=round(self._monotonic() - self._lost_at, 1))
