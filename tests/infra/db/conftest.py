"""An open database: one of each kind in turn, or SQLite."""

from collections.abc import AsyncIterator

import pytest

from gql_chat.infra.db.opening import model_modules, open_database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[None]:
    async with open_database(database_url, model_modules(), pool_size=3):
        yield


@pytest.fixture
async def sqlite_database(sqlite_url: str) -> AsyncIterator[None]:
    async with open_database(sqlite_url, model_modules()):
        yield
