"""Several workers under one command: on one socket, replaced when they die, renewed and ended, and no reply is lost."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from gql_chat.server.supervisor import Supervisor
from gql_chat.settings import load_settings
from tests.infra.redis.test_connections import until
from tests.server.test_server import refusal
from tests.support.chat import SECRET_KEY
from tests.support.client import Client, Screen
from tests.support.demo import DemoServer
from tests.support.process import ServerProcess, run_server, sign_in

WORKERS = 2
DRAIN_SECONDS = 25  # the default
STOP = "mutation ($id: ID!) { stopReply(messageId: $id) { status text } }"


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    # A connection for each request, so that any worker may take it.
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        yield session


def workers_of(server: ServerProcess) -> list[int]:
    """Return the process ids of its workers, the oldest first."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return [int(pid) for pid in children if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def is_alive(pid: int) -> bool:
    """Return whether the process has not ended."""
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


async def replies_are_right_whoever_writes_them(ada: Client) -> None:
    for number in range(8):
        reply = (await ada.send(f"echo {number} of many"))["reply"]
        screen = await ada.watch_to_end(reply["id"])
        assert screen.final is not None
        assert (screen.final["status"], screen.final["text"]) == ("COMPLETED", screen.text)
        assert f"{number} of many" in screen.text


async def replies_so_far(ada: Client, demo: DemoServer, text: str) -> list[str]:
    """Return the ids of replies, written by whichever workers, which are this text so far."""
    driven = demo.drive("demo")
    replies = [(await ada.send())["reply"]["id"] for _ in range(6)]
    for call in [await driven.next_call() for _ in replies]:
        await call.send(text)
    for reply_id in replies:
        async with aclosing(ada.watch(reply_id)) as watch:
            assert (await anext(watch))["text"] == text
    return replies


async def kill_one(server: ServerProcess, ada: Client, demo: DemoServer) -> None:
    """Kill a worker: it is replaced, and its replies end with what was there; the other's go on."""
    replies, [killed, other] = await replies_so_far(ada, demo, "so far"), workers_of(server)
    os.kill(killed, signal.SIGKILL)
    await until(lambda: len(workers_of(server)) == WORKERS and killed not in workers_of(server))
    assert other in workers_of(server)
    for reply_id in replies:
        stopped = (await ada.run(STOP, id=reply_id))["stopReply"]  # waits for a reaper where nobody can stop it
        assert (stopped["status"] in ("STOPPED", "INTERRUPTED"), stopped["text"]) == (True, "so far")


async def metrics_of(server: ServerProcess, http: aiohttp.ClientSession) -> dict[str, float]:
    """Return what whichever worker answers with."""
    async with http.get(f"{server.origin}/metrics") as response:
        lines = [line for line in (await response.text()).splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


async def whichever_worker_is_asked_counts_for_all(server: ServerProcess, http: aiohttp.ClientSession) -> None:
    counted = 'gql_chat_http_requests_total{method="GET",path="/healthz",status="200"}'
    before = (await metrics_of(server, http)).get(counted, 0)
    for _ in range(12):
        await (await http.get(f"{server.origin}/healthz")).read()
    async with asyncio.timeout(30):  # a request is counted just after its answer has gone out
        while (await metrics_of(server, http)).get(counted, 0) < before + 12:
            pass
    for page in [await metrics_of(server, http) for _ in range(6)]:
        assert (page[counted], page["gql_chat_workers"]) == (before + 12, WORKERS)


async def nothing_is_forgotten_with_a_worker(server: ServerProcess, http: aiohttp.ClientSession, sent: float) -> None:
    page: dict[str, float] = {}
    for page in [await metrics_of(server, http) for _ in range(6)]:
        assert page['gql_chat_operations_total{code="OK",field="sendMessage",type="mutation"}'] >= sent
        assert page["gql_chat_workers"] <= WORKERS
    async with asyncio.timeout(30):  # until the new one has started; of others a worker knows what was a second ago
        while (page["gql_chat_workers"], page["gql_chat_replies_being_written"]) != (WORKERS, 0):
            await asyncio.sleep(0.05)
            page = await metrics_of(server, http)


async def watched(ada: Client, reply_id: str, at: Callable[[], None]) -> Screen:
    """Watch to the end as a browser does, which connects again after 1012; `at` is called whenever it has to."""
    screen = Screen()
    while screen.final is None:
        with suppress(ConnectionError):
            async for event in ada.watch(reply_id, len(screen.text)):
                screen.take(event)
        at()
    return screen


async def renew(server: ServerProcess, ada: Client, demo: DemoServer) -> None:
    """Renew the workers by SIGHUP: each goes on with its replies while its clients go to the others."""
    driven, before, moved = demo.drive("demo"), set(workers_of(server)), asyncio.Event()
    replies = [(await ada.send())["reply"]["id"] for _ in range(6)]
    calls = [await driven.next_call() for _ in replies]
    watches = [asyncio.create_task(watched(ada, reply_id, moved.set)) for reply_id in replies]
    for call in calls:
        await call.send("before")
    server.process.send_signal(signal.SIGHUP)
    # All watches may be at the worker whose turn comes once the first one's replies have ended, or were interrupted.
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS / 3):
            await moved.wait()
    for call in calls:
        await call.send(" and after")
        await call.finish()
    for watch in watches:
        final = (await watch).final
        assert final is not None
        assert (final["status"], final["text"]) == ("COMPLETED", "before and after")
    async with asyncio.timeout(90):
        while len(after := set(workers_of(server))) != WORKERS or before & after:
            assert (await ada.run("{ me { id } }"))["me"]["id"] == ada.user_id
            await asyncio.sleep(0.1)  # not to keep them from starting


