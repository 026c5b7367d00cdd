"""Clients are sent to another server at a pace, and within a time."""

import asyncio

import pytest

from gql_chat.web.connections import open_connections
from gql_chat.web.connections.open_connections import in_turn


async def test_each_has_its_turn_and_none_before_it_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_connections, "MOVES_PER_SECOND", 100)
    now = asyncio.get_running_loop().time
    began_at = now()
    turns = [(item, now() - began_at) async for item in in_turn(range(10), within_seconds=60)]
    assert [item for item, _ in turns] == [*range(10)]
    assert all(round(seconds, 6) >= item / 100 for item, seconds in turns)  # uvloop's clock has whole milliseconds


@pytest.mark.parametrize("within_seconds", [0.0, 0.1])
async def test_many_have_their_turns_within_the_time(within_seconds: float) -> None:
    now = asyncio.get_running_loop().time
    began_at = now()
    turns = [item async for item in in_turn(range(10_000), within_seconds=within_seconds)]
    assert turns == [*range(10_000)]
    assert now() - began_at < 10_000 / open_connections.MOVES_PER_SECOND / 2  # at the pace alone it would be twice that


async def test_nobody_takes_no_time() -> None:
    assert [item async for item in in_turn(range(0), within_seconds=60)] == []
