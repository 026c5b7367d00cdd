"""The health of Redis, as all connections of one worker see it."""

import time
from typing import Protocol

import structlog

from gql_chat.infra.telemetry.metrics import Counter, gauge

LOST = gauge("gql_chat_redis_lost", "1 while a worker gets no response from Redis.", merged="max")
OUTAGES = Counter("gql_chat_redis_outages_total", "How often a worker has lost Redis.")

log = structlog.get_logger(__name__)


class RedisStatus(Protocol):
    """What the rest of the server sees of Redis, so that a server without Redis does not import its client."""

    @property
    def is_up(self) -> bool:
        """Whether Redis can be used now."""
        ...


class RedisHealth:
    """Logs one line when Redis is lost, however many connections notice it, and one when all of them are back."""

    def __init__(self) -> None:
        self.failures = 0
        """The number of times that a connection has found Redis lost."""
        self.outages = 0
        """The number of outages."""
        self._lost: set[str] = set()
        self._since = 0.0

    @property
    def is_up(self) -> bool:
        """Whether the last call on every connection got a response."""
        return not self._lost

    def report_lost(self, part: str, error: BaseException) -> None:
        """Record that a call on this connection got no response."""
        self.failures += 1
        if not self._lost:
            self.outages += 1
            OUTAGES.inc()
            self._since = time.monotonic()
            log.warning("redis_lost", part=part, error=f"{type(error).__name__}: {error}")
        self._lost.add(part)

    def report_found(self, part: str) -> None:
        """Record that this connection works again."""
        if part in self._lost:
            self._lost.remove(part)
            if not self._lost:
                log.warning("redis_is_back", after_seconds=round(time.monotonic() - self._since, 1))
