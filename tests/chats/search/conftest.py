"""An owner of messages to search for, on both databases, and the ways to search them."""

from collections.abc import AsyncIterator

import pytest

from gql_chat.chats import search_on_postgres, search_on_sqlite
from gql_chat.infra.db.opening import model_modules, open_database
from tests.support.stored.owners import Owner
from tests.support.stored.searching import ask_the_index, check_index, new_owner, search_from_the_newest


@pytest.fixture
async def ada(database_url: str) -> AsyncIterator[Owner]:
    """Yield a user with a session, while either database is open."""
    async with open_database(database_url, model_modules()):
        yield await new_owner("ada")
        await check_index()


@pytest.fixture(params=["by any way", "by the index", "from the newest"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the few texts of a test be searched by reading them, or by the index, as many texts are."""
    if request.param == "by the index":
        ask_the_index(monkeypatch)
        monkeypatch.setattr(search_on_postgres, "ASKED_PAIRS", 2)
        monkeypatch.setattr(search_on_sqlite, "FEW_TRIGRAMS", 1)
    if request.param == "from the newest":
        search_from_the_newest(monkeypatch)
