"""A small schema in the shape of ours, with a view of its server, for tests of the engine and the transports."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, cast

import strawberry

from gql_chat.api.engine.context import Context, Info, MakeContext, Services
from gql_chat.errors import Conflict, ConflictReason, NotFound, TokenExpired, Unauthenticated
from gql_chat.infra.signals import NoSignals
from gql_chat.infra.telemetry.request_context import RequestInfo
from gql_chat.users.credentials import find_ended
from gql_chat.users.models import UserRole
from gql_chat.users.sign_outs import SignOuts
from gql_chat.users.viewer import Viewer

GOOD_TOKEN = "Bearer good"
EXPIRED_TOKEN = "Bearer expired"
CANCELLED_TOKEN = "Bearer whose look-up another task cancels"
BROKEN_TOKEN = "Bearer that the database cannot be asked about"
VIEWER = Viewer("usr_ada", UserRole.USER, "tok_ada", datetime.max.replace(tzinfo=UTC))
TEXT = "Grüße, 世界! 👩‍🚀 said “hi”\n" * 8


@dataclass
class Toy:
    """The view that tests have of the server's side."""

    open_sources: int = 0
    closed_sources: int = 0
    mutations: list[str] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    events_sent: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    sign_outs: SignOuts = field(default_factory=lambda: SignOuts(find_ended, NoSignals()))

    async def note_change(self) -> None:
        async with self.changed:
            self.changed.notify_all()


async def cancelled_elsewhere() -> str:
    """Await what another task has cancelled."""
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    return cast(str, await future)


def toy_of(info: Info) -> Toy:
    return cast(Toy, info.context.services)


@strawberry.enum
class DeltaKind(StrEnum):
    TEXT = "text"
    REASONING = "reasoning"


@strawberry.type
class ReplyDelta:
    kind: DeltaKind
    offset: int
    text: str
    score: float | None = None
    final: bool = False
    id: strawberry.ID | None = None
    at: datetime = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)

    @strawberry.field
    def shouted(self) -> str:
        return self.text.upper()


@strawberry.type
class Message:
    id: strawberry.ID
    text: str

    @strawberry.field
    async def slow_text(self) -> str:
        await asyncio.sleep(0)
        return self.text


@strawberry.type
class ReplyFinished:
    message: Message


ReplyEvent = Annotated[ReplyDelta | ReplyFinished, strawberry.union("ReplyEvent")]


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"Hello, {name}!"

    @strawberry.field
    def me(self, info: Info) -> str:
        return info.context.user_id

    @strawberry.field
    def request_id(self, info: Info) -> str:
        return info.context.request.request_id

    @strawberry.field
    def conflict(self) -> str | None:
        raise Conflict(
            "The branch has grown.", reason=ConflictReason.BRANCH_GREW, field="input.parentId", head_id="msg_1"
        )

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("the password is hunter2")

    @strawberry.field
    async def cancelled(self) -> str | None:
        return await cancelled_elsewhere()

    @strawberry.field
    def twice(self, number: int) -> int:
        return number * 2

    @strawberry.field
    def items(self, first: int = 10) -> list[Message]:
        return [Message(id=strawberry.ID(str(number)), text="x") for number in range(first)]

    @strawberry.field
    def unserializable(self) -> int:
        return 2**40


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def cancelled(self) -> str | None:
        return await cancelled_elsewhere()

    @strawberry.mutation
    async def remember(self, info: Info, text: str) -> str:
        """Wait for the toy's gate, so that a test can leave in the middle."""
        toy = toy_of(info)
        toy.mutations.append(f"begun {text}")
        await toy.note_change()
        await toy.gate.wait()
        toy.mutations.append(f"done {text}")
        await toy.note_change()
        return text


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def reply(self, info: Info, offset: int = 0) -> AsyncGenerator[ReplyEvent, None]:
        """Yield TEXT in deltas of three UTF-16 code units or more, from the offset on."""
        toy = toy_of(info)
        toy.open_sources += 1
        try:
            position = 0
            for start in range(0, len(TEXT), 3):
                piece = TEXT[start : start + 3]
                if position >= offset:
                    yield ReplyDelta(kind=DeltaKind.TEXT, offset=position, text=piece)
                    toy.events_sent += 1
                    await asyncio.sleep(0)
                position += len(piece.encode("utf-16-le")) // 2
            yield ReplyFinished(message=Message(id=strawberry.ID("msg_1"), text=TEXT))
        finally:
            toy.open_sources -= 1
            toy.closed_sources += 1
            await toy.note_change()

    @strawberry.subscription
    async def forever(self, info: Info, size: int = 1) -> AsyncGenerator[ReplyEvent, None]:
        """Yield without end and without waiting: only the transport can hold this source back."""
        toy = toy_of(info)
        toy.open_sources += 1
        try:
            while True:
                toy.events_sent += 1
                yield ReplyDelta(kind=DeltaKind.TEXT, offset=0, text="x" * size)
        finally:
            toy.open_sources -= 1
            toy.closed_sources += 1
            await toy.note_change()

    @strawberry.subscription
    async def silent(self, info: Info) -> AsyncGenerator[int, None]:
        toy = toy_of(info)
        toy.open_sources += 1
        try:
            await toy.note_change()
            await toy.gate.wait()
            yield 1
        finally:
            toy.open_sources -= 1
            toy.closed_sources += 1
            await toy.note_change()

    @strawberry.subscription
    async def failing(self, after: int, expected: bool = False) -> AsyncGenerator[int, None]:
        for number in range(after):
            yield number
        raise TokenExpired if expected else RuntimeError("the password is hunter2")

    @strawberry.subscription
    async def cancelled(self, after: int) -> AsyncGenerator[int, None]:
        for number in range(after):
            yield number
        await cancelled_elsewhere()

    @strawberry.subscription
    async def missing(self) -> AsyncGenerator[int, None]:
        for _ in ():
            yield 0
        raise NotFound("There is no such message.")


schema = strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription, types=[ReplyDelta, ReplyFinished])


def make_context_of(toy: Toy) -> MakeContext:
    async def make_context(authorization: str | None, request: RequestInfo) -> Context:
        context = Context(cast(Services, toy), request)
        if authorization == GOOD_TOKEN:
            context.viewer = VIEWER
        elif authorization == EXPIRED_TOKEN:
            context.auth_error = TokenExpired()
        elif authorization == BROKEN_TOKEN:
            raise ConnectionError("the password is hunter2")
        elif authorization == CANCELLED_TOKEN:
            await cancelled_elsewhere()
        elif authorization is not None:
            context.auth_error = Unauthenticated("The token is not valid.")
        return context

    return make_context


async def wait_until(toy: Toy, condition: Callable[[], bool]) -> None:
    async with toy.changed:
        await asyncio.wait_for(toy.changed.wait_for(condition), 10)
