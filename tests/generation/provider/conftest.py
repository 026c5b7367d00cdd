"""The LLM client, and the server that it calls."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import uvloop

from gql_chat.generation.provider.endpoint import Reach
from gql_chat.generation.provider.llm import LLM
from tests.generation.provider.llm_client import LOOPBACK


@pytest.fixture
async def llm() -> AsyncIterator[LLM]:
    async with LLM(reach=Reach(LOOPBACK)) as client:
        yield client


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run tests of time limits on either loop, because uvloop, on which servers run, has its own order of events."""
    factories: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    if item.path.stem == "test_llm_timeouts":
        factories["uvloop"] = uvloop.new_event_loop
    return factories
