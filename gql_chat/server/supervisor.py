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
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import structlog

from gql_chat.infra.telemetry.metrics import forget_worker, shared_by_workers
from gql_chat.server.banner import format_banner, format_farewell, print_lines
from gql_chat.server.listening import listen
from gql_chat.server.process import ENDING_SIGNALS, handling_signals
from gql_chat.settings import Settings

# Before a worker that died is replaced, and between further attempts; the last one repeats.
PAUSES_SECONDS = (0.0, 1.0, 2.0, 5.0, 10.0)

# For a worker to end after its replies have had their time: it may take 20 s to settle them and 5 s to finish requests.
END_SECONDS = 30.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Worker:
    process: Process
    redis_status: str


class Supervisor:
    """Keeps as many workers as the settings ask for; `run` returns when all have ended.

    SIGTERM and SIGINT end them once their replies have, a second one at once. SIGHUP renews them one by one: a worker
    is asked to end once its replacement serves.
    """

    def __init__(self, settings: Settings, command: Sequence[str]) -> None:
        self._settings = settings
        self._command = command
        self._environment: Mapping[str, str] = {}
        self._listeners: list[socket.socket] = []
        self._workers: list[_Worker] = []
        self._links: dict[Process, asyncio.StreamWriter] = {}
        """The running workers. Each ends when its link is closed, as it is when the supervisor dies."""
        self._have_started = asyncio.Event()
        self._keeping = asyncio.TaskGroup()
        self._renewing: asyncio.Task[None] | None = None
        self._must_renew = False

    def run(self) -> bool:
        """Serve until all workers have ended; False if the first could not start and logged why. Raises CannotStart."""
        return asyncio.run(self.serve())

    async def serve(self) -> bool:
        """Do what `run` does, in this loop."""
        async with AsyncExitStack() as stack:
            metrics = stack.enter_context(shared_by_workers())
            self._environment = os.environ | metrics
            self._listeners = listen(self._settings.host, self._settings.port)
            for listener in self._listeners:
                stack.enter_context(listener)
            serving = asyncio.create_task(self._start_and_keep(), name="supervise")
            stack.enter_context(handling_signals(self._signal_handlers(serving)))
            stack.push_async_callback(self._end)
            await asyncio.wait({serving})
            if not serving.cancelled():
                await serving
        return bool(self._workers)

    async def _start_and_keep(self) -> None:
        # One first: a fault that keeps it from starting would keep all from it, and is reported once.
        first = await self._start()
        if first is None:
            return
        others = await asyncio.gather(*(self._start_until_it_serves() for _ in range(self._settings.workers - 1)))
        self._workers = [first, *others]
        print_lines(format_banner(self._listeners[0], first.redis_status, workers=self._settings.workers))
        async with self._keeping:
            for place in range(len(self._workers)):
                self._keep_soon(place)
            self._have_started.set()

    def _keep_soon(self, place: int) -> None:
        self._keeping.create_task(self._keep(place), name=f"worker {place}")

    async def _keep(self, place: int) -> None:
        """Replace the worker that is in this place now when it dies, unless it was renewed."""
        worker = self._workers[place]
        code = await worker.process.wait()
        self._forget(worker.process)
        if self._workers[place] is worker:
            log.warning("worker_died", pid=worker.process.pid, code=code)
            replacement = await self._start_until_it_serves()
            if self._workers[place] is worker:
                self._workers[place] = replacement
                self._keep_soon(place)
            else:  # it was renewed meanwhile
                await self._end_process(replacement.process)
                self._forget(replacement.process)

    async def _renew_while_asked(self) -> None:
        """Renew all workers, and once more if that is asked for meanwhile, however often: settings may have changed."""
        await self._have_started.wait()
        while self._must_renew:
            self._must_renew = False
            await self._renew()

    async def _renew(self) -> None:
        for place in range(len(self._workers)):
            new = await self._start()
            if new is None:
                log.error("workers_not_renewed", left=len(self._workers) - place)
                return
            old, self._workers[place] = self._workers[place], new
            self._keep_soon(place)
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
        reader, self._links[process] = await asyncio.open_connection(sock=ours)
        if status := await reader.readline():
            return _Worker(process, status.decode().strip())
        await process.wait()
        self._links.pop(process).close()
        return None

    def _forget(self, process: Process) -> None:
        self._links.pop(process).close()
        forget_worker(process.pid, dict(self._environment))

    def _signal_handlers(self, serving: asyncio.Task[None]) -> Mapping[signal.Signals, Callable[[], None]]:
        def end() -> None:
            if serving.cancelling():  # asked again: the workers interrupt their replies
                for process in self._links:
                    _signal(process, signal.SIGINT)
                return
            print_lines(format_farewell(None, self._settings.drain_seconds))
            serving.cancel()
            if self._renewing is not None:
                self._renewing.cancel()

        def renew() -> None:
            self._must_renew = True
            if self._renewing is None or self._renewing.done():
                self._renewing = asyncio.create_task(self._renew_while_asked(), name="renew")

        is_on_terminal = sys.stdin.isatty()  # which has closed if it sends SIGHUP
        return dict.fromkeys(ENDING_SIGNALS, end) | ({} if is_on_terminal else {signal.SIGHUP: renew})

    async def _end(self) -> None:
        await asyncio.gather(*map(self._end_process, self._links))
        for link in self._links.values():
            link.close()

    async def _end_process(self, process: Process) -> None:
        _signal(process, signal.SIGTERM)
        try:
            async with asyncio.timeout(self._settings.drain_seconds + END_SECONDS):
                await process.wait()
        except TimeoutError:
            log.error("worker_killed", pid=process.pid)
            _signal(process, signal.SIGKILL)
            await process.wait()


def _signal(process: Process, number: signal.Signals) -> None:
    if process.returncode is None:
        process.send_signal(number)
