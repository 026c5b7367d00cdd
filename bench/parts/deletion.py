"""Measure the deletion of all sessions of a user, and how long another user's write waits meanwhile.

Processor time is that of this process and of PostgreSQL's backends. A wait is the time of one small transaction, begun
every 10 ms; compare waits within one run only.
"""

import asyncio
import statistics
import time
from collections.abc import Mapping

import click

from bench.databases import measure_on_each
from bench.machine import describe
from bench.parts.branches import BACKENDS, cpu_seconds
from gql_chat.chats import branches, sessions
from gql_chat.chats.models import Message, MessageStatus, SearchText
from gql_chat.infra.db.database import dialect, execute, fetch_all, transaction
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id
from gql_chat.usage.models import Call, CallPurpose, CallStatus
from tests.support.stored.owners import new_user

SECONDS_BETWEEN_WRITES = 0.01
UPDATE_TITLE = "UPDATE sessions SET title = $2 WHERE id = $1"

Figures = Mapping[str, float]


@click.command(help=__doc__)
@click.option("--count", type=click.IntRange(1), default=5_000, show_default=True, help="Sessions.")
@click.option("--exchanges", type=click.IntRange(1), default=2, show_default=True, help="Exchanges of each session.")
def main(count: int, exchanges: int) -> None:
    """Run the benchmark and print its table."""
    click.echo(render(asyncio.run(measure(count, exchanges))))


async def measure(count: int, exchanges: int) -> Mapping[str, Figures]:
    """Return the figures by database."""
    return await measure_on_each(lambda url: _measure_one(url, count, exchanges))


def render(by_database: Mapping[str, Figures]) -> str:
    """Return the results as a Markdown table."""
    lines = [f"| deleting all sessions | {' | '.join(by_database)} |", "| --- |" + " ---: |" * len(by_database)]
    for name in next(iter(by_database.values())):
        cells = [f"{figures[name]:.2f}" for figures in by_database.values()]
        lines += [f"| {name} | {' | '.join(cells)} |"]
    return "\n".join([*lines, "", f"{describe()}."])


async def _measure_one(url: str, count: int, exchanges: int) -> Figures:
    await migrate(url, migrations_folder())
    async with open_database(url, model_modules()):
        user_id, other_id = await new_user("ada"), await new_user("bob")
        await _fill(user_id, count, exchanges)
        others = await sessions.create_session(other_id, sessions.SessionDraft())
        is_over = asyncio.Event()
        writing = asyncio.create_task(_write(others.id, is_over))
        backends = [row["pid"] for row in await fetch_all(BACKENDS)] if dialect() == "postgres" else []
        begun, spent = time.perf_counter(), cpu_seconds(backends)
        deleted = await sessions.delete_all_sessions(user_id)
        figures = {"CPU seconds": cpu_seconds(backends) - spent, "seconds": time.perf_counter() - begun}
        is_over.set()
        waits = await writing
        if deleted != count or await Message.all().exists():
            raise RuntimeError("Not all sessions were deleted.")
        cuts = statistics.quantiles([*waits, waits[-1]], n=100)
        return figures | {"another's write waits, ms p50": cuts[49] * 1000, "the same, ms p95": cuts[94] * 1000}


async def _write(session_id: str, is_over: asyncio.Event) -> list[float]:
    """Write until it is over, once at least, and return how long each write took, in seconds."""
    waits: list[float] = []
    while not (waits and is_over.is_set()):
        begun = time.perf_counter()
        async with transaction():
            await execute(UPDATE_TITLE, session_id, str(begun))
        waits.append(time.perf_counter() - begun)
        await asyncio.sleep(SECONDS_BETWEEN_WRITES)
    return waits


async def _fill(user_id: str, count: int, exchanges: int) -> None:
    """Store sessions with settled replies, searched texts and a call for each reply."""
    for _ in range(count):
        async with transaction():
            session = await sessions.insert_session(user_id, sessions.SessionDraft())
        end: Message | None = None
        for _ in range(exchanges):
            async with transaction():
                content, writer = branches.UserContent("word " * 20, ()), branches.Writer(None, "m", "bench")
                _, end = await branches.append_exchange(session, branches.Place.after(session, end), content, writer)
    rows = await Message.filter(status=MessageStatus.STREAMING).values("id", "session_id", "created_at")
    await Message.filter(status=MessageStatus.STREAMING).update(status=MessageStatus.COMPLETED, worker_id=None)
    async with transaction():
        await SearchText.bulk_create(
            [SearchText(user_id=user_id, message_id=row["id"], folded=" answer " * 20) for row in rows]
        )
        await Call.bulk_create(
            [
                Call(
                    id=new_id("call"), user_id=user_id, session_id=row["session_id"], message_id=row["id"],
                    purpose=CallPurpose.REPLY, model="m", endpoint="", is_server_key=True, keeps_contents=False,
                    request_messages="[]", request_parameters="{}", created_at=row["created_at"],
                    status=CallStatus.SUCCESS, duration_ms=1,
                )
                for row in rows
            ]
        )  # fmt: skip
    await execute("ANALYZE")


if __name__ == "__main__":
    main()
