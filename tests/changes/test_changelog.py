"""The log of changes: numbers without a gap, in the order of commits, however transactions overlap."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.changes import changelog
from gql_chat.changes.changelog import Event, Happening
from gql_chat.changes.cursors import cursor_of
from gql_chat.changes.feed import ChangeFeed
from gql_chat.changes.models import Change, ChangeKind
from gql_chat.chats.sessions import SessionDraft, create_session
from gql_chat.errors import Conflict
from gql_chat.infra import clock
from gql_chat.infra.db import database as database_module
from gql_chat.infra.db.database import transaction
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id
from gql_chat.users.models import User, UserRole, UserStatus
from tests.support.running.examples import examples
from tests.support.stored.owners import Owner, new_file, new_user

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)

# What one transaction does: how often it lets others run before it records, what it records for whom, how often it lets
# others run before it ends, and whether it commits.
PAUSES = st.integers(0, 20)
Plan: TypeAlias = tuple[int, list[set[int]], int, bool]
TRANSACTIONS = st.tuples(PAUSES, st.lists(st.sets(st.integers(0, 1), min_size=1), max_size=1), PAUSES, st.booleans())


class RolledBack(Exception):
    """Why a transaction ends without a commit."""


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[None]:
    """Open a database, SQLite and PostgreSQL."""
    async with open_database(database_url, model_modules()):
        yield


@pytest.fixture
async def postgres_database(postgres_url: str) -> AsyncIterator[None]:
    """Open a database where transactions overlap."""
    async with open_database(postgres_url, model_modules()):
        yield


async def add_user() -> str:
    """Return the id of a new user."""
    name = new_id("usr")
    await User.create(
        id=name, username=name, username_folded=name, email=name, email_folded=name, password_hash="none",
        role=UserRole.USER, status=UserStatus.ACTIVE, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    return name


async def let_others_run(times: int) -> None:
    """Give the loop away so often."""
    for _ in range(times):
        await asyncio.sleep(0)


async def change(users: list[str], ids: list[str], plan: Plan) -> dict[str, list[str]]:
    """Run a transaction; what it committed, by user."""
    before, groups, after, commits = plan
    owners = [users[owner] for group in groups for owner in group]
    try:
        async with transaction():
            await let_others_run(before)
            await changelog.record_for(owners, *((ChangeKind.SESSION_CHANGED, [an_id]) for an_id in ids))
            await let_others_run(after)
            if not commits:
                raise RolledBack
    except RolledBack:
        return {}
    return dict.fromkeys(owners, ids)


async def follow(feed: ChangeFeed, user_id: str, heard: list[Event]) -> None:
    """Note the user's changes from the first on."""
    async for event in feed.watch(user_id, cursor_of(user_id, 0)):
        heard.append(event)  # noqa: PERF401 - as they come


@examples(30)
@given(plans=st.lists(TRANSACTIONS, min_size=2, max_size=8))
async def test_who_follows_overlapping_transactions_hears_all_that_commits_once_in_order(
    database: None, plans: list[Plan]
) -> None:
    users = [await add_user(), await add_user()]
    heard: dict[str, list[Event]] = {user_id: [] for user_id in users}
    feed = ChangeFeed()
    with changelog.announcing_to(feed.announce):
        following = [asyncio.create_task(follow(feed, user_id, heard[user_id])) for user_id in users]
        running = (change(users, [f"{number}.0", f"{number}.1"], plan) for number, plan in enumerate(plans))
        committed = await asyncio.gather(*running)
        pairs = {user_id: [done[user_id] for done in committed if user_id in done] for user_id in users}
        while any(len(heard[user_id]) < 2 * len(pairs[user_id]) for user_id in users):
            assert not any(task.done() for task in following)
            await asyncio.sleep(0)
        for task in following:
            task.cancel()
        await asyncio.wait(following)
    for user_id in users:
        events = heard[user_id]
        assert [event.number for event in events] == list(range(1, 2 * len(pairs[user_id]) + 1))
        told = [[first.ids[0], second.ids[0]] for first, second in zip(events[::2], events[1::2], strict=True)]
        assert sorted(told) == sorted(pairs[user_id])


async def test_a_change_is_numbered_only_when_those_before_it_have_ended(postgres_database: None) -> None:
    user_id, other_id = await add_user(), await add_user()
    has_recorded, may_end = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with transaction():
            await changelog.record(user_id, (ChangeKind.SESSION_CHANGED, ["slow"]))
            async with transaction():  # sends what waits for the end, so that the change has its number
                has_recorded.set()
            await may_end.wait()

    async def quick(owner_id: str) -> None:
        async with transaction():
            await changelog.record(owner_id, (ChangeKind.SESSION_CHANGED, ["quick"]))

    first = asyncio.create_task(slow())
    await has_recorded.wait()
    second = asyncio.create_task(quick(user_id))
    await quick(other_id)  # who owns something else does not wait
    assert not second.done()
    assert await changelog.list_after(user_id, 0) == []
    may_end.set()
    await asyncio.gather(first, second)
    assert [(event.number, event.ids) for event in await changelog.list_after(user_id, 0)] == [
        (1, ["slow"]),
        (2, ["quick"]),
    ]


