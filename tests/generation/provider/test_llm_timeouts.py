"""The LLM client against real sockets: timeouts and disconnections."""

import asyncio
import time
from typing import Any

import pytest

from gql_chat.chats.models import FinishReason
from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.provider import timeouts
from gql_chat.generation.provider.completion import Increment
from gql_chat.generation.provider.endpoint import Endpoint, Reach
from gql_chat.generation.provider.llm import LLM
from gql_chat.generation.provider.timeouts import Timeouts, Watchdog
from tests.generation.provider.llm_client import LOOPBACK, MESSAGES, at, begun, failure_of, reply_of
from tests.support.demo.script import Script
from tests.support.demo.server import DemoServer
from tests.support.increments import each


async def timed_out(demo: DemoServer, script: Script, limits: Timeouts) -> tuple[str, ProviderFailed]:
    demo.script("m", script)
    async with LLM(timeouts=limits, reach=Reach(LOOPBACK)) as llm:
        return await failure_of(llm, at(demo))


async def test_the_first_token_is_not_waited_for_for_ever(demo: DemoServer) -> None:
    text, failed = await timed_out(demo, Script(stall_after=0), Timeouts(first_token_seconds=0.3))
    assert (text, failed.provider_code) == ("", ProviderErrorCode.TIMEOUT)
    assert failed.message == "The provider sent no text within 0.3 seconds."


async def test_an_answer_that_does_not_even_begin_is_not_waited_for(demo: DemoServer) -> None:
    demo.drive("m")
    async with LLM(timeouts=Timeouts(first_token_seconds=0.05), reach=Reach(LOOPBACK)) as llm:
        _, failed = await failure_of(llm, at(demo))
    assert failed.provider_code is ProviderErrorCode.TIMEOUT
    assert failed.message == "The provider did not answer within 0.05 seconds."


async def test_silence_between_tokens_is_a_timeout(demo: DemoServer) -> None:
    text, failed = await timed_out(demo, Script(stall_after=1), Timeouts(between_tokens_seconds=0.05))
    assert (text, failed.provider_code) == ("Hello", ProviderErrorCode.TIMEOUT)
    assert failed.message == "The provider sent nothing for 0.05 seconds."


async def test_a_total_limit_ends_a_reply_that_goes_on_and_on(demo: DemoServer) -> None:
    script = Script(chunks=["a"] * 10_000, pace_seconds=0.01)
    text, failed = await timed_out(demo, script, Timeouts(total_seconds=0.3))
    assert set(text) == {"a"}
    assert failed.provider_code is ProviderErrorCode.TIMEOUT
    assert failed.message == "The provider did not complete its answer within 0.3 seconds."


async def test_a_consumer_that_takes_its_time_is_not_the_providers_silence(demo: DemoServer) -> None:
    demo.script("m", Script())
    limits = Timeouts(between_tokens_seconds=0.15)
    texts: list[str] = []

    def take(increment: Increment) -> bool:
        texts.append(increment.text)
        time.sleep(0.25)
        return True

    async with (
        LLM(timeouts=limits, reach=Reach(LOOPBACK)) as llm,
        (await llm.client()).stream(at(demo), MESSAGES) as call,
    ):
        await call.read(take)
    assert "".join(texts) == "Hello world"


async def test_a_finished_text_is_complete_when_nothing_follows(demo: DemoServer) -> None:
    driven = demo.drive("m")
    limits = Timeouts(between_tokens_seconds=0.05)
    async with LLM(timeouts=limits, reach=Reach(LOOPBACK)) as llm, asyncio.TaskGroup() as group:
        reply = group.create_task(reply_of(llm, at(demo)))
        provider = await driven.next_call()
        await provider.raw(b'data: {"choices": [{"delta": {"content": "Hello"}, "finish_reason": "stop"}]}\n\n')
        text, call = await reply
    assert (text, call.finish_reason) == ("Hello", FinishReason.STOP)


