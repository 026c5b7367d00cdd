"""Units of work that wait for SQLite's writer at the same time: one transaction, and each as if it were alone."""

import asyncio
import contextvars
import gc
import sqlite3
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.context import require_context
from tortoise.exceptions import IntegrityError

from gql_chat.errors import Unavailable
from gql_chat.infra.db import sqlite, sqlite_connection, sqlite_units
from gql_chat.infra.db.database import (
    after_commit,
    execute,
    execute_last,
    fetch_all,
    require_last,
    transaction,
    unit_of_work,
)
from gql_chat.infra.db.failures import CannotStore, TransactionConflict
from gql_chat.infra.db.quick import Joined, Quick
from tests.support.stored.group_rows import INSERT, NOON, UPDATE, add, names
from tests.support.transaction_storm import halves

RENAME = 'UPDATE "groups" SET name = $3 WHERE id = $1 AND name = $2'
DELETE = 'DELETE FROM "groups" WHERE id = $1'
LONG = "x" * 1_000_000

Step = tuple[str, tuple[Any, ...], bool]
"""A statement, its arguments, and whether it must find a row."""

IDS = st.sampled_from("abc")
NAMES = st.sampled_from("xyz")
STEPS = st.one_of(
    st.tuples(st.just(INSERT), st.tuples(IDS, NAMES, st.just(NOON)), st.just(False)),
    st.tuples(st.just(UPDATE), st.tuples(IDS, NAMES), st.booleans()),
    st.tuples(st.just(RENAME), st.tuples(IDS, NAMES, NAMES), st.booleans()),
    st.tuples(st.just(DELETE), st.tuples(IDS), st.booleans()),
)
UNITS = st.lists(st.tuples(st.lists(STEPS, min_size=1, max_size=4), st.booleans()), max_size=2 * 16 + 2)


async def run(steps: Sequence[Step], *, is_quick: bool = True, kind: type[str] = Quick) -> str:
    """Run the steps as one unit of work and return how it ended."""
    kind = kind if is_quick else str
    try:
        async with unit_of_work():
            for sql, args, is_required in steps:
                await (require_last if is_required else execute_last)(kind(sql), *args)
    except (IntegrityError, TransactionConflict, CannotStore) as exc:
        return type(exc).__name__
    return "stored"


def adding(*added: str) -> list[Step]:
    return [(INSERT, (name, name, NOON), False) for name in added]


MISSING: Step = (UPDATE, ("missing", "renamed"), True)


def start(*units: Sequence[Step]) -> list[asyncio.Task[str]]:
    """Run the units in tasks that take no part in a transaction of the test."""
    loop = asyncio.get_running_loop()
    return [loop.create_task(run(unit), context=contextvars.Context()) for unit in units]


async def rows() -> list[tuple[str, str]]:
    return [(row["id"], row["name"]) for row in await fetch_all('SELECT id, name FROM "groups" ORDER BY id')]


@contextmanager
def statements() -> Iterator[list[str]]:
    """List what the connection that writes runs while the block does."""
    client: Any = require_context().db()
    seen: list[str] = []
    client.connections[0]._conn.set_trace_callback(seen.append)
    yield seen
    client.connections[0]._conn.set_trace_callback(None)


@given(units=UNITS)
async def test_units_together_end_as_one_after_the_other(
    sqlite_database: None, units: list[tuple[list[Step], bool]]
) -> None:
    await execute('DELETE FROM "groups"')
    together = await asyncio.gather(*(run(steps, is_quick=is_quick) for steps, is_quick in units))
    left = await rows()
    await execute('DELETE FROM "groups"')
    assert [await run(steps) for steps, _ in units] == together
    assert await rows() == left


async def test_units_that_wait_together_are_one_transaction(sqlite_database: None) -> None:
    with statements() as seen:
        assert await asyncio.gather(*(run(adding(f"{number}")) for number in range(5))) == ["stored"] * 5
    assert [seen[0], seen[-1], len(seen)] == ["BEGIN IMMEDIATE", "COMMIT", 7]


async def test_joined_inserts_of_all_units_are_one_statement_at_the_end(sqlite_database: None) -> None:
    kinds: list[type[str]] = [Joined, Quick, Joined, Joined]
    with statements() as seen:
        units = [run(adding(name), kind=kind) for name, kind in zip("abcd", kinds, strict=True)]
        assert await asyncio.gather(*units) == ["stored"] * 4
    inserted = [[name for name in "abcd" if f"'{name}'" in statement] for statement in seen]
    assert inserted == [[], ["b"], ["a", "c", "d"], []]
    assert await rows() == [(name, name) for name in "abcd"]


