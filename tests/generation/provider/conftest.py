"""The LLM client, and the server that it calls."""

from collections.abc import AsyncIterator

import pytest

from gql_chat.demo.server import DemoServer
from gql_chat.generation.provider.llm import LLM
from tests.generation.provider.llm_client import LOOPBACK


@pytest.fixture
async def demo() -> AsyncIterator[DemoServer]:
    async with DemoServer() as server:
        yield server


@pytest.fixture
async def llm() -> AsyncIterator[LLM]:
    async with LLM(allowed_networks=LOOPBACK) as client:
        yield client
