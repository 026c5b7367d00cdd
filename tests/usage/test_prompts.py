"""What the ledger stores of prompts that are mostly the ones before, and what it shows of them."""

import random
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gql_chat.generation.accounting import CallContext, LedgerPolicy, new_call
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.infra import clock
from gql_chat.infra.db.database import execute
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id
from gql_chat.usage.call_log import Retention
from gql_chat.usage.ledger import CallOutcome, close_call, open_call
from gql_chat.usage.models import Call, CallPurpose, CallStatus, OpenCall
from gql_chat.usage.prompts import MAX_DEPTH, EarlierPrompts, load_prompts
from tests.support.stored.owners import new_user

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
POLICY = LedgerPolicy(True, timedelta(minutes=10))
SECRET = "sk-0123456789"

Prompt = Sequence[dict[str, Any]]


class Ledger:
    """Makes calls of one session, and knows the prompt of each."""

    def __init__(self, user_id: str) -> None:
        self.user_id, self.session_id, self.earlier = user_id, new_id("ses"), EarlierPrompts()
        self.prompts: dict[str, Prompt] = {}

    async def call(self, prompt: Prompt, *, answer: str | None = None, secret: str = SECRET) -> Call:
        """Return a call that has ended, as it is stored."""
        endpoint = Endpoint("https://api.example", secret, "m", trusted=True)
        context = CallContext(self.user_id, CallPurpose.REPLY, None, self.session_id, new_id("msg"))
        opened = new_call(context, endpoint, prompt, POLICY, earlier=self.earlier)
        await open_call(opened)
        self.earlier.keep(opened, prompt, endpoint.secrets)
        await close_call(opened, CallOutcome(CallStatus.SUCCESS, 1, response_text=answer))
        self.earlier.keep_answer(opened, answer)
        self.prompts[opened.id] = prompt
        return await Call.get(id=opened.id)

    async def require_whole(self) -> None:
        """Fail if a prompt is not shown as it was sent."""
        assert await load_prompts(list(self.prompts)) == [*self.prompts.values()]


@pytest.fixture
async def ledger(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ledger]:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    async with open_database(database_url, model_modules()):
        yield Ledger(await new_user("ada"))


def said(number: int, text: str = "text") -> dict[str, Any]:
    return {"role": ["user", "assistant"][number % 2], "content": f"{text} {number}"}


SYSTEM = {"role": "system", "content": "Be brief."}
FILE = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]}


async def test_a_prompt_that_goes_on_stores_what_is_new(ledger: Ledger) -> None:
    first = await ledger.call([SYSTEM, said(0)])
    second = await ledger.call([SYSTEM, said(0), said(1), FILE])
    assert first.earlier_call_id is None
    assert first.request_messages == ('[{"role":"system","content":"Be brief."},{"role":"user","content":"text 0"}]')
    assert second.earlier_call_id == first.id
    assert second.request_messages == (
        '{"copied":[[0,2]],"then":[{"role":"assistant","content":"text 1"},'
        '{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]}'
    )
    await ledger.require_whole()


async def test_a_prompt_that_loses_its_beginning_stores_what_is_new(ledger: Ledger) -> None:
    await ledger.call([SYSTEM, *map(said, range(10))])
    next_one = await ledger.call([SYSTEM, *map(said, range(2, 11))])
    assert next_one.request_messages == '{"copied":[[0,1],[3,11]],"then":[{"role":"user","content":"text 10"}]}'
    await ledger.require_whole()


async def test_an_answer_that_the_ledger_has_is_not_stored_again(ledger: Ledger) -> None:
    first = await ledger.call([SYSTEM, said(0)], answer="text 1")
    second = await ledger.call([SYSTEM, said(0), said(1), said(2)], answer="text 3")
    third = await ledger.call([SYSTEM, *map(said, range(2, 5))])
    assert second.earlier_call_id == first.id
    assert second.request_messages == ('{"copied":[[0,2]],"then":[{"role":"user","content":"text 2"}],"answered":true}')
    assert third.request_messages == (
        '{"copied":[[0,1],[3,4]],"then":[{"role":"user","content":"text 4"}],"answered":true}'
    )
    await ledger.require_whole()
    await execute("UPDATE calls SET response_text = NULL WHERE id = $1", first.id)
    assert await load_prompts([first.id, second.id, third.id]) == [[SYSTEM, said(0)], [], []]


@pytest.mark.parametrize("answer", ["another text", None])
async def test_an_answer_of_which_the_prompt_has_another_text_is_stored_again(
    ledger: Ledger, answer: str | None
) -> None:
    await ledger.call([SYSTEM, said(0)], answer=answer)
    second = await ledger.call([SYSTEM, said(0), said(1), said(2)])
    assert second.request_messages == (
        '{"copied":[[0,2]],"then":[{"role":"assistant","content":"text 1"},{"role":"user","content":"text 2"}]}'
    )
    await ledger.require_whole()


