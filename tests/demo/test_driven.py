"""Calls that the test answers by hand."""

import asyncio

import aiohttp
import pytest

from tests.demo.conftest import Client, parse
from tests.support.demo import DemoServer
from tests.support.demo import driven as driven_module


async def test_nothing_reaches_the_client_before_the_first_step(server: DemoServer, client: Client) -> None:
    driven = server.drive("m")
    pending = asyncio.ensure_future(client.body("m"))
    call = await driven.next_call()
    assert call.body["model"] == "m"
    assert call.headers["content-type"] == "application/json"
    assert not pending.done()
    await call.finish()
    assert parse(await pending)[-1] == "[DONE]"


async def test_texts_sent_together_arrive_together(server: DemoServer, client: Client) -> None:
    driven = server.drive("m")
    pending = asyncio.ensure_future(client.post("m", stream=True))
    call = await driven.next_call()
    await call.send("a", "b", reasoning="r")
    async with await pending as response:
        first = parse((await response.content.readchunk())[0])
        assert [chunk["choices"][0]["delta"] for chunk in first] == [
            {"role": "assistant", "content": ""},
            {"reasoning_content": "r"},
            {"content": "a"},
            {"content": "b"},
        ]
        await call.send("c")
        [third] = parse((await response.content.readchunk())[0])
        assert third["choices"][0]["delta"] == {"content": "c"}
        await call.finish("length", usage={"total_tokens": 7})
        last, done = parse(await response.read())
    assert (last["choices"][0]["finish_reason"], last["usage"], done) == ("length", {"total_tokens": 7}, "[DONE]")


async def test_several_calls_queue_in_their_order(server: DemoServer, client: Client) -> None:
    driven = server.drive("m")
    first_pending = asyncio.ensure_future(client.answer("m", user="first"))
    first = await driven.next_call()
    second_pending = asyncio.ensure_future(client.answer("m", user="second"))
    second = await driven.next_call()
    assert (first.body["user"], second.body["user"]) == ("first", "second")
    await second.send("2")
    await first.send("1")
    await second.finish()
    await first.finish(usage={"total_tokens": 3})
    first_answer, second_answer = (await first_pending)[1], (await second_pending)[1]
    assert (first_answer["choices"][0]["message"]["content"], first_answer["usage"]) == ("1", {"total_tokens": 3})
    assert second_answer["choices"][0]["message"]["content"] == "2"
    assert "usage" not in second_answer


async def test_an_error_inside_the_stream(server: DemoServer, client: Client) -> None:
    driven = server.drive("m")
    pending = asyncio.ensure_future(client.chunks("m"))
    call = await driven.next_call()
    await call.send("a")
    await call.fail({"message": "Boom", "code": "overloaded"})
    assert (await pending)[-1] == {"error": {"message": "Boom", "code": "overloaded"}}


async def test_raw_bytes_are_the_whole_body(server: DemoServer, client: Client) -> None:
    driven = server.drive("m")
    pending = asyncio.ensure_future(client.body("m"))
    call = await driven.next_call()
    await call.raw(b"data: nons")
    await call.raw(b"ense\n\n")
    await call.end()
    assert await pending == b"data: nonsense\n\n"


async def test_a_cut_loses_the_connection(server: DemoServer, client: Client) -> None:
    driven = server.drive("m")
    pending = asyncio.ensure_future(client.body("m"))
    call = await driven.next_call()
    await call.send("a")
    await call.cut()
    with pytest.raises(aiohttp.ClientPayloadError):
        await pending
    await call.disconnected()


@pytest.mark.parametrize("begun", [True, False])
async def test_it_sees_the_client_leave(server: DemoServer, client: Client, begun: bool) -> None:
    driven = server.drive("m")
    pending = asyncio.ensure_future(client.post("m", stream=True))
    call = await driven.next_call()
    leaving = asyncio.ensure_future(call.disconnected())
    if begun:
        await call.send("a")
        response = await pending
        assert not leaving.done()
        response.close()
    else:
        pending.cancel()
    async with asyncio.timeout(5):
        await leaving
    with pytest.raises(ConnectionError):
        await call.send("too late")


async def test_a_client_that_stays_is_not_waited_for_without_end(
    server: DemoServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driven_module, "DISCONNECT_SECONDS", 0.01)
    driven = server.drive("m")
    pending = asyncio.ensure_future(client.body("m"))
    call = await driven.next_call()
    with pytest.raises(TimeoutError):
        await call.disconnected()
    await call.finish()
    await pending
