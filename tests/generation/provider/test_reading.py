"""The reading of a body: in the call that takes it from the socket, in its reader's context, and freed at its end."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from contextvars import ContextVar
from ipaddress import ip_network

import pytest

from gql_chat.demo.script import Script
from gql_chat.demo.server import DemoServer
from gql_chat.errors import ProviderFailed
from gql_chat.generation.provider.completion import Increment
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.generation.provider.llm import LLM
from gql_chat.generation.provider.timeouts import Timeouts

MESSAGES = [{"role": "user", "content": "Say hello."}]
READER: ContextVar[str] = ContextVar("READER")


@pytest.fixture
async def demo() -> AsyncIterator[DemoServer]:
    async with DemoServer() as server:
        yield server


@pytest.fixture
async def llm() -> AsyncIterator[LLM]:
    async with LLM(timeouts=Timeouts(total_seconds=30), allowed_networks=[ip_network("127.0.0.0/8")]) as client:
        yield client


@pytest.fixture
def without_gc() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def test_each_increment_is_taken_without_a_task_and_in_the_readers_context(llm: LLM, demo: DemoServer) -> None:
    driven = demo.drive("m")
    taken: asyncio.Queue[tuple[str, object, str]] = asyncio.Queue()

    def take(increment: Increment) -> bool:
        taken.put_nowait((increment.text, asyncio.current_task(), READER.get()))
        return True

    async def read(reader: str) -> None:
        READER.set(reader)
        async with llm.stream(Endpoint(demo.base_url, "key", "m"), MESSAGES) as call:
            await call.read(take)

    for reader in ("first", "second"):  # over the same connection
        reading = asyncio.create_task(read(reader))
        provider = await driven.next_call()
        await provider.send("Hello")
        assert (await taken.get())[::2] == ("Hello", reader)
        await provider.send(" world")
        assert await taken.get() == (" world", None, reader)
        await provider.finish()
        await reading


async def test_reading_ends_with_an_increment_that_is_enough(llm: LLM, demo: DemoServer) -> None:
    demo.script("m", Script(chunks=["Hello"] * 50))
    texts: list[str] = []

    def take(increment: Increment) -> bool:
        texts.append(increment.text)
        return False

    async with llm.stream(Endpoint(demo.base_url, "key", "m"), MESSAGES) as call:
        await call.read(take)
    assert len(texts) == 1


async def test_an_error_of_the_one_who_takes_ends_the_reading(llm: LLM, demo: DemoServer) -> None:
    def take(_: Increment) -> bool:
        raise LookupError

    demo.script("m", Script())
    with pytest.raises(LookupError):
        async with llm.stream(Endpoint(demo.base_url, "key", "m"), MESSAGES) as call:
            await call.read(take)


@pytest.mark.parametrize("script", [Script(), Script(cut_after=1), Script(garbage_after=1)])
async def test_a_call_is_freed_at_its_end(llm: LLM, demo: DemoServer, script: Script, without_gc: None) -> None:
    demo.script("m", script)

    async def read() -> "weakref.ref[object]":
        stream = llm.stream(Endpoint(demo.base_url, "key", "m"), MESSAGES)
        call = await stream.__aenter__()
        with suppress(ProviderFailed):
            await call.read(lambda _: True)
        await stream.__aexit__(None, None, None)
        return weakref.ref(call)

    reference = await read()
    await asyncio.sleep(0)  # the loop holds the failure until the step that it caused has ended
    assert reference() is None
