"""What every broker keeps: from an offset, what is missing, then what follows, then the end."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from gql_chat.generation.broker import Broker, LocalBroker
from gql_chat.generation.growing import Delta, DeltaKind, GrowingReply, Position


@pytest.fixture(params=[LocalBroker])
def broker(request: pytest.FixtureRequest) -> Broker:
    made: Broker = request.param()
    return made


async def text_of(watch: AsyncGenerator[Delta, None]) -> str:
    return "".join([delta.text async for delta in watch if delta.kind is DeltaKind.TEXT])


async def test_a_watch_gives_what_is_missing_then_what_follows_then_ends(broker: Broker) -> None:
    reply = GrowingReply("msg_x")
    with broker.publish(reply):
        reply.append("one ")
        position = Position(text=2)
        watch = asyncio.create_task(text_of(broker.watch("msg_x", position)))
        await asyncio.sleep(0)
        reply.append("two ")
        await asyncio.sleep(0)
        reply.append("three")
    assert await watch == "e two three"
    assert position == Position(text=13)


async def test_every_watcher_gets_everything(broker: Broker) -> None:
    reply = GrowingReply("msg_x")
    with broker.publish(reply):
        watches = [asyncio.create_task(text_of(broker.watch("msg_x", Position()))) for _ in range(20)]
        for number in range(50):
            reply.append(f"{number} ")
            await asyncio.sleep(0)
    expected = "".join(f"{number} " for number in range(50))
    assert await asyncio.gather(*watches) == [expected] * 20


async def test_a_reply_that_nobody_writes_ends_at_once(broker: Broker) -> None:
    assert await text_of(broker.watch("msg_x", Position())) == ""
    reply = GrowingReply("msg_x")
    with broker.publish(reply):
        reply.append("over")
    assert await text_of(broker.watch("msg_x", Position())) == ""


async def test_a_watcher_may_leave_and_come_back_where_it_was(broker: Broker) -> None:
    reply = GrowingReply("msg_x")
    with broker.publish(reply):
        reply.append("one")
        position = Position()
        watch = broker.watch("msg_x", position)
        assert (await anext(watch)).text == "one"
        await watch.aclose()
        reply.append(" two")
        again = asyncio.create_task(text_of(broker.watch("msg_x", position)))
        await asyncio.sleep(0)
    assert await again == " two"


async def test_replies_do_not_mix(broker: Broker) -> None:
    first, second = GrowingReply("msg_1"), GrowingReply("msg_2")
    with broker.publish(first), broker.publish(second):
        watches = [asyncio.create_task(text_of(broker.watch(f"msg_{number}", Position()))) for number in (1, 2)]
        await asyncio.sleep(0)
        first.append("first")
        second.append("second")
    assert await asyncio.gather(*watches) == ["first", "second"]
