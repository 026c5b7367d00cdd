"""Unknown documents are examined one at a time in a thread, with room between them for everything else."""

import asyncio
import contextlib
import threading
import time

import pytest

from gql_chat.api.engine.documents import Document, Documents, Refusal
from gql_chat.api.engine.execution import Engine
from gql_chat.api.engine.requests import MalformedRequest, RequestRejected
from gql_chat.api.engine.turns import Turns
from tests.support.toy import schema

BUSY_SECONDS = 0.02


def keep_busy() -> None:
    begun_at = time.thread_time()
    while time.thread_time() - begun_at < BUSY_SECONDS:
        pass


async def test_work_leaves_as_much_time_as_it_takes() -> None:
    turns = Turns()
    charged: list[float] = []
    begun_at = time.monotonic()
    for _ in range(4):
        await turns.run(keep_busy, charged.append)
    assert min(charged) >= BUSY_SECONDS
    assert time.monotonic() - begun_at >= 7 * BUSY_SECONDS  # without the pause after the last


async def test_the_loop_goes_on_while_work_is_done() -> None:
    turned, is_over = 0, threading.Event()
    working = asyncio.create_task(Turns().run(is_over.wait, lambda seconds: None))
    while turned < 100:
        await asyncio.sleep(0)
        turned += 1
    assert not working.done()
    is_over.set()
    assert await working is True


async def test_work_whose_caller_has_gone_is_charged_and_holds_the_next_up() -> None:
    turns, begun, is_over = Turns(), threading.Event(), threading.Event()
    charged: list[float] = []

    def work() -> None:
        begun.set()
        is_over.wait()

    gone = asyncio.create_task(turns.run(work, charged.append))
    await asyncio.to_thread(begun.wait)
    gone.cancel()
    following = asyncio.create_task(turns.run(is_over.is_set, charged.append))
    await asyncio.sleep(0)
    assert charged == []
    is_over.set()
    assert await following is True
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert len(charged) == 2


async def test_work_that_fails_or_is_given_up_before_its_turn_lets_the_next_in() -> None:
    turns, is_over = Turns(), threading.Event()
    with pytest.raises(ZeroDivisionError):
        await turns.run(lambda: 1 // 0, lambda seconds: None)
    working = asyncio.create_task(turns.run(is_over.wait, lambda seconds: None))
    waiting = asyncio.create_task(turns.run(is_over.wait, lambda seconds: None))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    is_over.set()
    assert await working is True


async def test_known_documents_refusals_and_malformed_payloads_wait_for_nobody() -> None:
    engine, is_over = Engine(schema), threading.Event()
    for query in ("{ hello }", "{ nothing }"):
        with contextlib.suppress(RequestRejected):
            await engine.admission.admit({"query": query})
    turn = asyncio.create_task(engine.admission._turns.run(is_over.wait, lambda seconds: None))
    await asyncio.sleep(0)
    assert (await engine.admission.admit({"query": "{ hello }"})).cost == 1
    with pytest.raises(RequestRejected):
        await engine.admission.admit({"query": "{ nothing }"})
    with pytest.raises(RequestRejected):
        await engine.admission.admit({"query": "{ hello }" + " " * 60_000})
    with pytest.raises(MalformedRequest):
        await engine.admission.admit([])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await engine.admission.admit({"query": "{ hello me }"})
    is_over.set()
    await turn


async def test_an_unknown_document_is_examined_once(monkeypatch: pytest.MonkeyPatch) -> None:
    examined: list[str] = []
    examine = Documents.examine

    def note_and_examine(documents: Documents, query: str) -> Document | Refusal:
        examined.append(query)
        return examine(documents, query)

    monkeypatch.setattr(Documents, "examine", note_and_examine)
    engine = Engine(schema)
    for _ in range(2):
        assert (await engine.admission.admit({"query": "{ hello }"})).cost == 1
    assert examined == ["{ hello }"]
