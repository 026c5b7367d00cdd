"""Measure what one long reply costs beside its text: bytes of the write-ahead log on either database, and memory.

A reply of 200,000 tokens grows by as much at each heartbeat as a model writes that takes nine minutes for it. Memory is
that of Python's objects in a server with SQLite, while the model sends everything at once: the peak above that of
before. Nothing of this depends on the machine.
"""

import sys
import tempfile
import tracemalloc
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import uvloop
from tortoise.context import require_context

from bench.connections import Socket
from bench.language import Language
from bench.machine import Cores
from bench.parts.messages import serving
from bench.peers.clients import GqlChat
from bench.servers import run_model
from bench.tokens import Pace, stamped
from gql_chat.infra.db.database import dialect, fetch_all
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.infra.telemetry.logging import configure_logging
from gql_chat.server.server import Server
from gql_chat.settings import load_settings
from tests.support.backing_services.ports import free_port
from tests.support.backing_services.postgres import running_postgres
from tests.support.chat import run_chat

TOKEN_CHARACTERS = 4


@dataclass(frozen=True, slots=True)
class Load:
    """The amount of load; the smoke test uses less."""

    tokens: int = 200_000
    heartbeats: int = 265


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes of the write-ahead log, as multiples of the text's bytes: while it grew, and in all."""

    growing: float
    in_all: float


@click.command(help=__doc__)
def main() -> None:
    """Run the benchmark and print its table."""
    if sys.platform != "linux":
        raise click.ClickException("This benchmark needs Linux, because it chooses processors.")
    configure_logging("WARNING", "json")
    click.echo(render(uvloop.run(measure_written(Load())), uvloop.run(measure_memory(Load()))))


async def measure_written(load: Load) -> Mapping[str, Written]:
    """Return the bytes of the write-ahead log by database."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        postgres = stack.enter_context(running_postgres())
        urls = {"SQLite": f"sqlite://{folder}/replies.db", "PostgreSQL": f"{postgres.url}/postgres"}
        return {name: await _written(url, folder, load) for name, url in urls.items()}


async def measure_memory(load: Load) -> float:
    """Return the peak of the server's Python objects above those before, as a multiple of the text's bytes."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder, peer, port, pace = Path(name), GqlChat(), free_port(), Pace(tokens=load.tokens)
        url = f"sqlite://{folder}/replies.db"
        await migrate(url, migrations_folder())
        async with run_model(cores=Cores.chosen().load, log=folder / "model.log") as model_port:
            _, variables = peer.command(port, model_port, folder)
            variables |= {"GQL_CHAT_DATABASE_URL": url, "GQL_CHAT_REPLY_MAX_CHARACTERS": str(load.tokens * 100)}
            async with serving(Server(load_settings(variables), banner=False)):
                await peer.register(port)
                socket = await peer.connect()
                await _await_reply(peer, socket, Pace())
                tracemalloc.start()
                before, _ = tracemalloc.get_traced_memory()
                await _await_reply(peer, socket, pace)
                _, peak = tracemalloc.get_traced_memory()
                tracemalloc.stop()
                socket.close()
    return (peak - before) / (load.tokens * len(stamped(0)))


def render(written: Mapping[str, Written], memory: float) -> str:
    """Return the results as a Markdown table."""
    return "\n".join(
        [
            f"| one reply ÷ its text | {' | '.join(written)} |",
            "| --- |" + " ---: |" * len(written),
            f"| log written while it grows | {' | '.join(f'{one.growing:.2f}' for one in written.values())} |",
            f"| log written in all | {' | '.join(f'{one.in_all:.2f}' for one in written.values())} |",
            f"| peak memory | {memory:.1f} | |",
        ]
    )


async def _written(url: str, folder: Path, load: Load) -> Written:
    text = Language().long_text(load.tokens * TOKEN_CHARACTERS)
    await migrate(url, migrations_folder())
    async with run_chat(url, folder, LEASE_SECONDS=600) as chat:  # no heartbeat but those below
        if dialect() == "sqlite":
            await fetch_all("PRAGMA wal_autocheckpoint = 0")
        ada, driven, runner = await chat.sign_up("ada"), chat.demo.drive("demo"), chat.services.runner
        reply_id = (await ada.send())["reply"]["id"]
        call = await driven.next_call()
        watch, shown = ada.watch(reply_id), 0
        before, step = await _log_bytes(), -(-len(text) // load.heartbeats)
        for start in range(0, len(text), step):
            await call.send(text[start : start + step])
            while shown < min(start + step, len(text)):
                shown += len((await anext(watch))["text"])
            await runner.save()
        grown = await _log_bytes()
        await call.finish()
        await runner.finish()
        in_all = await _log_bytes()
        await watch.aclose()
    text_bytes = len(text.encode())
    return Written((grown - before) / text_bytes, (in_all - before) / text_bytes)


async def _log_bytes() -> int:
    client: Any = require_context().db()
    if dialect() == "sqlite":
        return Path(f"{client.filename}-wal").stat().st_size  # noqa: ASYNC240 - no other task runs
    [row] = await fetch_all("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint AS bytes")
    return int(row["bytes"])


async def _await_reply(peer: GqlChat, socket: Socket, pace: Pace) -> None:
    """Send a message, and wait until its reply has settled."""
    await socket.first(peer.SEND, {"input": {"text": str(pace), "wait": True}})


if __name__ == "__main__":
    main()
