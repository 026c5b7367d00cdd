"""A call beside replies is opened as if nothing else happened meanwhile, and none stays open that is not made."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gql_chat.errors import QuotaExceeded, Unavailable
from gql_chat.generation.accounting import CallContext, LedgerPolicy, new_call
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.generation.provider.llm import LLM
from gql_chat.infra import clock
from gql_chat.infra.db.database import fetch_all, transaction
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.db.sqlite_units import UnitQueue
from gql_chat.infra.ids import new_id
from gql_chat.infra.tasks.background import BackgroundTasks
from gql_chat.keys.models import Key
from gql_chat.usage.ledger import open_call
from gql_chat.usage.models import Call, CallPurpose, OpenCall
from gql_chat.usage.quotas import QuotaPolicy, find_free_user, require_user_quotas
from gql_chat.users.models import User
from gql_chat.workflows import side_calls
from gql_chat.workflows.side_calls import SideCalls
from tests.support.backing_services.proxy import STORED, proxied
from tests.support.stored.owners import new_user

ENDPOINT = Endpoint("http://127.0.0.1:1/v1", "", "demo", {})
LEDGER = LedgerPolicy(keeps_contents=False, longest_call=timedelta(minutes=1))
ONE_AT_ONCE = QuotaPolicy(replies_per_user=1)


@pytest.fixture
async def user_id(database_url: str) -> AsyncIterator[str]:
    """Open the database, with one user."""
    async with open_database(database_url, model_modules()):
        yield await new_user("ada")


def call_of(user_id: str, quotas: QuotaPolicy = QuotaPolicy(), *, key: Key | None = None) -> Any:  # noqa: B008 - frozen
    calls = SideCalls(LLM(), LEDGER, quotas, BackgroundTasks())
    return calls.record(CallContext(user_id, CallPurpose.COMPLETION, key), ENDPOINT, ())


def meanwhile(monkeypatch: pytest.MonkeyPatch, change: Callable[[], Awaitable[object]]) -> None:
    """Run something once while a call is being opened: its user has been read, and it is not stored yet."""
    changes = [change]

    async def find_before_change(*args: Any) -> Any:
        user = await find_free_user(*args)
        if changes:
            await changes.pop()()
        return user

    monkeypatch.setattr(side_calls, "find_free_user", find_before_change)


async def new_key(user_id: str) -> Key:
    columns: dict[str, Any] = dict.fromkeys(("name", "secret_sealed", "secret_hint", "model", "base_url"), "any")
    now = clock.now()
    return await Key.create(id=new_id("key"), user_id=user_id, **columns, parameters={}, created_at=now, updated_at=now)


async def counts() -> tuple[int, int]:
    """Return the numbers of calls under way and in the ledger."""
    return await OpenCall.all().count(), await Call.all().count()


async def open_elsewhere(user_id: str) -> None:
    """Open a call as a server does that finds the user's row changed."""
    call = new_call(CallContext(user_id, CallPurpose.TITLE, None), ENDPOINT, (), LEDGER)
    async with transaction():
        await require_user_quotas(call, ONE_AT_ONCE)
        await open_call(call)


async def test_a_call_is_open_while_the_block_runs_and_closed_after_it(user_id: str) -> None:
    async with call_of(user_id):
        assert await counts() == (1, 0)
    assert await counts() == (0, 1)


async def test_a_quota_that_is_set_meanwhile_holds(user_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile(monkeypatch, lambda: User.filter(id=user_id).update(monthly_token_quota=0))
    with pytest.raises(QuotaExceeded):
        async with call_of(user_id):
            pass
    assert await counts() == (0, 0)


async def test_a_call_that_another_server_begins_meanwhile_counts_among_those_at_once(
    user_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, lambda: open_elsewhere(user_id))
    with pytest.raises(QuotaExceeded):
        async with call_of(user_id, ONE_AT_ONCE):
            pass
    assert await counts() == (1, 0)


async def test_a_call_that_is_just_beginning_on_another_server_counts_too(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_open, opening = asyncio.Event(), asyncio.Event()

    async def begin(user_id: str) -> None:
        await opening.wait()
        async with transaction():
            await open_elsewhere(user_id)
            is_open.set()
            while not (await fetch_all("SELECT count(*) AS waiting FROM pg_locks WHERE NOT granted"))[0]["waiting"]:
                await asyncio.sleep(0.01)

    async def begin_elsewhere() -> None:
        opening.set()
        await is_open.wait()

    async with open_database(postgres_url, model_modules()):
        user_id = await new_user("ada")
        beginning = asyncio.create_task(begin(user_id))
        meanwhile(monkeypatch, begin_elsewhere)
        with pytest.raises(QuotaExceeded):
            async with call_of(user_id, ONE_AT_ONCE):
                pass
        await beginning
        assert await counts() == (1, 0)


async def test_of_many_calls_at_once_no_more_begin_than_the_user_may_have(user_id: str) -> None:
    ended = asyncio.Event()

    async def call() -> None:
        async with call_of(user_id, ONE_AT_ONCE):
            await ended.wait()

    calls = [asyncio.create_task(call()) for _ in range(8)]
    while sum(one.done() for one in calls) < 7:
        await asyncio.wait([one for one in calls if not one.done()], return_when=asyncio.FIRST_COMPLETED)
    assert await counts() == (1, 0)
    ended.set()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["NoneType", *["QuotaExceeded"] * 7]


async def test_the_use_of_a_key_is_recorded(user_id: str) -> None:
    key = await new_key(user_id)
    async with call_of(user_id, key=key):
        assert (await Key.get(id=key.id)).last_used_at is not None


async def test_a_call_with_a_key_that_is_deleted_meanwhile_is_made_and_recorded(
    user_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await new_key(user_id)
    meanwhile(monkeypatch, lambda: Key.filter(id=key.id).delete())
    async with call_of(user_id, key=key):
        assert await counts() == (1, 0)
    assert (await Call.get()).key_id is None


async def test_a_call_that_was_opened_unheard_is_forgotten_at_the_second_look(postgres_url: str) -> None:
    async with proxied(postgres_url) as proxy, open_database(proxy.url, model_modules()):
        user_id = await new_user("ada")
        calls = SideCalls(LLM(), replace(LEDGER, worker_id="this"), QuotaPolicy(), BackgroundTasks())
        context = CallContext(user_id, CallPurpose.COMPLETION, await new_key(user_id))
        async with calls.record(context, ENDPOINT, ()):
            proxy.lost = STORED
            with pytest.raises(Unavailable):
                await calls.record(context, ENDPOINT, ()).__aenter__()
            seen = []
            for _ in range(3):
                seen.append(await counts())
                await calls.forget_unmade()
            assert seen == [(2, 0), (2, 0), (1, 0)]
        assert await counts() == (0, 1)


async def test_a_call_whose_user_leaves_while_it_is_being_stored_does_not_stay_open(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, opening = UnitQueue._call, asyncio.Event()

    async def run_and_report(queue: UnitQueue, sql: str) -> None:
        if sql == "COMMIT":
            opening.set()
        await run(queue, sql)

    async with open_database(sqlite_url, model_modules()):
        user_id = await new_user("ada")
        monkeypatch.setattr(UnitQueue, "_call", run_and_report)
        entering = asyncio.create_task(call_of(user_id).__aenter__())
        await opening.wait()
        entering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await entering
        assert await counts() == (0, 0)
