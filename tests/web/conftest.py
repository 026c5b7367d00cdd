"""The toy server, and a client to reach it by HTTP."""

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio

from tests.support.toy_server import ToyServer, run_toy_server


@pytest_asyncio.fixture
async def server() -> AsyncIterator[ToyServer]:
    async with run_toy_server() as running:
        yield running


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