async def test_a_joined_insert_may_replace_its_row(sqlite_database: None) -> None:
    replace = f"{INSERT} ON CONFLICT (id) DO UPDATE SET name = excluded.name"
    ids_and_names = [("a", "x"), ("b", "z"), ("a", "y")]
    units = [run([(replace, (*one, NOON), False)], kind=Joined) for one in ids_and_names]
    assert await asyncio.gather(*units) == ["stored"] * 3
    assert await rows() == [("a", "y"), ("b", "z")]


async def test_a_joined_insert_that_fails_takes_no_other_along(sqlite_database: None) -> None:
    units = [adding("a"), adding("b"), adding("c", "a"), adding("a"), adding("d")]
    ends = await asyncio.gather(*(run(steps, kind=Joined) for steps in units))
    assert ends == ["stored", "stored", "IntegrityError", "IntegrityError", "stored"]
    assert await names() == ["a", "b", "d"]


async def test_a_transaction_takes_so_many_units(sqlite_database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_units, "UNITS_TOGETHER", 2)
    with statements() as seen:
        await asyncio.gather(*(run(adding(f"{number}")) for number in range(5)))
    assert seen.count("COMMIT") == 3


async def test_units_that_queue_during_a_transaction_are_the_next(sqlite_database: None) -> None:
    with statements() as seen:
        async with transaction():
            units = start(adding("a"), adding("b"), adding("c"))
            await asyncio.sleep(0)
            await add("d")
        await asyncio.gather(*units)
    assert seen.count("COMMIT") == 2
    assert await names() == ["a", "b", "c", "d"]


async def test_a_transaction_has_its_turn_between_units(sqlite_database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_units, "UNITS_TOGETHER", 1)
    ended: list[str] = []

    async def note(name: str) -> None:
        await run(adding(name))
        ended.append(name)

    async def write() -> None:
        async with transaction():
            await add("transaction")
        ended.append("transaction")

    first = asyncio.create_task(note("first"))
    await asyncio.sleep(0)  # it waits for the lock
    await asyncio.gather(first, write(), *(note(f"later {number}") for number in range(4)))
    assert ended[:2] == ["first", "transaction"]


async def test_a_unit_that_fails_takes_no_other_along(sqlite_database: None) -> None:
    reported: list[str] = []

    async def unit(name: str, *steps: Step) -> str:
        async with unit_of_work():
            after_commit(lambda: reported.append(name))
            for sql, args, is_required in steps:
                await (require_last if is_required else execute_last)(Quick(sql), *args)
        return name

    ends = await asyncio.gather(
        unit("a", *adding("a")),
        unit("conflict", *adding("b"), MISSING),
        unit("violation", *adding("c", "a")),
        unit("d", *adding("d")),
        return_exceptions=True,
    )
    assert [ends[0], type(ends[1]), type(ends[2]), ends[3]] == ["a", TransactionConflict, IntegrityError, "d"]
    assert (await names(), reported) == (["a", "d"], ["a", "d"])


async def test_a_commit_that_fails_stores_and_answers_nothing(sqlite_database: None) -> None:
    member = "INSERT INTO group_members (id, created_at, group_id, user_id) VALUES ('m', $1, 'g', 'u')"
    late: list[Step] = [("PRAGMA defer_foreign_keys = ON", (), False), *adding("lost"), (member, (NOON,), False)]
    assert [*await asyncio.gather(run(late), run(adding("b")))] == ["IntegrityError", "stored"]
    assert await run(late) == "IntegrityError"
    assert await run(adding("c")) == "stored", "no transaction is left open"
    assert await names() == ["b", "c"]


async def test_a_full_disk_takes_what_fits(sqlite_database: None) -> None:
    client: Any = require_context().db()
    writer = client.connections[0]
    [[pages]] = await writer.execute_fetchall("PRAGMA page_count")
    await writer.execute_fetchall(f"PRAGMA max_page_count = {pages + 8}")
    ends = await asyncio.gather(run(adding("a")), run(adding(LONG)), run(adding("c")))
    assert [*ends] == ["stored", "CannotStore", "stored"]
    assert await names() == ["a", "c"]


