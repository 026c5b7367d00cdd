"""The number of calls in the log is exact at every moment, though the buckets of usage have most of it."""

import asyncio
import contextvars
import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from gql_chat.infra import clock
from gql_chat.infra.db.database import delete_in_batches, fetch_all, transaction
from gql_chat.infra.db.listing import Listing, TableListing
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id
from gql_chat.keys.models import Key
from gql_chat.usage import call_totals
from gql_chat.usage.call_log import CallFilter, CallListing, EveryonesListing, Retention, list_calls
from gql_chat.usage.call_totals import CALLS_PER_TOTAL, add_up_calls
from gql_chat.usage.corrections import close_own_call
from gql_chat.usage.ledger import CallOutcome, open_call
from gql_chat.usage.models import Call, CallPurpose, CallStatus, CallTotal, OpenCall, UsageSource
from gql_chat.usage.tokens import Usage
from gql_chat.users.models import User, UserRole
from gql_chat.users.viewer import Viewer
from tests.support.stored.owners import new_user

MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)
MODELS = ("demo", "other")
STEPS = 150


def new_call(user_id: str, key_id: str | None, model: str, created_at: datetime) -> OpenCall:
    return OpenCall(
        id=new_id("call"), user_id=user_id, purpose=CallPurpose.REPLY, model=model, endpoint="https://api.example",
        is_server_key=key_id is None, keeps_contents=False, request_messages="[]", request_parameters="{}",
        created_at=created_at, key_id=key_id, prompt_tokens=0, reserved_tokens=0, text_before=0, reasoning_before=0,
        dead_after=created_at,
    )  # fmt: skip


async def new_key(user_id: str) -> str:
    key = await Key.create(
        id=new_id("key"), user_id=user_id, name=new_id("key"), secret_sealed="", secret_hint="", model="demo",
        base_url="https://api.example", parameters={}, created_at=MIDNIGHT, updated_at=MIDNIGHT,
    )  # fmt: skip
    return key.id


async def require_exact_counts(viewer: Viewer, moments: list[datetime | None]) -> None:
    """Compare the count of each filter with that of its rows."""
    statuses, models = (None, *CallStatus), (None, *MODELS)
    ranges = [
        (since, until)
        for since, until in itertools.product(moments, moments)
        if since is None or until is None or since <= until
    ]
    for status, model, (since, until) in itertools.product(statuses, models, ranges):
        listing = list_calls(viewer, CallFilter(status=status, model=model, from_=since, to=until))
        assert isinstance(listing, CallListing)
        assert await listing.count() == await TableListing.count(listing), (status, model, since, until)
    admin = replace(viewer, role=UserRole.ADMIN)
    for status, (since, until) in itertools.product(statuses, ranges):
        everyones = list_calls(admin, CallFilter(everyone=True, status=status, from_=since, to=until))
        assert isinstance(everyones, TableListing)
        assert isinstance(everyones, EveryonesListing) == (status != CallStatus.ERROR)
        assert await everyones.count() == await TableListing.count(everyones), (status, since, until)


