"""Count what a message asks of the database: statements, and bytes of the write-ahead log, on SQLite and PostgreSQL.

One client sends into a session with a full history and watches each reply of one token. Counts do not depend on the
machine. `--show` prints the statements of one message, and how many pages of each table and index SQLite writes.
`--clients` sends from several sessions at once, and counts means: units of work that wait together share a transaction.
"""

import asyncio
import math
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
import click
import uvloop
from tortoise.context import require_context

from bench.connections import Socket
from bench.machine import Cores
from bench.parts.wal_pages import count_pages
from bench.peers.clients import GqlChat
from bench.servers import run_model
from bench.tokens import Pace, Transcript
from gql_chat.infra.db.database import dialect, fetch_all
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.infra.telemetry.logging import configure_logging
from gql_chat.server.server import Server
from gql_chat.settings import load_settings
from tests.support.backing_services.ports import free_port
from tests.support.backing_services.postgres import running_postgres

Ask: TypeAlias = Callable[..., Awaitable[int]]

HISTORY = 30  # exchanges before the first message that counts
FIRST_MS = 50  # the model's first token, so that the reply of one client is watched before it has settled


@dataclass(slots=True)
class Counts:
    """What one message asked of the database."""

    before_model: float = math.nan  # of several clients
    in_all: float = 0
    wal_bytes: float = 0
    statements: list[str] = field(default_factory=list)
    pages: Counter[str] = field(default_factory=Counter)  # on SQLite, by table or index


@click.command(help=__doc__)
@click.option("--messages", type=click.IntRange(1), default=20, show_default=True, help="Messages that count.")
@click.option("--clients", type=click.IntRange(1), default=1, show_default=True, help="Clients that send at once.")
@click.option("--show", is_flag=True, help="Print the statements of one message, and SQLite's pages.")
def main(messages: int, clients: int, show: bool) -> None:
    """Run the benchmark and print its table."""
    if sys.platform != "linux":
        raise click.ClickException("This benchmark needs Linux, because it chooses processors.")
    configure_logging("WARNING", "json")
    click.echo(render(uvloop.run(measure(messages, clients=clients)), show=show))


