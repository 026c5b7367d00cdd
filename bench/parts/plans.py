"""Print how both databases execute the statements of a chat of 10,000 messages: the plan of every statement."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import click
from tortoise.context import require_context

from bench.databases import measure_on_each
from gql_chat.changes import changelog
from gql_chat.changes.models import ChangeKind
from gql_chat.chats import branches, leases, paths, sessions
from gql_chat.chats.idempotency import Exchange, IdempotencyClaim
from gql_chat.chats.models import ChatSession, Message, MessageRole, MessageStatus
from gql_chat.chats.paths import SelectedBranch
from gql_chat.infra import clock
from gql_chat.infra.db.database import dialect, execute, transaction
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id
from gql_chat.usage import ledger
from tests.support.stored.owners import new_user

LENGTH = 10_000
OTHER_SESSIONS = 2_000  # so many that a scan of the table is not faster
CHANGES = 5_000  # likewise
DOCUMENT = Path(__file__).parents[2] / "docs" / "query-plans.md"

PAGE = """# Query plans

These statements open a chat of {length:,} messages and send to it, on SQLite and on PostgreSQL, in a database with
{others:,} other chats. Below each statement is its plan. None reads a whole table, so none becomes slower as the chat
grows: `tests/bench/test_plans.py` requires that, and `tests/chats/test_long_chats.py` counts the rows that are read.
Written by `scripts/bench plans --write`.
"""

# The words of a plan that reads all of a table.
FULL_SCAN = re.compile(r"\bSCAN (?!CONSTANT)(?!.*USING (COVERING )?INDEX)\w+|Seq Scan on \w+")
# Tables that are always short, or that are needed as a whole.
MAY_BE_SCANNED = (
    "tip",
    "wanted",
    "chains",
    "below",
    "ends",
    "users",
    "keys",
    "workers",
    "open_calls",
    "json_each",
    "one",
)

Step: TypeAlias = Callable[[ChatSession], Awaitable[object]]


async def _open_the_end(session: ChatSession) -> None:
    await sessions.get_session(session.user_id, session.id)
    page = await SelectedBranch(session.id).fetch(PageRequest(50, from_end=True))
    await SelectedBranch(session.id).count()
    await paths.load_siblings([(session.id, row.above_id, row.order) for row in page.rows])


async def _page_back(session: ChatSession) -> None:
    middle = paths.OLDEST_FIRST.cursor(Message(order=LENGTH // 2))
    await SelectedBranch(session.id).fetch(PageRequest(50, before=middle, from_end=True))


async def _send(session: ChatSession) -> None:
    async with IdempotencyClaim(session.user_id, "a key", "a payload"), transaction():
        await sessions.lock_session(session.user_id, session.id)
        await paths.list_path(session.head_id, 50)


async def _keep_alive(session: ChatSession) -> None:
    now = await leases.renew_lease("worker", leases.LEASE)
    await leases.list_held("worker", [str(session.head_id)])
    await leases.list_dead(now)
    await ledger.list_dead(now)


async def _select_branch(session: ChatSession) -> None:
    head = await Message.get(id=session.head_id)
    [beside] = await paths.load_siblings([(session.id, head.above_id, head.order)])
    [sibling_id] = [message_id for message_id in beside if message_id != head.id]
    await branches.select_branch(session.user_id, sibling_id)


STEPS: Mapping[str, Step] = {
    "Open the last 50 messages": _open_the_end,
    "Page back from the middle": _page_back,
    "Reads of a send": _send,
    "Heartbeat and search for dead workers": _keep_alive,
    "Replies that a deletion stops": lambda session: leases.list_streaming(session.user_id, [session.id]),
    "Select another branch": _select_branch,
    "List of chats": lambda session: sessions.list_sessions(session.user_id, sessions.SessionFilter()).fetch(
        PageRequest(50)
    ),
    "Changes since a cursor": lambda session: changelog.list_after(session.user_id, 1),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of one statement."""

    statement: str
    lines: list[str]

    @property
    def full_scans(self) -> list[str]:
        """The lines that read the whole of a table that may be long."""
        return [
            line for line in self.lines
            if FULL_SCAN.search(line) and not any(f"{name}" in line.split() for name in MAY_BE_SCANNED)
        ]  # fmt: skip


@click.command(help=__doc__)
@click.option("--write", is_flag=True, help="Write docs/query-plans.md.")
def main(write: bool) -> None:
    """Run the benchmark and print its tables."""
    page = asyncio.run(_page())
    click.echo(page)
    if write:
        DOCUMENT.write_text(page, encoding="utf-8")


@asynccontextmanager
async def long_chat(url: str) -> AsyncIterator[ChatSession]:
    """Open a migrated database with a chat of that length while the block runs."""
    async with open_database(url, model_modules()):
        yield await _fill()