class Ledger:
    """Calls of some users, to which random things happen while the days pass."""

    pauses_minutes: tuple[int, ...] = (1, 7, 15, 200, 500)
    kept_days: tuple[int | None, ...] = (None, 1, 3, 5)
    at_most_open: int | None = None  # of the oldest, of which one ends

    def __init__(self, seed: int, users: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.dice, self.users = random.Random(seed), users
        self.now = MIDNIGHT
        self.open: list[OpenCall] = []
        self.keys: list[str] = []
        monkeypatch.setattr(clock, "now", lambda: self.now)

    async def step(self) -> None:
        """Let a random time pass, and one thing happen."""
        self.now += timedelta(minutes=self.dice.choice(self.pauses_minutes), microseconds=self.dice.choice([0, 1, 999]))
        deeds = [self.begin_call, self.end_call, self.delete_key, self.forget, add_up_calls]
        await self.dice.choices(deeds, weights=[6, 7, 0.3, 1, 1])[0]()

    async def begin_call(self) -> None:
        user_id = self.dice.choice(self.users)
        key_id = self.dice.choice([None, await new_key(user_id)])
        call = new_call(user_id, key_id, self.dice.choice(MODELS), self.now)
        async with transaction():
            await open_call(call)
        self.open.append(call)
        self.keys += [key_id] if key_id else []

    async def end_call(self) -> None:
        """End any open call, so that some are added to the log after the other calls of their day were deleted."""
        if self.open:
            call = self.open.pop(self.dice.randrange(len(self.open[: self.at_most_open])))
            ended = CallOutcome(self.dice.choice([*CallStatus]), duration_ms=1)
            taken_for_dead = self.dice.choice([[], [replace(ended, status=CallStatus.ERROR)]])
            for outcome in [*taken_for_dead, replace(ended, usage=Usage(1, 1, UsageSource.ESTIMATED))]:
                async with transaction():
                    await close_own_call(call, outcome)

    async def delete_key(self) -> None:
        if self.keys:
            await Key.filter(id=self.keys.pop()).delete()

    async def forget(self) -> None:
        await Retention(0, self.dice.choice(self.kept_days)).enforce()


@pytest.mark.parametrize("seed", range(2))
async def test_counts_are_exact_whatever_happens(seed: int, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_database(database_url, model_modules()):
        ada, bob = await new_user("ada"), await new_user("bob")
        ledger, viewer = Ledger(seed, [ada, bob], monkeypatch), Viewer(ada, UserRole.USER, "tok", None)
        for number in range(STEPS):
            await ledger.step()
            assert await list_calls(viewer, CallFilter()).count() == await Call.filter(user_id=ada).count()
            if number % 50 == 49:
                days_ago = [ledger.now - timedelta(days=days, seconds=number) for days in (1, 4)]
                await require_exact_counts(viewer, [None, MIDNIGHT, *days_ago, ledger.now])
        assert await Call.filter(user_id=ada).exists()
        await User.filter(id=ada).delete()
        assert await list_calls(viewer, CallFilter()).count() == 0


class LongLedger(Ledger):
    """A ledger of months, so that past weeks are added up."""

    pauses_minutes = (1, 200, 1000, 2000)
    kept_days = (None, None, 40)
    at_most_open = 2


@pytest.mark.parametrize("seed", range(2))
async def test_everyones_count_is_exact_whatever_happens(
    seed: int, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_database(database_url, model_modules()):
        ada, bob, eve = [await new_user(name) for name in ("ada", "bob", "eve")]
        ledger, admin = LongLedger(seed, [ada, bob, eve], monkeypatch), Viewer(ada, UserRole.ADMIN, "tok", None)
        everyones, periods = list_calls(admin, CallFilter(everyone=True)), set()
        for number in range(3 * STEPS):
            await ledger.step()
            assert await everyones.count() == await Call.all().count()
            if number % 50 == 49:
                periods |= {total.ends_at for total in await CallTotal.all()}
                days_ago = [ledger.now - timedelta(days=days) for days in (60, 20, 5)]
                await require_exact_counts(admin, [None, *sorted(periods)[-3:], *days_ago, ledger.now])
            if number == 2 * STEPS:
                await User.filter(id=eve).delete()
                ledger.users.remove(eve)
                ledger.open = [call for call in ledger.open if call.user_id != eve]
        assert len(periods) > 5
        assert await CallTotal.filter(user_id=bob).exists()
        await User.filter(id__in=[ada, bob]).delete()
        assert await everyones.count() == await CallTotal.all().count() == 0


async def test_a_week_is_added_up_when_its_last_call_has_ended(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_database(database_url, model_modules()):
        ledger = Ledger(0, [await new_user("ada")], monkeypatch)
        for _ in range(CALLS_PER_TOTAL):
            await ledger.begin_call()
        [late, *others] = ledger.open
        for ledger.open in [[call] for call in others]:
            await ledger.end_call()
        ledger.now += timedelta(days=9)
        await add_up_calls()
        assert await CallTotal.all().count() == 0
        ledger.open = [late]
        await ledger.end_call()
        await add_up_calls()
        assert [(total.ends_at, total.calls) for total in await CallTotal.all()] == [
            (datetime(2026, 11, 23, tzinfo=UTC), CALLS_PER_TOTAL)
        ]


async def test_weeks_of_few_calls_are_added_up_together(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_database(database_url, model_modules()):
        ledger = Ledger(0, [await new_user("ada")], monkeypatch)
        totals = []
        for _ in range(2 * CALLS_PER_TOTAL):
            await ledger.begin_call()
            await ledger.end_call()
            ledger.now += timedelta(days=7)
            await add_up_calls()
            totals.append([total.calls for total in await CallTotal.all()])
        few = CALLS_PER_TOTAL - 1
        assert totals == [[]] * few + [[CALLS_PER_TOTAL]] * CALLS_PER_TOTAL + [[CALLS_PER_TOTAL] * 2]


async def two_weeks_of_calls(monkeypatch: pytest.MonkeyPatch) -> Listing[Call]:
    """Store calls of one user in the first week and of another in the second. Return everyone's."""
    ada, bob = await new_user("ada"), await new_user("bob")
    ledger = Ledger(0, [], monkeypatch)
    for ledger.now, user in ((MIDNIGHT, ada), (MIDNIGHT + timedelta(days=7), bob)):
        ledger.users = [user]
        for _ in range(CALLS_PER_TOTAL):
            await ledger.begin_call()
            await ledger.end_call()
    ledger.now += timedelta(days=9)
    return list_calls(Viewer(ada, UserRole.ADMIN, "tok", None), CallFilter(everyone=True))


async def test_no_call_is_counted_twice_when_another_server_has_added_it_up_meanwhile(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_database(database_url, model_modules()):
        everyones = await two_weeks_of_calls(monkeypatch)

        async def fetched_before_another_adds_up(sql: str, *args: Any) -> list[dict[str, Any]]:
            rows = await fetch_all(sql, *args)
            if sql == call_totals.SELECT_LAST:
                monkeypatch.setattr(call_totals, "fetch_all", fetch_all)
                await add_up_calls()
            return rows

        monkeypatch.setattr(call_totals, "fetch_all", fetched_before_another_adds_up)
        await add_up_calls()
        assert [total.calls for total in await CallTotal.all()] == [CALLS_PER_TOTAL] * 2
        assert await everyones.count() == 2 * CALLS_PER_TOTAL


async def test_on_postgresql_servers_add_up_one_after_the_other(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_database(postgres_url, model_modules()):
        everyones = await two_weeks_of_calls(monkeypatch)
        async with transaction():
            await add_up_calls()
            other = asyncio.get_running_loop().create_task(add_up_calls(), context=contextvars.Context())
            while not other.done() and not await fetch_all("SELECT 1 FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0)
            assert not other.done()
        await asyncio.wait_for(other, 10)
        assert await everyones.count() == 2 * CALLS_PER_TOTAL


async def test_a_server_of_the_version_before_may_delete_calls_without_recording_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_database(database_url, model_modules()):
        ada = await new_user("ada")
        ledger, viewer = Ledger(0, [ada], monkeypatch), Viewer(ada, UserRole.USER, "tok", None)
        for day in range(9):
            ledger.now = MIDNIGHT + timedelta(days=day)
            await ledger.begin_call()
            await ledger.end_call()
        await Retention(0, 5).enforce()
        await delete_in_batches("calls", "created_at < $1", ledger.now - timedelta(days=4))  # at its next midnight
        assert await list_calls(viewer, CallFilter()).count() == 5
