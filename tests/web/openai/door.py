"""The door for OpenAI clients as its users have it: a token as the API key, and the ledger to look into."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from openai import AsyncOpenAI

from gql_chat.usage.models import Call, OpenCall
from tests.support.chat import Chat
from tests.support.client import Client

CREATE_TOKEN = """mutation ($scopes: [Scope!]!) {
    createAccessToken(input: {name: "a script", scopes: $scopes}) { token accessToken { id } } }"""
CREATE_KEY = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"

HELLO: Any = [{"role": "user", "content": "echo hello world"}]


async def create_token(client: Client, *scopes: str) -> str:
    """Create a token of these scopes, of COMPLETIONS alone by default."""
    created = await client.run(CREATE_TOKEN, scopes=list(scopes or ("COMPLETIONS",)))
    token: str = created["createAccessToken"]["token"]
    return token


async def create_key(client: Client, name: str, base_url: str, **more: Any) -> str:
    """Create a key of the user's own and return its id."""
    fields = {"name": name, "secret": "sk-of-the-user-0123", "model": "demo", "baseUrl": base_url, **more}
    key_id: str = (await client.run(CREATE_KEY, input=fields))["createKey"]["id"]
    return key_id


@asynccontextmanager
async def openai_client(chat: Chat, token: str) -> AsyncIterator[AsyncOpenAI]:
    """Open OpenAI's own client with this token. It repeats nothing."""
    async with AsyncOpenAI(api_key=token, base_url=f"{chat.origin}/v1", max_retries=0) as client:
        yield client


async def settled_calls() -> list[Call]:
    """Return the ledger, oldest first, once no call is under way."""
    async with asyncio.timeout(60):
        while await OpenCall.exists():
            await asyncio.sleep(0.01)  # a call is closed after its client has the answer, or has gone
    return await Call.all().order_by("created_at", "id")


async def text_of(stream: Any) -> str:
    """Read a stream to its end."""
    return "".join([choice.delta.content or "" async for chunk in stream for choice in chunk.choices])