async def test_the_answer_to_a_call_that_is_not_the_last_of_its_session_is_not_remembered(ledger: Ledger) -> None:
    first = OpenCall(id=(await ledger.call([SYSTEM, said(0)])).id, session_id=ledger.session_id)
    await ledger.call([SYSTEM, said(0), said(1), said(2)])
    ledger.earlier.keep_answer(first, "text 3")
    last = await ledger.call([SYSTEM, *map(said, range(5))])
    assert last.request_messages == (
        '{"copied":[[0,4]],"then":[{"role":"assistant","content":"text 3"},{"role":"user","content":"text 4"}]}'
    )
    await ledger.require_whole()


async def test_whatever_follows_whatever_is_shown_as_it_was_sent(ledger: Ledger) -> None:
    chance = random.Random(7)
    for _ in range(60):
        first, count = chance.randrange(4), chance.randrange(8)
        own = [said(chance.randrange(3), chance.choice(["text", "other"])) for _ in range(chance.randrange(3))]
        head = [SYSTEM] if chance.random() < 0.7 else []
        answer = chance.choice([said(first + count)["content"], "other 1", None])
        prompt = [*head, *map(said, range(first, first + count)), *own, *([FILE] * chance.randrange(2))]
        await ledger.call(prompt, answer=answer)
    assert any("answered" in row.request_messages for row in await Call.all())
    await ledger.require_whole()


async def test_a_long_chat_stores_each_question_once(ledger: Ledger) -> None:
    messages = [{**said(number), "content": f"{number} " * 100} for number in range(400)]
    sizes = []
    for end in range(1, 400, 2):
        row = await ledger.call([SYSTEM, *messages[max(0, end - 50) : end]], answer=messages[end]["content"])
        sizes.append(len(row.request_messages))
    questions = sum(len(message["content"]) for message in messages[::2])
    assert questions < sum(sizes) < 2.2 * questions
    whole = [row for row in await Call.all() if row.earlier_call_id is None]
    assert len(whole) == -(-200 // MAX_DEPTH)
    await ledger.require_whole()


async def test_a_secret_of_another_key_is_masked_in_what_an_earlier_call_showed(ledger: Ledger) -> None:
    prompt = [said(0, "sk-of-the-next-key")]
    first, second = await ledger.call(prompt), await ledger.call(prompt, secret="sk-of-the-next-key")
    assert second.earlier_call_id is None
    assert await load_prompts([second.id, first.id]) == [[said(0, "[redacted]")], prompt]


async def test_the_prompts_of_a_day_refer_to_no_other_and_go_with_it(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = [SYSTEM, said(0)]
    rows = []
    for now in (NOON, NOON.replace(hour=23), NOON + timedelta(hours=12), NOON + timedelta(hours=13)):
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        rows.append(await ledger.call(prompt))
    assert [row.earlier_call_id for row in rows] == [None, rows[0].id, None, rows[2].id]
    ids = [row.id for row in rows]
    for now, shown in (
        (NOON + timedelta(days=1, hours=11), 4), (NOON + timedelta(days=1, hours=12), 2), (NOON + timedelta(days=3), 0),
    ):  # fmt: skip
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        await Retention(1, None).enforce()
        assert await load_prompts(ids) == [[]] * (4 - shown) + [prompt] * shown
    assert await Call.all().count() == 4


async def test_a_prompt_whose_earlier_one_is_gone_is_empty(ledger: Ledger) -> None:
    rows = [await ledger.call([SYSTEM, *map(said, range(end))]) for end in (1, 3, 5)]
    await execute("UPDATE calls SET request_messages = '[]', keeps_contents = false WHERE id = $1", rows[0].id)
    assert await load_prompts([row.id for row in rows]) == [[], [], []]
    await execute("DELETE FROM calls WHERE id = $1", rows[1].id)
    assert await load_prompts([rows[2].id, "call_none"]) == [[], []]


async def test_sessions_that_are_not_used_are_forgotten() -> None:
    earlier, ids = EarlierPrompts(max_sessions=2), ["a", "b", "c"]
    endpoint = Endpoint("https://api.example", SECRET, "m", trusted=True)
    for session_id in ids * 2:
        context = CallContext("usr", CallPurpose.REPLY, None, session_id, "msg")
        call = new_call(context, endpoint, [SYSTEM], POLICY, earlier=earlier)
        assert call.earlier_call_id is None
        earlier.keep(call, [SYSTEM], endpoint.secrets)


async def test_a_session_is_remembered_in_less_than_a_kilobyte_and_without_the_keys_secrets() -> None:
    earlier, endpoint = EarlierPrompts(), Endpoint("https://api.example", SECRET, "m", trusted=True)
    prompt, taken = [SYSTEM, *map(said, range(20))], []
    for _ in range(10):
        context = CallContext("usr", CallPurpose.REPLY, None, new_id("ses"), new_id("msg"))
        taken.append(new_call(context, endpoint, prompt, POLICY, earlier=earlier))
    tracemalloc.start()
    for number, call in enumerate(taken):
        earlier.keep(call, prompt, [f"{number}".zfill(10_000)])  # as if each key were decrypted for its call
    kept_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept_bytes < 10 * 1_000
