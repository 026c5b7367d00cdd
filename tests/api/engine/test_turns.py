"""Unknown documents are checked one at a time, with room between them for everything else on the loop."""

import asyncio
import contextlib
import time

import pytest

from gql_chat.api.engine.execution import Engine
from gql_chat.api.engine.requests import MalformedRequest, RequestRejected
from gql_chat.api.engine.turns import Turns
from tests.support.toy import schema

BUSY_SECONDS = 0.02


def keep_busy() -> None:
    begun_at = time.thread_time()
    while time.thread_time() - begun_at < BUSY_SECONDS:
        pass


async def test_turns_leave_as_much_time_as_they_take() -> None:
    turns, between = Turns(), 0.0

    async def take_turn() -> None:
        async with turns:
            keep_busy()

    async def count_time_between() -> None:
        nonlocal between
        while True:
            begun_at = time.perf_counter()
            await asyncio.sleep(0.001)
            between += min(time.perf_counter() - begun_at, 0.002)

    counting = asyncio.create_task(count_time_between())
    await asyncio.gather(*(take_turn() for _ in range(6)))
    counting.cancel()
    assert between > 5 * BUSY_SECONDS * 0.5


async def test_a_turn_that_is_given_up_or_fails_lets_the_next_one_in() -> None:
    turns = Turns()
    with contextlib.suppress(ValueError):
        async with turns:
            keep_busy()
            raise ValueError
    waiting = asyncio.create_task(turns.__aenter__())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with asyncio.timeout(5), turns:
        pass


async def test_known_documents_refusals_and_malformed_payloads_wait_for_nobody() -> None:
    engine = Engine(schema)
    for query in ("{ hello }", "{ nothing }"):
        with contextlib.suppress(RequestRejected):
            await engine.prepare_in_turn({"query": query})
    async with engine._turns:
        assert (await engine.prepare_in_turn({"query": "{ hello }"})).cost == 1
        with pytest.raises(RequestRejected):
            await engine.prepare_in_turn({"query": "{ nothing }"})
        with pytest.raises(RequestRejected):
            await engine.prepare_in_turn({"query": "{ hello }" + " " * 60_000})
        with pytest.raises(MalformedRequest):
            await engine.prepare_in_turn([])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await engine.prepare_in_turn({"query": "{ hello me }"})
