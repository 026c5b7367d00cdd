"""The number of calls in the log is exact at every moment, though the buckets of usage have most of it."""

import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from gql_chat.infra import clock
from gql_chat.infra.db.database import delete_in_batches, transaction
from gql_chat.infra.db.listing import TableListing
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id
from gql_chat.keys.models import Key
from gql_chat.usage.call_log import CallFilter, CallListing, Retention, SuccessListing, list_calls
from gql_chat.usage.corrections import close_own_call
from gql_chat.usage.ledger import CallOutcome, open_call
from gql_chat.usage.models import Call, CallPurpose, CallStatus, OpenCall, UsageSource
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
        assert isinstance(everyones, SuccessListing) == (status == CallStatus.SUCCESS)
        assert await everyones.count() == await TableListing.count(everyones), (status, since, until)


class Ledger:
    """Calls of two users, to which random things happen while the days pass."""

    def __init__(self, seed: int, users: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.dice, self.users = random.Random(seed), users
        self.now = MIDNIGHT
        self.open: list[OpenCall] = []
        self.keys: list[str] = []
        monkeypatch.setattr(clock, "now", lambda: self.now)

    async def step(self) -> None:
        """Let a random time pass, and one thing happen."""
        self.now += timedelta(
            minutes=self.dice.choice([1, 7, 15, 200, 500]), microseconds=self.dice.choice([0, 1, 999])
        )
        deeds = [self.begin_call, self.end_call, self.delete_key, self.forget]
        await self.dice.choices(deeds, weights=[6, 5, 0.3, 1])[0]()

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
            call = self.open.pop(self.dice.randrange(len(self.open)))
            ended = CallOutcome(self.dice.choice([*CallStatus]), duration_ms=1)
            taken_for_dead = self.dice.choice([[], [replace(ended, status=CallStatus.ERROR)]])
            for outcome in [*taken_for_dead, replace(ended, usage=Usage(1, 1, UsageSource.ESTIMATED))]:
                async with transaction():
                    await close_own_call(call, outcome)

    async def delete_key(self) -> None:
        if self.keys:
            await Key.filter(id=self.keys.pop()).delete()

    async def forget(self) -> None:
        await Retention(0, self.dice.choice([None, 1, 3, 5])).enforce()


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
