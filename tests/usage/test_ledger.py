"""The ledger: a call is closed once, and not beside a session that is gone. Long answers are compressed on SQLite."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from gql_chat.generation.accounting import CallContext, LedgerPolicy, new_call
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.infra.db.database import dialect, fetch_all, transaction, unit_of_work
from gql_chat.infra.db.failures import TransactionConflict
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id
from gql_chat.usage.ledger import CallOutcome, close_call, close_open_call, milliseconds_since, open_call
from gql_chat.usage.models import Call, CallPurpose, CallStatus, OpenCall
from tests.support.stored.owners import new_user

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
OUTCOME = CallOutcome(CallStatus.SUCCESS, duration_ms=1)
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
        endpoint = Endpoint("http://127.0.0.1:1/v1", "", "demo", {})
        call = new_call(context, endpoint, [], LedgerPolicy(keeps_contents=False, longest_call=timedelta(minutes=1)))
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
        endpoint = Endpoint("http://127.0.0.1:1/v1", "", "demo", {})
        call = new_call(context, endpoint, [], LedgerPolicy(keeps_contents=True, longest_call=timedelta(minutes=1)))
        await open_call(call)
        async with unit_of_work() if is_unit else transaction():
            await (close_open_call if is_unit else close_call)(call, replace(OUTCOME, response_text=answer))
        [kind] = await fetch_all(KIND[dialect()])
        assert kind == {"kind": "blob" if dialect() == "sqlite" and length >= 1_000 else "text"}
        assert (await Call.get()).response_text == answer
        assert await Call.all().values("response_text") == [{"response_text": answer}]
