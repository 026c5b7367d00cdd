"""The ledger: a call is closed and counted once, not beside a session that is gone. SQLite compresses long answers."""

import dataclasses
import random
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from gql_chat.errors import ProviderErrorCode
from gql_chat.generation.accounting import CallContext, LedgerPolicy, new_call
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.infra.db.database import dialect, fetch_all, transaction, unit_of_work
from gql_chat.infra.db.failures import TransactionConflict
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id
from gql_chat.keys.models import Group
from gql_chat.usage.corrections import close_own_call
from gql_chat.usage.ledger import CallOutcome, close_call, close_open_call, milliseconds_since, open_call
from gql_chat.usage.models import Call, CallPurpose, CallStatus, GroupMonth, OpenCall, UsageBucket, UsageSource
from gql_chat.usage.tokens import Usage
from tests.support.stored.owners import new_user

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
OUTCOME = CallOutcome(CallStatus.SUCCESS, duration_ms=1)
ENDPOINT = Endpoint("http://127.0.0.1:1/v1", "", "demo", {})
POLICY = LedgerPolicy(keeps_contents=False, longest_call=timedelta(minutes=1))
KIND = {
    "sqlite": "SELECT typeof(response_text) AS kind FROM calls",
    "postgres": "SELECT pg_typeof(response_text)::text AS kind FROM calls",
}


def test_a_duration_is_in_milliseconds_and_never_negative() -> None:
    assert milliseconds_since(START, START + timedelta(seconds=1.5)) == 1500
    assert milliseconds_since(START, START) == 0
    assert milliseconds_since(START, START - timedelta(seconds=1)) == 0


async def test_a_call_whose_session_is_gone_is_closed_by_a_transaction_only(postgres_url: str) -> None:
    async with open_database(postgres_url, model_modules()):
        context = CallContext(await new_user("ada"), CallPurpose.REPLY, None, session_id=new_id("ses"))
        call = new_call(context, ENDPOINT, [], POLICY)
        async with transaction():
            await open_call(call)
        with pytest.raises(TransactionConflict):
            async with unit_of_work():
                await close_open_call(call, OUTCOME)
        assert (await OpenCall.all().count(), await Call.all().count()) == (1, 0)
        async with transaction():
            assert await close_call(call, OUTCOME)
        assert (await OpenCall.all().count(), (await Call.get()).session_id) == (0, None)


@pytest.mark.parametrize("length", [999, 1_000, 10_001, 100_000])
@pytest.mark.parametrize("is_unit", [True, False], ids=["unit", "transaction"])
async def test_an_answer_is_read_as_it_was_however_it_is_stored(database_url: str, length: int, is_unit: bool) -> None:
    words = random.Random(length).choices(["a", "compressed", "text", "é", "中文", "🌍", " ", "\n"], k=length)
    answer = "".join(words)[:length]
    async with open_database(database_url, model_modules()):
        context = CallContext(await new_user("ada"), CallPurpose.REPLY, None)
        call = new_call(context, ENDPOINT, [], dataclasses.replace(POLICY, keeps_contents=True))
        await open_call(call)
        async with unit_of_work() if is_unit else transaction():
            await (close_open_call if is_unit else close_call)(call, replace(OUTCOME, response_text=answer))
        [kind] = await fetch_all(KIND[dialect()])
        assert kind == {"kind": "blob" if dialect() == "sqlite" and length >= 1_000 else "text"}
        assert (await Call.get()).response_text == answer
        assert await Call.all().values("response_text") == [{"response_text": answer}]


@pytest.mark.parametrize("status", [CallStatus.SUCCESS, CallStatus.ERROR])
async def test_a_call_that_was_closed_uncounted_is_corrected_once_by_its_own_worker(
    database_url: str, status: CallStatus
) -> None:
    async with open_database(database_url, model_modules()):
        group = await Group.create(id=new_id("grp"), name="Team", created_at=START, updated_at=START)
        call = new_call(CallContext(await new_user("ada"), CallPurpose.COMPLETION, None), ENDPOINT, [], POLICY)
        call.group_id = group.id
        await open_call(call)
        outcome = replace(OUTCOME, status=status, duration_ms=30, usage=Usage(7, 5, UsageSource.PROVIDER))
        endings = [replace(OUTCOME, status=CallStatus.ERROR, duration_ms=20), replace(outcome, usage=None), outcome]
        for ending in [*endings, outcome, replace(outcome, usage=Usage(70, 50, UsageSource.PROVIDER))]:
            async with transaction():
                await close_own_call(call, ending)
        closed, bucket = await Call.get(), await UsageBucket.get()
        assert (closed.status, Usage.of(closed), closed.duration_ms) == (status, outcome.usage, 30)
        assert (bucket.calls, bucket.errors, bucket.duration_ms) == (1, int(status == CallStatus.ERROR), 30)
        assert (bucket.prompt_tokens, bucket.completion_tokens) == (7, 5)
        assert (await GroupMonth.get()).tokens == 12


async def test_a_failure_of_the_provider_is_not_corrected(database_url: str) -> None:
    async with open_database(database_url, model_modules()):
        call = new_call(CallContext(await new_user("ada"), CallPurpose.COMPLETION, None), ENDPOINT, [], POLICY)
        await open_call(call)
        refused = CallOutcome(CallStatus.ERROR, duration_ms=1, error_code=ProviderErrorCode.BAD_REQUEST)
        for ending in (refused, replace(OUTCOME, usage=Usage(7, 5, UsageSource.PROVIDER))):
            async with transaction():
                await close_own_call(call, ending)
        assert ((await Call.get()).error_code, (await UsageBucket.get()).prompt_tokens) == ("BAD_REQUEST", 0)
