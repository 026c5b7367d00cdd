"""Measure what changing the branch of a long chat costs: an edit at its root, going back, and pages of it.

Two kinds of chats: one whose replies were all accepted, and one in which every reply was written twice, so that its
branch is a chain for each exchange. The figures are processor time, that of PostgreSQL's backends included.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import click

from bench.databases import measure_on_each
from bench.machine import describe
from gql_chat.chats import branches, paths, sessions
from gql_chat.chats.models import ChatSession, Message, MessageRole, MessageStatus
from gql_chat.infra import clock
from gql_chat.infra.db.database import dialect, execute, fetch_all, transaction
from gql_chat.infra.db.keyset import MAX_OFFSET, PageRequest
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id
from tests.support.stored.owners import new_user

LENGTH = 20_000
ROUNDS = 9
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
EDIT, GO_BACK = "an edit at the root", "selecting the long branch again"

Result = TypeVar("Result")
Figures = Mapping[str, Mapping[str, float]]
"""Median milliseconds of each step, by kind of chat."""


@click.command(help=__doc__)
@click.option("--length", type=click.IntRange(2), default=LENGTH, show_default=True, help="Messages of a branch.")
def main(length: int) -> None:
    """Run the benchmark and print its table."""
    click.echo(render(asyncio.run(measure(length))))


async def measure(length: int, rounds: int = ROUNDS) -> Mapping[str, Figures]:
    """Return the figures by database."""
    return await measure_on_each(lambda url: _measure_one(url, length, rounds))


def render(by_database: Mapping[str, Figures]) -> str:
    """Return the results as a Markdown table."""
    lines = [
        "| CPU ms, median | " + " | ".join(f"{name}: {kind}" for name in by_database for kind in by_database[name])
    ]
    lines = [lines[0] + " |", "| --- |" + " ---: |" * sum(map(len, by_database.values()))]
    first = next(iter(next(iter(by_database.values())).values()))
    for step in first:
        cells = (f"{figures[step]:.1f}" for kinds in by_database.values() for figures in kinds.values())
        lines.append(f"| {step} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"{describe()}."])


async def _measure_one(url: str, length: int, rounds: int) -> Figures:
    await migrate(url, migrations_folder())
    async with open_database(url, model_modules()):
        user_id = await new_user("ada")
        chats = {
            "replies once": await _new_chat(user_id, length, replies=1),
            "replies twice": await _new_chat(user_id, length, replies=2),
        }
        await execute("ANALYZE")
        return {kind: await _steps(chat, rounds) for kind, chat in chats.items()}


async def _new_chat(user_id: str, length: int, *, replies: int) -> ChatSession:
    """Store a chat with a branch of so many messages; of several replies, the last is the one that goes on."""
    session = await sessions.create_session(user_id, sessions.SessionDraft())
    rows: list[Message] = []
    end: Message | None = None
    for order in range(1, length + 1):
        for number in range(replies if order % 2 == 0 else 1):
            place = branches.Place.beside(rows[-1]) if number else branches.Place.after(session, end)
            rows.append(_message(session, place))
        end = rows[-1]
    session.head_id, session.message_count = rows[-1].id, len(rows)
    async with transaction():
        await Message.bulk_create(rows)
        await session.save()
    return session


def _message(session: ChatSession, place: branches.Place) -> Message:
    message_id, now = new_id("msg"), clock.now()
    return Message(
        id=message_id, session_id=session.id, parent_id=place.parent_id, order=place.order, text="x" * 200,
        chain_id=place.chain_id or message_id, forked_from=place.forked_from, attachments=[],
        role=[MessageRole.ASSISTANT, MessageRole.USER][place.order % 2],
        status=MessageStatus.COMPLETED, created_at=now, finished_at=now,
    )  # fmt: skip


async def _steps(session: ChatSession, rounds: int) -> Mapping[str, float]:
    [root] = await Message.filter(forked_from=session.id)
    listing, middle = paths.SelectedBranch(session.id), min(session.message_count // 3, MAX_OFFSET)
    samples: dict[str, list[float]] = {}
    for _ in range(rounds):
        edited = [message.id for message in await _timed(samples, EDIT, lambda: _edit(session, root))]
        await _timed(samples, GO_BACK, lambda: branches.select_branch(session.user_id, root.id))
        await Message.filter(id__in=edited).delete()
        await _timed(samples, "its last 50", lambda: listing.fetch(PageRequest(50, from_end=True)))
        await _timed(samples, "its first 50", lambda: listing.fetch(PageRequest(50)))
        await _timed(samples, "50 in its middle, by offset", lambda: listing.fetch(PageRequest(50, offset=middle)))
    return {name: statistics.median(values) for name, values in samples.items()}


async def _edit(session: ChatSession, root: Message) -> tuple[Message, Message]:
    """Do what an edit stores of the tree, and settle its reply."""
    async with transaction():
        locked, message = await branches.lock_branch(session.user_id, root.id)
        content, writer = branches.UserContent("y", ()), branches.Writer(None, "m", "bench")
        exchange = await branches.append_exchange(locked, branches.Place.beside(message), content, writer)
    await Message.filter(id=exchange[1].id).update(status=MessageStatus.COMPLETED, worker_id=None)
    return exchange


async def _timed(samples: dict[str, list[float]], name: str, do: Callable[[], Awaitable[Result]]) -> Result:
    backends = [row["pid"] for row in await fetch_all(BACKENDS)] if dialect() == "postgres" else []
    begun = cpu_seconds(backends)
    result = await do()
    samples.setdefault(name, []).append((cpu_seconds(backends) - begun) * 1000)
    return result


def cpu_seconds(backends: Sequence[int]) -> float:
    """Return the processor time of this process and of these backends."""
    spent = [int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) for pid in backends]
    return time.process_time() + sum(spent) / 1e9


if __name__ == "__main__":
    main()
