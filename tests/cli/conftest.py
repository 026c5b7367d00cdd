"""What tests of commands share."""

from collections.abc import AsyncIterator

import pytest

from tests.support.demo import DemoServer


@pytest.fixture
async def provider() -> AsyncIterator[DemoServer]:
    """Yield an OpenAI-compatible server that is no gql-chat."""
    async with DemoServer(pace_seconds=0) as running:
        yield running
