"""Whether Redis answers, as all connections of one worker see it."""

import time

import structlog

from gql_chat.infra.telemetry.metrics import Counter, gauge

LOST = gauge("gql_chat_redis_lost", "1 while a worker gets no answer from Redis.", merged="max")
OUTAGES = Counter("gql_chat_redis_outages_total", "How often a worker has lost Redis.")

log = structlog.get_logger(__name__)


class RedisHealth:
    """Says so in one line when Redis is lost, however many notice it, and in one when all have it back."""

    def __init__(self) -> None:
        self.failures = 0
        """How often a connection has found Redis lost."""
        self.outages = 0
        """How often Redis has been lost."""
        self._lost: set[str] = set()
        self._since = 0.0

    @property
    def is_up(self) -> bool:
        """Whether every connection had an answer when it last asked."""
        return not self._lost

    def lost(self, part: str, error: BaseException) -> None:
        """One of the connections has had no answer."""
        self.failures += 1
        if not self._lost:
            self.outages += 1
            OUTAGES.inc()
            self._since = time.monotonic()
            log.warning("redis_lost", part=part, error=f"{type(error).__name__}: {error}")
        self._lost.add(part)

    def found(self, part: str) -> None:
        """It has one again."""
        if part in self._lost:
            self._lost.remove(part)
            if not self._lost:
                log.warning("redis_is_back", after_seconds=round(time.monotonic() - self._since, 1))
