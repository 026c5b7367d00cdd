"""A user with a chat, while either database is open."""

from collections.abc import AsyncIterator

import pytest

from gql_chat.chats.sessions import SessionDraft, create_session
from gql_chat.infra.db import model_modules, open_database
from tests.owners import Owner, new_user


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[Owner]:
    """Who files are uploaded by, and into what."""
    async with open_database(database_url, model_modules()):
        user_id = await new_user("ada")
        session = await create_session(user_id, SessionDraft())
        yield Owner(user_id, session.id)