async def end(server: ServerProcess, ada: Client, demo: DemoServer) -> None:
    """End by SIGTERM, twice: every reply is settled, every watcher told, and no process is left."""
    replies, workers = await replies_so_far(ada, demo, "all of it"), workers_of(server)
    watches = [ada.watch(reply_id) for reply_id in replies]
    for watch in watches:
        assert (await anext(watch))["text"] == "all of it"
    server.process.send_signal(signal.SIGTERM)
    farewell = "gql-chat is stopping: replies may end within 25 s. Ctrl-C again interrupts at once."
    assert await server.farewell() == farewell
    async with asyncio.timeout(15):
        await server.terminate()
    assert server.process.returncode == 0
    assert not any(map(is_alive, workers))
    for watch in watches:
        final = (await anext(watch))["message"]
        assert (final["status"], final["text"]) == ("INTERRUPTED", "all of it")
        await watch.aclose()


async def test_workers_share_the_work_are_replaced_renewed_and_ended(
    demo: DemoServer, tmp_path: Path, postgres_url: str, redis_url: str, http: aiohttp.ClientSession
) -> None:
    settings: dict[str, Any] = {"DATABASE_URL": postgres_url, "REDIS_URL": redis_url, "WORKERS": WORKERS}
    async with run_server(tmp_path, demo, RATE_LIMITS="off", LEASE_SECONDS=2, METRICS_OPEN="on", **settings) as server:
        assert len(workers_of(server)) == WORKERS
        ada = await sign_in(http, server, "ada")
        await replies_are_right_whoever_writes_them(ada)
        await whichever_worker_is_asked_counts_for_all(server, http)
        await kill_one(server, ada, demo)
        await nothing_is_forgotten_with_a_worker(server, http, 8 + 6)
        await renew(server, ada, demo)
        await end(server, ada, demo)


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


async def test_what_keeps_the_first_from_starting_is_told_once(
    tmp_path: Path, blank_postgres_url: str, redis_url: str
) -> None:
    several = {"GQL_CHAT_WORKERS": "3", "GQL_CHAT_SECRET_KEY": SECRET_KEY, "GQL_CHAT_REDIS_URL": redis_url}
    several |= {"GQL_CHAT_DATABASE_URL": blank_postgres_url}
    assert (await refusal(tmp_path, **several)).endswith("run `gql-chat migrate` first.")
    with taken_port() as port:
        told = await refusal(tmp_path, **several, GQL_CHAT_PORT=str(port))
    assert told == f"Error: GQL_CHAT_PORT: another program listens on port {port} of 127.0.0.1"