@pytest.mark.parametrize("n", [1, 2])
async def test_an_answer_that_is_passed_on_is_complete_soon_when_nothing_follows(
    demo: DemoServer, monkeypatch: pytest.MonkeyPatch, n: int
) -> None:
    monkeypatch.setattr(timeouts, "AFTER_FINISH_SECONDS", 0.05)
    driven = demo.drive("m")
    body = {"model": "m", "messages": MESSAGES, "stream": True, "n": n}
    sent = b"".join(
        b'data: {"choices": [{"index": %d, "delta": {"content": "Hello"}, "finish_reason": "stop"}]}\n\n' % index
        for index in range(n)
    )
    async with LLM(timeouts=Timeouts(), reach=Reach(LOOPBACK)) as llm, asyncio.TaskGroup() as group:
        reading = group.create_task(passed_of(llm, at(demo), body))
        await (await driven.next_call()).raw(sent)
        async with asyncio.timeout(10):
            assert await reading == sent


async def passed_of(llm: LLM, endpoint: Endpoint, body: dict[str, Any]) -> bytes:
    """Return what is passed on of an answer."""
    passed = b""
    async with (await llm.client()).pass_on(endpoint, body) as call:
        while data := await call.read():
            passed += data
    return passed


FINISHED = b'data: {"choices": [{"delta": {"content": ""}, "finish_reason": "stop"}]}\n\n'
TEXT_AND_FINISH = b'data: {"choices": [{"delta": {"content": "Hello"}, "finish_reason": "stop"}]}\n\n'


@pytest.mark.parametrize(("pieces", "text"), [([FINISHED], ""), ([FINISHED, TEXT_AND_FINISH], "Hello")])
async def test_a_finish_reason_that_comes_before_the_text_does_not_end_it(
    llm: LLM, demo: DemoServer, pieces: list[bytes], text: str
) -> None:
    driven = demo.drive("m")
    async with asyncio.TaskGroup() as group:
        reply = group.create_task(failure_of(llm, at(demo)))
        provider = await driven.next_call()
        for piece in pieces:
            await provider.raw(piece)
        await provider.cut()
        shown, failed = await reply
    assert (shown, failed.message) == (text, "The connection was lost before the provider's answer was complete.")


def test_every_sign_of_life_gives_the_first_token_its_whole_time_again() -> None:
    said: list[str] = []

    async def wait() -> None:
        loop = asyncio.get_running_loop()
        over = loop.create_future()

        def time_out(sentence: str) -> None:
            said.append(sentence)
            over.set_result(loop.time())

        started_at = loop.time()
        watchdog = Watchdog(Timeouts(first_token_seconds=0.05), started_at, time_out)
        watchdog.waiting_since = started_at + 0.1  # a comment came then
        assert await over >= started_at + 0.15

    asyncio.run(wait())
    assert said == ["The provider sent no text within 0.05 seconds."]


@pytest.mark.parametrize("begins", [False, True])
async def test_cancelling_closes_the_upstream_connection(llm: LLM, demo: DemoServer, begins: bool) -> None:
    driven = demo.drive("m")
    first = asyncio.Event()

    async def consume() -> None:
        async with (await llm.client()).stream(at(demo), MESSAGES) as call:
            await call.read(each(lambda _: first.set()))

    task = asyncio.create_task(consume())
    provider = await driven.next_call()
    if begins:
        await provider.send("Hello")
        await first.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(1):
        await provider.disconnected()


async def test_leaving_early_closes_the_upstream_connection(llm: LLM, demo: DemoServer) -> None:
    driven = demo.drive("m")
    async with asyncio.TaskGroup() as group:
        entering = group.create_task(begun(llm, at(demo)))
        provider = await driven.next_call()
        await provider.send("Hello")
        stream, _ = await entering
        await stream.__aexit__(None, None, None)
        async with asyncio.timeout(1):
            await provider.disconnected()


async def test_fifty_replies_at_once_are_complete_and_in_order(llm: LLM, demo: DemoServer) -> None:
    for number in range(50):
        demo.script(f"m{number}", Script(chunks=[f"{number}:{part} " for part in range(40)]))
    replies = await asyncio.gather(*(reply_of(llm, at(demo, f"m{number}")) for number in range(50)))
    assert [text for text, _ in replies] == ["".join(f"{number}:{part} " for part in range(40)) for number in range(50)]
