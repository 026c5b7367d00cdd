"""The baseline: the obvious Strawberry server, whose subscription iterates the SDK's stream and yields each token.

python -m bench.peers.naive PORT MODEL_URL DATABASE
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import strawberry
import uvicorn
from openai import AsyncOpenAI
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL
from tortoise import Tortoise, fields
from tortoise.models import Model

from bench.peers.clients import LISTED, LISTED_TEXT

PORT, MODEL_URL, DATABASE = sys.argv[1:]
client = AsyncOpenAI(base_url=MODEL_URL, api_key="any")


class SessionRow(Model):
    """A chat."""

    id = fields.UUIDField(primary_key=True)
    title = fields.CharField(200)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)


class MessageRow(Model):
    """A message of a chat."""

    id = fields.UUIDField(primary_key=True)
    session: fields.ForeignKeyRelation[SessionRow] = fields.ForeignKeyField("models.SessionRow", "messages")
    role = fields.CharField(16)
    content = fields.TextField()
    created_at = fields.DatetimeField(auto_now_add=True)


@strawberry.type
class Message:
    """The type for clients."""

    id: strawberry.ID
    role: str
    content: str
    created_at: datetime


@strawberry.type
class Session:
    """The type for clients."""

    id: strawberry.ID
    title: str
    created_at: datetime
    updated_at: datetime


@strawberry.type
class Query:
    """Queries of lists."""

    @strawberry.field
    async def sessions(self, first: int) -> list[Session]:
        rows = await SessionRow.all().order_by("-updated_at").limit(first)
        return [
            Session(
                id=strawberry.ID(str(row.id)), title=row.title, created_at=row.created_at, updated_at=row.updated_at
            )
            for row in rows
        ]

    @strawberry.field
    async def messages(self, session_id: strawberry.ID, first: int) -> list[Message]:
        rows = await MessageRow.filter(session_id=UUID(session_id)).order_by("created_at").limit(first)
        return [
            Message(id=strawberry.ID(str(row.id)), role=row.role, content=row.content, created_at=row.created_at)
            for row in rows
        ]


@strawberry.type
class Subscription:
    """The subscription that writes a reply."""

    @strawberry.subscription
    async def chat(self, session_id: strawberry.ID, text: str) -> AsyncGenerator[str, None]:
        await MessageRow.create(session_id=UUID(session_id), role="user", content=text)
        stream = await client.chat.completions.create(
            model="any",
            messages=[{"role": "user", "content": text}],
            stream=True,
            stream_options={"include_usage": True},
        )
        content = ""
        async for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                content += chunk.choices[0].delta.content
                yield chunk.choices[0].delta.content
        await MessageRow.create(session_id=UUID(session_id), role="assistant", content=content)

    @strawberry.subscription
    async def message_added(self, session_id: strawberry.ID) -> AsyncGenerator[Message, None]:
        queue: asyncio.Queue[Message] = asyncio.Queue()
        while True:
            yield await queue.get()


async def _fill() -> None:
    for number in range(LISTED):
        session = await SessionRow.create(id=UUID(int=number), title=f"Chat number {number}")
        roles = ["user", "assistant"] * (LISTED // 2)
        await MessageRow.bulk_create([MessageRow(session=session, role=role, content=LISTED_TEXT) for role in roles])


@asynccontextmanager
async def _lifespan(_app: Starlette) -> AsyncIterator[None]:
    await Tortoise.init(db_url=f"sqlite://{DATABASE}", modules={"models": [__name__]}, _enable_global_fallback=True)
    await Tortoise.generate_schemas()
    await _fill()
    yield
    await Tortoise.close_connections()


endpoint: GraphQL[None, None] = GraphQL(strawberry.Schema(Query, subscription=Subscription))
app = Starlette(routes=[Route("/graphql", endpoint), WebSocketRoute("/graphql", endpoint)], lifespan=_lifespan)

if __name__ == "__main__":
    uvicorn.run(app, port=int(PORT), log_level="warning")