async def test_a_file_that_another_process_holds_is_busy_for_all_at_once(
    sqlite_database: None, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_connection, "BUSY_SECONDS", 0)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite://"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with statements() as seen:
        ends = await asyncio.gather(*(run(adding(name)) for name in "abc"), return_exceptions=True)
    other.close()
    assert [type(end) for end in ends] == [Unavailable] * 3
    assert seen == ["BEGIN IMMEDIATE"] * 2, "in the event loop, then in the thread; each unit would wait for as long"
    assert await run(adding("a")) == "stored"


async def test_units_wait_for_a_transaction_so_long(sqlite_database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "ACQUIRE_SECONDS", 0.05)
    async with transaction():
        units = start(adding("a"), adding("b"))
        await asyncio.wait(units)
    assert [type(unit.exception()) for unit in units] == [Unavailable] * 2
    assert await run(adding("c")) == "stored"
    assert await names() == ["c"]


async def test_a_unit_that_has_just_come_is_not_refused_for_those_that_wait_too_long(
    sqlite_database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "ACQUIRE_SECONDS", 0.3)
    async with transaction():
        [early] = start(adding("a"))
        await asyncio.sleep(0.15)
        [late] = start(adding("b"))
        await asyncio.wait([early])
    assert [type(early.exception()), await late] == [Unavailable, "stored"]
    assert await names() == ["b"]


async def test_a_unit_whose_task_is_cancelled_while_it_waits_stores_nothing(sqlite_database: None) -> None:
    async with transaction():
        units = start(adding("a"), adding("b"), adding("c"))
        await asyncio.sleep(0)
        units[1].cancel()
        await asyncio.wait([units[1]])
        await add("d")
    assert [await units[0], units[1].cancelled(), await units[2]] == ["stored", True, "stored"]
    assert await names() == ["a", "c", "d"]


async def test_the_units_that_wait_end_with_the_task_that_runs_them(sqlite_database: None) -> None:
    client: Any = require_context().db()
    queue = client.units
    async with transaction():
        units = start(adding("a"), adding("b"))
        for _ in range(3):  # until it waits for the transaction
            await asyncio.sleep(0)
        running = queue._running
        running.cancel()  # as at the end of the event loop
        await asyncio.wait([running, *units])
    assert [task.cancelled() for task in (running, *units)] == [True] * 3
    assert await run(adding("c")) == "stored"
    assert await names() == ["c"]


async def test_the_units_that_wait_end_with_a_task_that_never_began(sqlite_database: None) -> None:
    client: Any = require_context().db()
    units = start(adding("a"), adding("b"))
    await asyncio.sleep(0)  # until they wait for the task, which takes its first step after this
    running = client.units._running
    running.cancel()
    await asyncio.wait([running, *units], timeout=5)
    assert [task.cancelled() for task in (running, *units)] == [True] * 3
    assert await run(adding("c")) == "stored"
    assert await names() == ["c"]


async def test_units_that_are_cancelled_anywhere_are_stored_whole_or_not(sqlite_database: None) -> None:
    random, stored = Random(72), 0
    for number in range(200):
        units = start(*(adding(f"{number}.{k} left", f"{number}.{k} right") for k in range(4)))
        for _ in range(random.randrange(8)):
            await asyncio.sleep(0)
        if random.random() < 0.5:
            await asyncio.sleep(random.random() * 0.002)
        for unit in random.sample(units, 2):
            unit.cancel()
        await asyncio.wait(units)
        stored += sum(not unit.cancelled() for unit in units)
    written = await names()
    assert len(written) >= 2 * stored >= 2 * 2 * 200
    assert halves(written, "left") == halves(written, "right")


async def test_a_unit_that_fails_leaves_no_cycle(sqlite_database: None) -> None:
    class Marker:
        pass

    async def fail() -> weakref.ref[Marker]:
        marker = Marker()
        try:
            async with unit_of_work():
                after_commit(lambda: print(marker))  # noqa: T201 - held by the unit's frame
                await require_last(*MISSING[:1], *MISSING[1])
        except TransactionConflict:
            pass
        return weakref.ref(marker)

    gc.disable()
    try:
        freed = await asyncio.create_task(fail())
        assert freed() is None
    finally:
        gc.enable()