async def test_a_day_is_kept_and_not_a_moment_more(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BATCH_ROWS", 2)
    user_id = await add_user()
    for age in (
        timedelta(days=2),
        changelog.LIFETIME + MOMENT,
        changelog.LIFETIME,
        changelog.LIFETIME - MOMENT,
        timedelta(0),
    ):
        monkeypatch.setattr(clock, "now", lambda age=age: NOW - age)
        async with transaction():
            await changelog.record(user_id, (ChangeKind.SESSION_CHANGED, ["ses"]))
    await changelog.delete_old_changes()
    assert [event.number for event in await Change.all().order_by("number")] == [4, 5]
    assert [event.number for event in await changelog.list_after(user_id, 3)] == [4, 5]


async def test_a_change_by_a_clock_that_was_ahead_keeps_none_of_those_after_it(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "BATCH_ROWS", 2)
    user_id = await add_user()
    ages = [-changelog.LIFETIME, *[changelog.LIFETIME] * 4, timedelta(0)]
    for age in ages:
        monkeypatch.setattr(clock, "now", lambda age=age: NOW - age)
        async with transaction():
            await changelog.record(user_id, (ChangeKind.SESSION_CHANGED, ["ses"]))
    await changelog.delete_old_changes()
    assert [event.number for event in await Change.all().order_by("number")] == [1, 6]


async def test_the_changes_of_a_transaction_share_a_row_and_a_reader_may_go_on_after_each(database: None) -> None:
    user_id = await add_user()
    happened: list[Happening] = [
        (ChangeKind.SESSION_CHANGED, ["session"]), (ChangeKind.MESSAGE_ADDED, ["said"]),
        (ChangeKind.MESSAGE_ADDED, ["reply"]),
    ]  # fmt: skip
    async with transaction():
        await changelog.record(user_id, (ChangeKind.KEYS_CHANGED, []))
    async with transaction():
        await changelog.record(user_id, *happened)
    async with transaction():
        await changelog.record(user_id, (ChangeKind.REPLY_SETTLED, ["reply"]))
    rows = await Change.all().order_by("number")
    assert [(row.number, row.ids) for row in rows] == [(1, []), (4, ["session"]), (5, ["reply"])]
    first, second, third = (row.created_at for row in rows)
    expected = [
        Event(user_id, 1, ChangeKind.KEYS_CHANGED, [], first),
        *(Event(user_id, number, kind, ids, second) for number, (kind, ids) in enumerate(happened, start=2)),
        Event(user_id, 5, ChangeKind.REPLY_SETTLED, ["reply"], third),
    ]
    for position in range(6):
        assert await changelog.list_after(user_id, position) == expected[position:]
    await Change.filter(number=4).delete()
    for position in (0, 1, 2, 3):
        with pytest.raises(Conflict):
            await changelog.list_after(user_id, position)
    assert await changelog.list_after(user_id, 4) == expected[4:]


async def test_a_row_has_no_more_than_10_changes_and_100_ids(database: None) -> None:
    user_id = await add_user()
    happened: list[Happening] = [
        *changelog.in_chunks(ChangeKind.MESSAGES_DELETED, [str(number) for number in range(250)]),
        *((ChangeKind.FILE_CHANGED, [str(number)]) for number in range(12)),
    ]
    async with transaction():
        await changelog.record(user_id, *happened)
    assert [row.number for row in await Change.all().order_by("number")] == [1, 2, 12, 15]
    assert [(event.kind, event.ids) for event in await changelog.list_after(user_id, 0)] == happened


async def test_a_reader_goes_on_after_what_one_query_reads(database: None) -> None:
    user_id = await add_user()
    for _ in range(changelog.BATCH + 1):
        async with transaction():
            await changelog.record(user_id, (ChangeKind.KEYS_CHANGED, []), (ChangeKind.KEYS_CHANGED, []))
    numbers = [event.number for event in await changelog.list_after(user_id, 1)]
    assert numbers == list(range(2, 2 * changelog.BATCH + 1))
    assert [event.number for event in await changelog.list_after(user_id, numbers[-1])] == [201, 202]


async def test_nothing_is_recorded_for_nobody_nor_for_who_is_gone(database: None) -> None:
    async with transaction():
        await changelog.record_for([], (ChangeKind.KEYS_CHANGED, []))
        await changelog.record(new_id("usr"), (ChangeKind.KEYS_CHANGED, []))
        await changelog.record(await add_user())
    assert await Change.all().count() == 0


async def test_many_transactions_of_one_user_never_wait_for_each_other_in_a_ring(postgres_url: str) -> None:
    async with open_database(postgres_url, model_modules(), pool_size=20):
        user_id = await new_user("ada")
        session = await create_session(user_id, SessionDraft())
        before = await changelog.find_position(user_id)

        async def happen() -> None:
            await new_file(Owner(user_id, session.id))  # which holds the user's row for a moment too
            async with transaction():
                await changelog.record(user_id, (ChangeKind.KEYS_CHANGED, []))

        await asyncio.gather(*(happen() for _ in range(300)))
        assert await changelog.find_position(user_id) == before + 300
