"""Health: `/healthz` says that the process lives, `/readyz` whether to send it requests, with the reasons as JSON.

Ready is a server whose database answers and has the tables of this version. Without Redis it is degraded, which is
ready too. One that is about to end is not.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from gql_chat.infra.db.migrations import list_missing

log = structlog.get_logger(__name__)

DATABASE_SECONDS = 2.0
FRESH_SECONDS = 1.0  # how long an answer is good: anybody may ask


class State(StrEnum):
    """Of a part, or of the whole."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Finding:
    """A part's state, and where it is not well a few words that tell nobody a secret."""

    state: State
    detail: str | None = None


Look = Callable[[], Coroutine[Any, Any, Finding]]


class Health:
    """The two endpoints. `redis_is_up` is None where there is no Redis."""

    def __init__(
        self,
        *,
        is_draining: Callable[[], bool],
        redis_is_up: Callable[[], bool] | None = None,
        look_at_database: Look | None = None,
    ) -> None:
        self._is_draining = is_draining
        self._redis_is_up = redis_is_up
        self._database = _Fresh(look_at_database or _look_at_database)

    def alive(self, request: Request) -> Response:
        """200 from whoever can answer at all."""
        return PlainTextResponse("ok\n")

    async def ready(self, request: Request) -> Response:
        """200, or 503."""
        findings = {"database": await self._database.finding()}
        if self._redis_is_up is not None:
            up = self._redis_is_up()
            findings["redis"] = Finding(State.OK) if up else Finding(State.DEGRADED, "does not answer")
        if self._is_draining():
            findings["server"] = Finding(State.DOWN, "is shutting down")
        state = _worst(findings.values())
        checks = {
            name: {"status": finding.state} | ({"detail": finding.detail} if finding.detail else {})
            for name, finding in findings.items()
        }
        status = 503 if state is State.DOWN else 200
        return JSONResponse({"status": state, "checks": checks}, status, {"cache-control": "no-store"})


async def _look_at_database() -> Finding:
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            lacking = await list_missing()
    except TimeoutError:
        return Finding(State.DOWN, f"did not answer within {DATABASE_SECONDS:g} seconds")
    except Exception as exc:
        log.warning("database_not_ready", exc_info=exc)
        return Finding(State.DOWN, "does not answer")
    return Finding(State.DOWN, f"lacks {len(lacking)} migration(s)") if lacking else Finding(State.OK)


def _worst(findings: Iterable[Finding]) -> State:
    states = {finding.state for finding in findings}
    return next(state for state in (State.DOWN, State.DEGRADED, State.OK) if state in states)


class _Fresh:
    """One look at a time, however many ask, and none while the last answer is fresh."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._looking: asyncio.Task[Finding] | None = None
        self._good_until = 0.0

    async def finding(self) -> Finding:
        now = asyncio.get_running_loop().time()
        if self._looking is None or (self._looking.done() and now >= self._good_until):
            self._looking = asyncio.create_task(self._look_and_note())
        return await asyncio.shield(self._looking)

    async def _look_and_note(self) -> Finding:
        finding = await self._look()
        self._good_until = asyncio.get_running_loop().time() + FRESH_SECONDS
        return finding
