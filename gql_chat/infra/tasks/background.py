"""Background tasks, which may outlive the request that started them but not the server."""

import asyncio
from collections.abc import Coroutine
from contextlib import ExitStack
from typing import Any, Self

import structlog

from gql_chat.infra.telemetry.metrics import queued

log = structlog.get_logger(__name__)


class BackgroundTasks:
    """Holds tasks by name, and cancels the running ones at its end. Use with `async with`."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._metrics = ExitStack()

    async def __aenter__(self) -> Self:
        self._metrics.enter_context(queued("background", lambda: len(self._tasks)))
        return self

    async def __aexit__(self, *_: object) -> None:
        tasks = set(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._metrics.close()

    @property
    def names(self) -> list[str]:
        """The names of the running tasks."""
        return list(self._tasks)

    def start(self, name: str, work: Coroutine[Any, Any, object]) -> None:
        """Start the work unless a task of this name is running, and return at once. A failure is logged."""
        if name in self._tasks:
            work.close()
            return
        task = asyncio.create_task(_run_logged(name, work), name=name)
        self._tasks[name] = task
        task.add_done_callback(lambda _: self._tasks.pop(name))

    async def wait(self) -> None:
        """Return once no task is running."""
        while self._tasks:
            await asyncio.wait(set(self._tasks.values()))


async def _run_logged(name: str, work: Coroutine[Any, Any, object]) -> None:
    try:
        await work
    except Exception:  # the edge of the task
        log.warning("background_work_failed", work=name, exc_info=True)
