"""One cluster for all tests here, started when the first asks for it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.faults.cluster import Cluster, running_cluster


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def cluster() -> AsyncIterator[Cluster]:
    """Run two workers, which each fault leaves whole again."""
    async with running_cluster() as running:
        yield running
