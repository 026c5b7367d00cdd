"""Two workers on one PostgreSQL and one Valkey of their own, with the scriptable model behind them."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import aiohttp
import asyncpg

from gql_chat.infra.db.migrations import migrate, migrations_folder
from tests.support.backing_services.ports import free_port
from tests.support.backing_services.postgres import Postgres, running_postgres
from tests.support.backing_services.proxy import Proxy, proxied
from tests.support.backing_services.valkey import Valkey, running_valkey
from tests.support.backing_services.valkey_groups import ValkeyCluster, WatchedValkey
from tests.support.client import Client
from tests.support.demo import DemoServer
from tests.support.process import ServerProcess, run_server, sign_in

QUICK_LEASE_SECONDS = 2.0  # for tests that must not take long
STALL_SECONDS = 3.0  # of the model, after which a reply has failed

RunningGroup: TypeAlias = Callable[[], AbstractContextManager[WatchedValkey | ValkeyCluster]]


@dataclass
class Worker:
    """A server that may be ended and started again on the same port."""

    settings: dict[str, Any]
    folder: Path
    demo: DemoServer
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)
    _leaving: list[ServerProcess] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.log = self.folder / "log"

    async def start(self) -> None:
        """Start the server and return when it listens."""
        log = self._open.enter_context(self.log.open("ab")).fileno()
        running = run_server(self.folder, self.demo, log=log, **self.settings)
        self.process: ServerProcess = await self._open.enter_async_context(running)

    async def replace(self, number: signal.Signals) -> None:
        """Ask the server to end by this signal, and start another in its place while it still writes its replies."""
        self._leaving.append(self.process)
        self.process.process.send_signal(number)
        await self.process.farewell()
        await self.start()

    async def wait_for_leaving(self) -> None:
        """Wait until the servers that were replaced have ended, as they should. Kill those that do not."""
        leaving, self._leaving = self._leaving, []
        try:
            async with asyncio.timeout(30):
                assert [await left.process.wait() for left in leaving] == [0] * len(leaving)
        except TimeoutError:
            await asyncio.gather(*(left.kill() for left in leaving if left.process.returncode is None))
            raise

    async def close(self) -> None:
        """End the server in whatever state it is."""
        await self._open.aclose()

    @property
    def is_running(self) -> bool:
        """Whether the process exists."""
        return self.process.process.returncode is None

    def logged(self) -> str:
        """Return the whole log, over all restarts."""
        return self.log.read_text(encoding="utf-8")


@dataclass(repr=False)
class Cluster:
    """The parts that a fault may strike."""

    workers: list[Worker]
    postgres: Postgres
    valkey: Valkey
    demo: DemoServer
    http: aiohttp.ClientSession
    database_url: str
    lease_seconds: float
    way_to_redis: Proxy
    """The proxy between the first worker and Redis. The other worker connects directly."""
    clients: list[Client]
    """Clients of one user, one for each worker."""
    group: WatchedValkey | ValkeyCluster | None = None
    """The Redis of the workers, if it is not `valkey`."""
    _running: RunningGroup | None = None
    _groups: ExitStack = field(default_factory=ExitStack)

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Return rows of the database, without the workers."""
        connection = await asyncpg.connect(self.database_url)
        try:
            return list(await connection.fetch(query, *args))
        finally:
            await connection.close()

    async def use(self, running: RunningGroup | None) -> None:
        """Restart the workers on a Redis of this kind, or on `valkey`, unless they use one."""
        if running is self._running:
            return
        await asyncio.gather(*(worker.close() for worker in self.workers))
        self._groups.close()
        self._running, self.group = running, self._groups.enter_context(running()) if running else None
        urls = [self.group.url] * len(self.workers) if self.group else [self.way_to_redis.url, self.valkey.url]
        for worker, url in zip(self.workers, urls, strict=True):
            worker.settings["REDIS_URL"] = url
        await asyncio.gather(*(worker.start() for worker in self.workers))

    def close(self) -> None:
        """End the group that was used last."""
        self._groups.close()

    async def recover(self) -> None:
        """Start whatever a fault has ended. The replies of servers that were replaced have to end for that."""
        if not self.valkey.is_running:
            self.valkey.start()
        try:
            await asyncio.gather(*(worker.wait_for_leaving() for worker in self.workers))
        finally:
            await asyncio.gather(*(self._restart(worker) for worker in self.workers if not worker.is_running))

    async def _restart(self, worker: Worker) -> None:
        await worker.close()
        await worker.start()


@asynccontextmanager
async def running_cluster(lease_seconds: float = QUICK_LEASE_SECONDS) -> AsyncIterator[Cluster]:
    """Run the whole cluster for as long as the block runs."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="gql-chat-faults-")))
        postgres, valkey = stack.enter_context(running_postgres()), stack.enter_context(running_valkey())
        demo = await stack.enter_async_context(DemoServer())
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        database_url = await _new_database(postgres)
        settings = {
            "DATABASE_URL": database_url,
            "RATE_LIMITS": "off",
            "REPLY_MAX_CHARACTERS": 10_000_000,  # one page reads nothing while megabytes are written
            "LEASE_SECONDS": lease_seconds,
            "LLM_BETWEEN_TOKENS_TIMEOUT_SECONDS": STALL_SECONDS,
            "LOG_FORMAT": "json",
        }
        proxy = await stack.enter_async_context(proxied(valkey.url))
        ways = [proxy.url, valkey.url]
        after = ["interrupt", "continue"]  # so either can be seen, depending on the worker that dies
        workers = [
            _worker(folder / str(at), {**settings, "REDIS_URL": way, "AFTER_CRASH": then}, demo)
            for at, (way, then) in enumerate(zip(ways, after, strict=True))
        ]
        for worker in workers:
            stack.push_async_callback(worker.close)
        await asyncio.gather(*(worker.start() for worker in workers))
        first = await sign_in(http, workers[0].process, "ada")
        second = Client(http, workers[1].process.origin, first.token, first.user_id)
        clients = [first, second]
        cluster = Cluster(workers, postgres, valkey, demo, http, database_url, lease_seconds, proxy, clients)
        stack.callback(cluster.close)
        yield cluster


def _worker(folder: Path, settings: dict[str, Any], demo: DemoServer) -> Worker:
    folder.mkdir()
    return Worker({**settings, "PORT": free_port()}, folder, demo)


async def _new_database(postgres: Postgres) -> str:
    connection = await asyncpg.connect(f"{postgres.url}/postgres")
    try:
        await connection.execute("CREATE DATABASE faults")
    finally:
        await connection.close()
    url = f"{postgres.url}/faults"
    await migrate(url, migrations_folder())
    return url