async def plans_of(step: Step, session: ChatSession) -> list[Plan]:
    """Return the plans of the step's statements in their order, each once."""
    captured = _logged if dialect() == "postgres" else _traced
    explain = "EXPLAIN (COSTS OFF) " if dialect() == "postgres" else "EXPLAIN QUERY PLAN "
    async with captured() as statements:
        await step(session)
    plans = {}
    for statement, values in statements:
        if _shown(statement) not in plans and statement.lstrip().upper().startswith(("SELECT", "UPDATE", "WITH")):
            rows = await require_context().db().execute_query_dict(explain + statement, values)
            plans[_shown(statement)] = Plan(_shown(statement), [_line(row) for row in rows])
    return list(plans.values())


def _shown(statement: str) -> str:
    """Return the statement without values, and without lists of columns, whose order the ORM leaves to chance."""
    statement = re.sub(r"'[^']*'|\$\d+|\?", "?", " ".join(statement.split()))
    statement = re.sub(r'^SELECT "[^(]*? FROM', "SELECT … FROM", statement)
    return re.sub(r"\(\?(, ?\?)+\)", "(…)", statement)


def _line(row: Mapping[str, Any]) -> str:
    return re.sub(r"'[^']*'(::[a-z ]+\b)?", "?", str(row.get("QUERY PLAN", row.get("detail"))))


@asynccontextmanager
async def _traced() -> AsyncIterator[list[tuple[str, Any]]]:
    """Collect the statements that SQLite runs, with their values in them."""
    statements: list[tuple[str, Any]] = []
    client: Any = require_context().db()
    for connection in client.connections:
        await connection.set_trace_callback(lambda statement: statements.append((statement, None)))
    yield statements
    for connection in client.connections:
        await connection.set_trace_callback(None)


@asynccontextmanager
async def _logged() -> AsyncIterator[list[tuple[str, Any]]]:
    """Collect the statements that the ORM's PostgreSQL client logs, with their values."""
    statements: list[tuple[str, Any]] = []

    class Catcher(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if isinstance(record.args, tuple) and len(record.args) == 2:
                statements.append((str(record.args[0]), record.args[1]))

    logger, catcher = logging.getLogger("tortoise.db_client"), Catcher()
    before, propagated = logger.level, logger.propagate
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(catcher)
    try:
        yield statements
    finally:
        logger.removeHandler(catcher)
        logger.setLevel(before)
        logger.propagate = propagated


async def _fill() -> ChatSession:
    now = clock.now()
    user_id = await new_user("ada")
    session = await sessions.create_session(user_id, sessions.SessionDraft())
    ids = [None, *(new_id("msg") for _ in range(LENGTH))]
    chain = [
        Message(
            id=message_id, session_id=session.id, parent_id=ids[order - 1], order=order, text="x",
            chain_id=ids[1] if message_id == ids[order] else message_id,
            forked_from=None if message_id == ids[order] else ids[1],
            role=[MessageRole.ASSISTANT, MessageRole.USER][order % 2],
            attachments=[], status=MessageStatus.COMPLETED, created_at=now, finished_at=now,
        )
        for order in range(1, LENGTH + 1)
        for message_id in ([ids[order], new_id("msg")] if order > LENGTH - 60 else [ids[order]])
    ]  # fmt: skip
    others = [
        ChatSession(
            id=new_id("ses"), user_id=user_id, title="", status=session.status, pinned=False, message_count=0,
            active_at=now, created_at=now, updated_at=now,
        )
        for _ in range(OTHER_SESSIONS)
    ]  # fmt: skip
    session.head_id = ids[-1]
    async with transaction():
        await ChatSession.bulk_create(others)
        await Message.bulk_create(chain)
        await session.save()
        for number in range(OTHER_SESSIONS // 4):
            exchange = Exchange(session, chain[2 * number], chain[2 * number + 1])
            await IdempotencyClaim(user_id, f"key {number}", "payload").store(exchange)
        for start in range(0, CHANGES, 500):
            await changelog.record(
                user_id, *((ChangeKind.MESSAGE_ADDED, [row.id]) for row in chain[start : start + 500])
            )
    await execute("ANALYZE")  # as PostgreSQL's autovacuum does
    return session


async def _page() -> str:
    found = await measure_on_each(_explain)
    text = PAGE.format(length=LENGTH, others=OTHER_SESSIONS)
    for name in STEPS:
        text += f"\n## {name}\n"
        for database, steps in found.items():
            blocks = ["\n".join([f"-- {plan.statement}", *plan.lines]) for plan in steps[name]]
            text += f"\n{database}:\n\n```\n" + "\n\n".join(blocks) + "\n```\n"
    return text


async def _explain(url: str) -> dict[str, list[Plan]]:
    await migrate(url, migrations_folder())
    async with long_chat(url) as session:
        return {name: await plans_of(step, session) for name, step in STEPS.items()}


if __name__ == "__main__":
    main()