async def measure(messages: int, *, history: int = HISTORY, clients: int = 1) -> Mapping[str, list[Counts]]:
    """Return the counts of each message of one client, or the means of several clients' messages, by database."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        port = await stack.enter_async_context(run_model(cores=Cores.chosen().load, log=folder / "model.log"))
        postgres = stack.enter_context(running_postgres())
        return {
            "SQLite": await _count(f"sqlite://{folder}/messages.db", folder, port, messages, history, clients),
            "PostgreSQL": await _count(f"{postgres.url}/postgres", folder, port, messages, history, clients),
        }


def render(counts: Mapping[str, list[Counts]], *, show: bool = False) -> str:
    """Return the medians as a Markdown table."""
    lines = [f"| of one message | {' | '.join(counts)} |", "| --- |" + " ---: |" * len(counts)]
    figures: dict[str, Callable[[Counts], float]] = {
        "statements before the model is called": lambda one: one.before_model,
        "statements in all": lambda one: one.in_all,
        "KB of the write-ahead log": lambda one: one.wal_bytes / 1000,
    }
    for name, figure in figures.items():
        medians = [statistics.median(map(figure, of)) for of in counts.values()]
        if not any(map(math.isnan, medians)):
            lines.append(f"| {name} | {' | '.join(f'{median:.3g}' for median in medians)} |")
    if show:
        for name, of in counts.items():
            lines += ["", f"{name}:", *of[-1].statements]
            pages = sum((one.pages for one in of), Counter())
            lines += [f"{count / len(of):6.2f} pages of {tree}" for tree, count in pages.most_common()]
    return "\n".join(lines)


async def _count(url: str, folder: Path, model_port: int, messages: int, history: int, clients: int) -> list[Counts]:
    await migrate(url, migrations_folder())
    peer, port = GqlChat(), free_port()
    _, variables = peer.command(port, model_port, folder)
    settings = load_settings({**variables, "GQL_CHAT_DATABASE_URL": url, "GQL_CHAT_SECRET_KEY": "s" * 40})
    async with serving(Server(settings, banner=False)) as server:
        await peer.register(port)
        sockets = [await peer.connect() for _ in range(clients)]
        seen: list[str] = []
        await watch_statements(seen)
        counting = _counting_one if clients == 1 else _counting_many
        counts = await counting(
            [_asking(peer, socket, server, is_alone=clients == 1) for socket in sockets], messages, history, seen
        )
        for socket in sockets:
            socket.close()
    return counts


async def _counting_one(asking: Sequence[Ask], messages: int, history: int, seen: list[str]) -> list[Counts]:
    [ask] = asking
    for _ in range(history):
        await ask()
    return [await _measured(partial(ask, seen), seen) for _ in range(messages)]


async def _counting_many(asking: Sequence[Ask], messages: int, history: int, seen: list[str]) -> list[Counts]:
    async def talk(ask: Ask, times: int) -> None:
        for _ in range(times):
            await ask()

    async def talk_at_once(times: int) -> float:
        await asyncio.gather(*(talk(ask, times) for ask in asking))
        return math.nan

    await talk_at_once(history)
    whole, sent = await _measured(partial(talk_at_once, messages), seen), messages * len(asking)
    pages = Counter({tree: count / sent for tree, count in whole.pages.items()})
    return [Counts(math.nan, whole.in_all / sent, whole.wal_bytes / sent, pages=pages)]


async def _measured(send: Callable[[], Awaitable[float]], seen: list[str]) -> Counts:
    position = await _wal_position()
    seen.clear()
    before_model = await send()
    counts = Counts(before_model, len(seen), statements=list(seen))
    counts.wal_bytes = await _wal_position() - position
    if dialect() == "sqlite":
        counts.pages = count_pages(Path(_client().filename), position)
    return counts


def _asking(peer: GqlChat, socket: Socket, server: Server, *, is_alone: bool) -> Ask:
    """Return a function that sends, watches until the end, and returns the statements before the model was called."""
    runner = server.application.services.runner
    start = runner.start
    started_at = [0]
    statements: list[str] = []

    def counting(job: Any) -> None:
        started_at[0] = len(statements)
        start(job)

    runner.start = counting  # type: ignore[method-assign]

    async def ask(seen: list[str] | None = None) -> int:
        nonlocal statements
        statements = seen if seen is not None else []
        transcript = Transcript(Pace(first_ms=FIRST_MS if is_alone else 0))
        reply_id = await peer.send(socket, transcript.pace)
        await peer.watch(socket, reply_id, transcript)
        if is_alone:
            await runner.finish()
        assert transcript.fault() is None
        return started_at[0]

    return ask


async def watch_statements(seen: list[str]) -> None:
    """Append to the list every statement that the open database runs from now on, with BEGIN and COMMIT."""
    client = _client()
    if dialect() == "sqlite":

        def note(statement: str) -> None:
            text = " ".join(statement.split())
            if not text.startswith("--") and seen[-1:] != [text]:  # a trigger's, or again what has run a trigger
                seen.append(text)

        for connection in client.connections:
            await connection.set_trace_callback(note)
        await fetch_all("PRAGMA wal_autocheckpoint = 0")
        return
    kind: Any = asyncpg.connection.Connection
    execute, prepared = kind.execute, kind._execute

    async def noting_execute(self: Any, query: str, *args: Any, **kwargs: Any) -> Any:
        if not args:  # else it is `_execute`'s
            seen.append(" ".join(query.split()))
        return await execute(self, query, *args, **kwargs)

    async def noting_prepared(self: Any, query: str, *args: Any, **kwargs: Any) -> Any:
        seen.append(" ".join(query.split()))
        return await prepared(self, query, *args, **kwargs)

    kind.execute, kind._execute = noting_execute, noting_prepared


def _client() -> Any:
    return require_context().db()


async def _wal_position() -> int:
    client = _client()
    if dialect() == "sqlite":
        return Path(f"{client.filename}-wal").stat().st_size  # noqa: ASYNC240 - no other task runs
    [row] = await fetch_all("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint AS bytes")
    return int(row["bytes"])


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[Server]:
    """Run the server in this process while the block runs."""
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield server
    finally:
        server.end_at_once()
        await serving


if __name__ == "__main__":
    main()
