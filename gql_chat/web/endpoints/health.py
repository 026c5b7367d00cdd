"""Health: `/healthz` is 200 while the process lives, `/readyz` while it should get requests, with the reasons as JSON.

A server is ready if its database answers, has the tables of this version and stores a row. Without Redis it is
degraded, which is ready too. A server that is shutting down is not ready.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from gql_chat.infra.db.failures import CannotStore
from gql_chat.infra.db.migrations import list_missing

log = structlog.get_logger(__name__)

DATABASE_SECONDS = 2.0
FRESH_SECONDS = 1.0  # for which a result is used again: anybody may ask


class State(StrEnum):
    """The state of a part, or of the server."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of a part, with a reason that is safe to show if it is not OK."""

    state: State
    detail: str | None = None


Check = Callable[[], Coroutine[Any, Any, Finding]]


class Health:
    """The two endpoints. `redis_is_up` is None if no Redis is used."""

    def __init__(
        self,
        *,
        is_draining: Callable[[], bool],
        redis_is_up: Callable[[], bool] | None = None,
        check_database: Check,
    ) -> None:
        self._is_draining = is_draining
        self._redis_is_up = redis_is_up
        self._database = _CachedCheck(check_database)

    def alive(self, request: Request) -> Response:
        """Return 200."""
        return PlainTextResponse("ok\n")

    async def ready(self, request: Request) -> Response:
        """Return 200, or 503 if the server should get no requests."""
        findings = {"database": await self._database.finding()}
        if self._redis_is_up is not None:
            up = self._redis_is_up()
            findings["redis"] = Finding(State.OK) if up else Finding(State.DEGRADED, "cannot be used now")
        if self._is_draining():
            findings["server"] = Finding(State.DOWN, "is shutting down")
        state = _worst(findings.values())
        checks = {
            name: {"status": finding.state} | ({"detail": finding.detail} if finding.detail else {})
            for name, finding in findings.items()
        }
        status = 503 if state is State.DOWN else 200
        return JSONResponse({"status": state, "checks": checks}, status, {"cache-control": "no-store"})


async def check_database(write: Callable[[], Awaitable[object]], migrations: Sequence[str]) -> Finding:
    """Look for these migrations, and store a row by `write`: a full disk or a standby still answers reads."""
    looking = asyncio.create_task(_look(write, migrations), name="readiness")
    # Not `asyncio.timeout`, which waits for the end of what it cancels: five seconds more if PostgreSQL is frozen.
    await asyncio.wait({looking}, timeout=DATABASE_SECONDS)
    if not looking.done():
        _abandoned.add(looking)
        looking.add_done_callback(_forget)
        looking.cancel()
        return Finding(State.DOWN, f"did not answer within {DATABASE_SECONDS:g} seconds")
    try:
        lacking = looking.result()
    except Exception as exc:
        log.warning("database_not_ready", exc_info=exc)
        return Finding(State.DOWN, "stores nothing" if isinstance(exc, CannotStore) else "does not answer")
    return Finding(State.DOWN, f"lacks {len(lacking)} migration(s)") if lacking else Finding(State.OK)


async def _look(write: Callable[[], Awaitable[object]], migrations: Sequence[str]) -> list[str]:
    lacking = await list_missing(migrations)
    await write()
    return lacking


_abandoned: set[asyncio.Task[list[str]]] = set()
"""Looks that took too long and have not ended yet: the event loop keeps no tasks by itself."""


def _forget(look: asyncio.Task[list[str]]) -> None:
    _abandoned.discard(look)
    if not look.cancelled():
        look.exception()  # else it would be logged as one that nobody has seen


def _worst(findings: Iterable[Finding]) -> State:
    states = {finding.state for finding in findings}
    return next(state for state in (State.DOWN, State.DEGRADED, State.OK) if state in states)


class _CachedCheck:
    """A check that runs once at a time, and not at all while its last result is fresh."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._running: asyncio.Task[Finding] | None = None
        self._fresh_until = 0.0

    async def finding(self) -> Finding:
        now = asyncio.get_running_loop().time()
        if self._running is None or (self._running.done() and now >= self._fresh_until):
            self._running = asyncio.create_task(self._run())
        return await asyncio.shield(self._running)

    async def _run(self) -> Finding:
        finding = await self._check()
        self._fresh_until = asyncio.get_running_loop().time() + FRESH_SECONDS
        return finding