async def test_they_start_without_redis_and_end_when_their_supervisor_is_killed(
    tmp_path: Path, demo: DemoServer, postgres_url: str, redis_url: str, http: aiohttp.ClientSession
) -> None:
    nowhere: dict[str, Any] = {"DATABASE_URL": postgres_url, "REDIS_URL": "redis://127.0.0.1:1", "WORKERS": WORKERS}
    async with run_server(tmp_path, demo, **nowhere) as server:
        ada = await sign_in(http, server, "ada")
        reply_id = (await ada.send("echo without Redis"))["reply"]["id"]
        assert "without Redis" in (await ada.watch_to_end(reply_id)).text
        workers = workers_of(server)
        await server.kill()
        await until(lambda: not any(map(is_alive, workers)))


# A worker that serves nothing: it notes that it was started, and ends once it was asked to and `may_end` exists.
STUB = """
import os, pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
(folder / str(os.getpid())).touch()
while (folder / "starts_late").exists():
    time.sleep(0.01)
os.write(int(sys.argv[2]), b"no Redis\\n")
signal.sigwait({signal.SIGTERM})
while not (folder / "may_end").exists():
    time.sleep(0.01)
"""


@pytest.fixture
async def stubs(tmp_path: Path) -> AsyncIterator[Callable[[], list[int]]]:
    """Run a supervisor of stubs in this process, and yield a function that returns the ids of all that it started."""
    async with supervised(tmp_path) as started:
        await until(lambda: len(started()) == WORKERS)
        yield started


@asynccontextmanager
async def supervised(tmp_path: Path, *files: str, drain_seconds: int = 60) -> AsyncIterator[Callable[[], list[int]]]:
    """Do the same, with these files for the stubs."""
    settings = load_settings({"GQL_CHAT_DATA_DIR": str(tmp_path), "GQL_CHAT_PORT": "0"})
    folder = tmp_path / "started"
    folder.mkdir()
    for name in files:
        (folder / name).touch()
    changes = {"workers": WORKERS, "drain_seconds": drain_seconds}
    several = settings.model_copy(update=changes)  # several would need PostgreSQL
    supervisor = Supervisor(several, [sys.executable, "-Sc", STUB, str(folder)])
    serving = asyncio.create_task(supervisor.serve())

    def started() -> list[int]:
        return sorted(int(file.name) for file in folder.iterdir() if file.name.isdigit())

    yield started
    (folder / "may_end").touch()
    os.kill(os.getpid(), signal.SIGTERM)
    assert await serving is True
    assert not any(map(is_alive, started()))


async def test_renewals_that_are_asked_for_during_one_are_one_more(
    stubs: Callable[[], list[int]], tmp_path: Path
) -> None:
    os.kill(os.getpid(), signal.SIGHUP)
    await until(lambda: len(stubs()) == WORKERS + 1)  # the first renewed one; its predecessor takes its time
    for _ in range(5):
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0)
    (tmp_path / "started" / "may_end").touch()
    await until(lambda: len(stubs()) == 3 * WORKERS)
    await until(lambda: sum(map(is_alive, stubs())) == WORKERS)
    os.kill(os.getpid(), signal.SIGHUP)
    await until(lambda: len(stubs()) == 4 * WORKERS)


async def test_a_renewal_that_is_asked_for_during_the_start_follows_it(tmp_path: Path) -> None:
    async with supervised(tmp_path, "starts_late") as started:
        await until(lambda: len(started()) == 1)
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0)
        (tmp_path / "started" / "may_end").touch()
        (tmp_path / "started" / "starts_late").unlink()
        await until(lambda: len(started()) == 2 * WORKERS)


async def test_a_renewed_worker_that_dies_is_replaced_while_its_predecessor_still_writes(
    stubs: Callable[[], list[int]],
) -> None:
    before = stubs()
    os.kill(os.getpid(), signal.SIGHUP)
    await until(lambda: len(stubs()) == WORKERS + 1)
    [renewed] = set(stubs()) - set(before)
    os.kill(renewed, signal.SIGKILL)
    await until(lambda: len(stubs()) == WORKERS + 2)
    assert all(map(is_alive, before))


async def test_workers_have_time_to_end_after_their_replies_have_had_theirs(tmp_path: Path) -> None:
    with capture_logs() as logs:
        async with supervised(tmp_path, drain_seconds=0) as started:
            await until(lambda: len(started()) == WORKERS)
            (tmp_path / "started" / "may_end").touch()
            os.kill(os.getpid(), signal.SIGHUP)
            await until(lambda: len(started()) == 2 * WORKERS)
            await until(lambda: sum(map(is_alive, started())) == WORKERS)
    assert "worker_killed" not in [line["event"] for line in logs]
