"""A server that ends lets OpenAI clients have their answers to the end, for a time, and bills each once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI

from gql_chat.usage.models import Call, CallStatus, OpenCall, UsageBucket, UsageSource
from tests.infra.redis.test_connections import until
from tests.support.backing_services.valkey import Valkey
from tests.support.chat import Chat, run_chat
from tests.support.demo import DrivenCall
from tests.support.process import run_server
from tests.web.openai.door import HELLO, create_token, openai_client, settled_calls

USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
QUOTA = {"REGISTRATION": "open", "MONTHLY_TOKENS_PER_USER": 1_000_000}


class Answer:
    """What OpenAI's client has of an answer, which it reads to the end by itself."""

    def __init__(self, door: AsyncOpenAI, *, stream: bool) -> None:
        self.text = ""
        self.ending = asyncio.create_task(self._read(door, stream))

    async def _read(self, door: AsyncOpenAI, stream: bool) -> None:
        answer: Any = await door.chat.completions.create(model="demo", messages=HELLO, stream=stream)
        if not stream:
            self.text = answer.choices[0].message.content
            return
        async for chunk in answer:
            self.text += "".join(choice.delta.content or "" for choice in chunk.choices)


@asynccontextmanager
async def asked(chat: Chat, *, stream: bool) -> AsyncIterator[tuple[Answer, DrivenCall]]:
    """Ask for an answer; enter when it has begun."""
    ada = await chat.sign_up("ada")
    driven = chat.demo.drive("demo")
    async with openai_client(chat, await create_token(ada)) as door:
        answer = Answer(door, stream=stream)
        call = await driven.next_call()
        if stream:
            await call.send("one")
            await until(lambda: answer.text == "one")
        yield answer, call
        await asyncio.wait({answer.ending})


async def settled(database_url: str, folder: Path) -> tuple[Call, UsageBucket]:
    """Return the only call of the ledger and what it counts, as the next server finds them."""
    async with run_chat(database_url, folder):
        assert not await OpenCall.exists()
        return await Call.get(), await UsageBucket.get()


async def _end_after(chat: Chat, call: DrivenCall) -> None:
    await until(lambda: chat.services.runner.draining)
    await call.send(" two")
    await call.finish(usage=USAGE)


async def test_an_open_stream_may_end_within_the_time(database_url: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack, run_chat(database_url, tmp_path, DRAIN_SECONDS=60, **QUOTA) as chat:
        answer, call = await stack.enter_async_context(asked(chat, stream=True))
        finishing = asyncio.create_task(_end_after(chat, call))
    await asyncio.gather(finishing, answer.ending)
    assert answer.text == "one two"
    billed, bucket = await settled(database_url, tmp_path)
    assert (billed.status, billed.usage_source) == (CallStatus.SUCCESS, UsageSource.PROVIDER)
    assert (bucket.calls, bucket.errors, bucket.prompt_tokens, bucket.completion_tokens) == (1, 0, 7, 2)


async def test_one_that_does_not_is_ended_as_openai_does_and_billed_once(database_url: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack, run_chat(database_url, tmp_path, DRAIN_SECONDS=0.1, **QUOTA) as chat:
        answer, call = await stack.enter_async_context(asked(chat, stream=True))
    with pytest.raises(openai.APIError, match=r"This server has shut down\.") as ended:
        await answer.ending
    assert (ended.value.code, ended.value.type, answer.text) == ("unavailable", "server_error", "one")
    await call.disconnected()
    billed, bucket = await settled(database_url, tmp_path)
    assert (billed.status, billed.error_code, billed.usage_source) == (CallStatus.ERROR, None, UsageSource.ESTIMATED)
    assert (bucket.calls, bucket.errors) == (1, 1)
    assert bucket.prompt_tokens + bucket.completion_tokens == (billed.prompt_tokens or 0) + (
        billed.completion_tokens or 0
    )
    assert billed.completion_tokens


async def test_an_answer_that_has_not_begun_is_refused_so_that_it_is_sent_again(
    database_url: str, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack, run_chat(database_url, tmp_path, DRAIN_SECONDS=0.1, **QUOTA) as chat:
        answer, call = await stack.enter_async_context(asked(chat, stream=False))
    with pytest.raises(openai.InternalServerError) as refused:
        await answer.ending
    assert (refused.value.status_code, refused.value.code) == (503, "unavailable")
    await call.disconnected()
    billed, bucket = await settled(database_url, tmp_path)
    assert (billed.status, billed.error_code, bucket.calls, bucket.errors) == (CallStatus.ERROR, None, 1, 1)


async def test_a_server_that_drains_takes_no_new_request(chat: Chat) -> None:
    ada = await chat.sign_up("ada")
    async with openai_client(chat, await create_token(ada)) as door:
        chat.server.application.refuse_replies()
        with pytest.raises(openai.InternalServerError) as refused:
            await door.chat.completions.create(model="demo", messages=HELLO)
    assert (refused.value.status_code, refused.value.code) == (503, "unavailable")
    assert refused.value.response.headers["retry-after"] == "1"
    assert (chat.demo.requests, await Call.all().count(), await OpenCall.all().count()) == ([], 0, 0)


async def test_the_reservation_of_a_killed_server_ends_with_its_lease(
    postgres_url: str, tmp_path: Path, own_redis: Valkey
) -> None:
    shared: dict[str, Any] = {
        "REDIS_URL": own_redis.url,
        "LEASE_SECONDS": 1,
        "LLM_TOTAL_TIMEOUT_SECONDS": 3600,
        **QUOTA,
    }
    async with (
        run_chat(postgres_url, tmp_path, **shared) as chat,
        run_server(tmp_path / "other", chat.demo, DATABASE_URL=postgres_url, **shared) as other,
    ):
        ada = await chat.sign_up("ada")
        driven = chat.demo.drive("demo")
        async with AsyncOpenAI(api_key=await create_token(ada), base_url=f"{other.origin}/v1", max_retries=0) as door:
            answer = Answer(door, stream=True)
            call = await driven.next_call()
            await call.send("one")
            await until(lambda: answer.text == "one")
            assert (await OpenCall.get()).reserved_tokens > 0
            await other.kill()
            with pytest.raises((openai.APIError, httpx2.HTTPError)):
                await answer.ending
        [billed] = await settled_calls()
        assert (billed.status, billed.error_code, billed.prompt_tokens) == (CallStatus.ERROR, None, None)
        bucket = await UsageBucket.get()
        assert (bucket.calls, bucket.errors, bucket.prompt_tokens + bucket.completion_tokens) == (1, 1, 0)
