"""A supervisor of several workers on one socket: it starts, replaces, renews and ends them.

uvicorn's own needs applications that can be pickled, restarts a failing worker without a pause, and leaves workers
behind when it is killed. https://github.com/encode/uvicorn/discussions/2440
"""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

from gql_chat.infra.telemetry.metrics import forget_worker, shared_by_workers
from gql_chat.server.banner import format_banner
from gql_chat.server.listening import listen
from gql_chat.settings import Settings

# Before a worker that died is replaced, and between further attempts; the last one repeats.
PAUSES_SECONDS = (0.0, 1.0, 2.0, 5.0, 10.0)

# For a worker to end: it may take 20 s to settle its replies and 10 s to finish requests.
END_SECONDS = 40.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Worker:
    process: Process
    redis_status: str
    link: asyncio.StreamWriter
    """The worker ends when this is closed, as it is when the supervisor dies."""


class Supervisor:
    """Keeps as many workers as the settings ask for; `run` returns when all have ended.

    SIGTERM and SIGINT end them. SIGHUP renews them one by one: a worker ends once its replacement serves.
    """

    def __init__(self, settings: Settings, command: Sequence[str]) -> None:
        self._settings = settings
        self._command = command
        self._environment: Mapping[str, str] = {}
        self._listeners: list[socket.socket] = []
        self._workers: list[_Worker] = []
        self._processes: set[Process] = set()
        self._renewing = asyncio.Lock()
        self._is_ending = False

    def run(self) -> bool:
        """Serve until all workers have ended; False if the first could not start and logged why. Raises CannotStart."""
        return asyncio.run(self._run())

    async def _run(self) -> bool:
        async with AsyncExitStack() as stack:
            metrics = stack.enter_context(shared_by_workers())
            self._environment = os.environ | metrics
            self._listeners = listen(self._settings.host, self._settings.port)
            for listener in self._listeners:
                stack.enter_context(listener)
            serving = asyncio.create_task(self._serve(), name="supervise")
            await stack.enter_async_context(self._handling_signals(serving))
            stack.push_async_callback(self._end)
            await asyncio.wait({serving})
            if not serving.cancelled():
                await serving
        return bool(self._workers)

    async def _serve(self) -> None:
        # One first: a fault that keeps it from starting would keep all from it, and is reported once.
        first = await self._start()
        if first is None:
            return
        others = await asyncio.gather(*(self._start_until_it_serves() for _ in range(self._settings.workers - 1)))
        self._workers = [first, *others]
        sys.stdout.write(format_banner(self._listeners[0], first.redis_status, workers=self._settings.workers))
        sys.stdout.flush()
        async with asyncio.TaskGroup() as keeping:
            for place in range(len(self._workers)):
                keeping.create_task(self._keep(place), name=f"worker {place}")

    async def _keep(self, place: int) -> None:
        """Replace the worker in this place whenever it dies."""
        while True:
            worker = self._workers[place]
            code = await worker.process.wait()
            self._forget(worker)
            if self._workers[place] is worker:  # else it was renewed
                log.warning("worker_died", pid=worker.process.pid, code=code)
                replacement = await self._start_until_it_serves()
                if self._workers[place] is worker:
                    self._workers[place] = replacement
                else:  # it was renewed meanwhile
                    await self._end_process(replacement.process)
                    self._forget(replacement)

    async def _renew(self) -> None:
        async with self._renewing:
            for place in range(len(self._workers)):
                new = await self._start()
                if new is None:
                    log.error("workers_not_renewed", left=len(self._workers) - place)
                    return
                old, self._workers[place] = self._workers[place], new
                await self._end_process(old.process)
            log.info("workers_renewed", count=len(self._workers))

    async def _start_until_it_serves(self) -> _Worker:
        attempt = 0
        while True:
            await asyncio.sleep(PAUSES_SECONDS[min(attempt, len(PAUSES_SECONDS) - 1)])
            worker = await self._start()
            if worker is not None:
                return worker
            attempt += 1

    async def _start(self) -> _Worker | None:
        """Return a worker once it serves; None if it could not start, the reason of which it has printed."""
        ours, theirs = socket.socketpair()
        handed = [theirs.fileno(), *(listener.fileno() for listener in self._listeners)]
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                *map(str, handed),
                pass_fds=handed,
                env=self._environment,
                start_new_session=True,  # so that Ctrl-C reaches it through the supervisor only
            )
        self._processes.add(process)
        reader, writer = await asyncio.open_connection(sock=ours)
        if status := await reader.readline():
            return _Worker(process, status.decode().strip(), writer)
        writer.close()
        await process.wait()
        self._processes.discard(process)
        return None

    def _forget(self, worker: _Worker) -> None:
        worker.link.close()
        self._processes.discard(worker.process)
        forget_worker(worker.process.pid, dict(self._environment))

    @asynccontextmanager
    async def _handling_signals(self, serving: asyncio.Task[None]) -> AsyncIterator[None]:
        loop, renewals = asyncio.get_running_loop(), set[asyncio.Task[None]]()

        def end() -> None:
            if self._is_ending:  # a second signal: end at once
                for process in self._processes:
                    _signal(process, signal.SIGINT)
            self._is_ending = True
            serving.cancel()
            for renewal in renewals:
                renewal.cancel()

        def renew() -> None:
            renewal = asyncio.create_task(self._renew(), name="renew")
            renewals.add(renewal)
            renewal.add_done_callback(renewals.discard)

        handlers = {signal.SIGINT: end, signal.SIGTERM: end, signal.SIGHUP: end if sys.stdin.isatty() else renew}
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            yield
        finally:
            for number in handlers:
                loop.remove_signal_handler(number)

    async def _end(self) -> None:
        self._is_ending = True
        await asyncio.gather(*(self._end_process(process) for process in self._processes))
        for worker in self._workers:
            worker.link.close()

    async def _end_process(self, process: Process) -> None:
        _signal(process, signal.SIGTERM)
        try:
            async with asyncio.timeout(END_SECONDS):
                await process.wait()
        except TimeoutError:
            log.error("worker_killed", pid=process.pid)
            _signal(process, signal.SIGKILL)
            await process.wait()


def _signal(process: Process, number: signal.Signals) -> None:
    if process.returncode is None:
        process.send_signal(number)
