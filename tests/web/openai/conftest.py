"""OpenAI's own client at the door."""

from collections.abc import AsyncIterator

import pytest
from openai import AsyncOpenAI

from tests.support.chat import Chat
from tests.support.client import Client
from tests.web.openai.door import create_token, openai_client


@pytest.fixture
async def door(chat: Chat, ada: Client) -> AsyncIterator[AsyncOpenAI]:
    """Return Ada's client with a token of the scope."""
    async with openai_client(chat, await create_token(ada)) as client:
        yield client
