"""Large queries take turns and long ones go on in slices, so that small ones are answered in between."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
import strawberry
from msgspec.structs import replace

from gql_chat.api.engine.budgets import Budget, BudgetPolicy, Budgets
from gql_chat.api.engine.context import Context, Info, Services
from gql_chat.api.engine.execution import Engine
from gql_chat.api.engine.fields.costs import costs
from gql_chat.api.engine.metering import SLICE_SECONDS
from gql_chat.api.engine.turns import LARGE_COST, QUEUE_LIMITS
from gql_chat.errors import RateLimited
from gql_chat.infra.telemetry.request_context import RequestInfo
from tests.support.toy import VIEWER

FIELD_SECONDS = SLICE_SECONDS / 4
BOB = replace(VIEWER, user_id="usr_bob", credential_id="tok_bob")


@dataclass
class Server:
    """Holds each large query at a gate until a test opens it."""

    gates: list[asyncio.Event] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    running: int = 0
    most_running: int = 0
    burnt: list[str] = field(default_factory=list)
    all_burn: asyncio.Event = field(default_factory=asyncio.Event)

    async def hold(self, name: str) -> str:
        self.started.append(name)
        self.gates.append(asyncio.Event())
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await self.gates[-1].wait()
        finally:
            self.running -= 1
        return name


def server_of(info: Info) -> Server:
    return cast(Server, info.context.services)


@strawberry.type
class Query:
    @strawberry.field(metadata=costs(LARGE_COST))
    async def large(self, info: Info, name: str) -> str:
        return await server_of(info).hold(name)

    @strawberry.field(metadata=costs(LARGE_COST))
    async def search(self, info: Info, name: str) -> str:
        return await server_of(info).hold(name)

    @strawberry.field
    async def small(self) -> str:
        await asyncio.sleep(0)
        return "small"

    @strawberry.field
    async def burn(self, info: Info, name: str = "") -> str:
        """Wait with all others of the query, then use CPU time."""
        await server_of(info).all_burn.wait()
        server_of(info).burnt.append(name)
        end = time.thread_time() + FIELD_SECONDS
        while time.thread_time() < end:
            pass
        return name


@strawberry.type
class Mutation:
    @strawberry.mutation(metadata=costs(LARGE_COST))
    async def large(self, info: Info, name: str) -> str:
        return await server_of(info).hold(name)


PLENTY = Budget(10**6, 10**9, 10**9)
SCHEMA = strawberry.Schema(query=Query, mutation=Mutation)


def build_engine() -> Engine:
    return Engine(SCHEMA, budgets=Budgets(BudgetPolicy(PLENTY, PLENTY, PLENTY)))


async def run(engine: Engine, server: Server, query: str, viewer: Any = VIEWER) -> dict[str, Any]:
    context = Context(cast(Services, server), RequestInfo("192.0.2.1", "pytest", "req-1"), viewer)
    async with asyncio.timeout(10):
        return (await engine.execute(engine.admission.check({"query": query}), context))["data"]  # type: ignore[no-any-return]


def start(engine: Engine, server: Server, query: str, viewer: Any = VIEWER) -> "asyncio.Task[dict[str, Any]]":
    return asyncio.create_task(run(engine, server, query, viewer))


async def settle() -> None:
    """Let all tasks run until each of them waits for something."""
    for _ in range(30):
        await asyncio.sleep(0)


async def test_a_user_has_one_large_query_at_a_time_and_others_do_not_wait_for_the_rest() -> None:
    engine, server = build_engine(), Server()
    of_ada = [start(engine, server, f'{{ large(name: "ada {number}") }}') for number in range(3)]
    of_bob = start(engine, server, '{ large(name: "bob") }', BOB)
    await settle()
    assert server.started == ["ada 0", "bob"]
    assert await run(engine, server, "{ small }") == {"small": "small"}
    server.gates[0].set()
    await settle()
    assert server.started == ["ada 0", "bob", "ada 1"]
    for number in (1, 2, 3):
        server.gates[number].set()
        await settle()
    assert await asyncio.gather(*of_ada) == [{"large": f"ada {number}"} for number in range(3)]
    assert await of_bob == {"large": "bob"}


async def test_a_worker_builds_a_bounded_number_of_large_answers_at_once() -> None:
    engine, server = build_engine(), Server()
    count = QUEUE_LIMITS.at_once + 3
    users = [replace(VIEWER, user_id=f"usr_{number}", credential_id=f"tok_{number}") for number in range(count)]
    tasks = [start(engine, server, '{ large(name: "any") }', user) for user in users]
    for opened in range(count):
        await settle()
        server.gates[opened].set()
    assert await asyncio.gather(*tasks) == [{"large": "any"}] * count
    assert server.most_running == QUEUE_LIMITS.at_once


async def test_too_many_large_queries_of_one_user_are_refused_and_leave_no_trace() -> None:
    engine, server = build_engine(), Server()
    tasks = [start(engine, server, '{ large(name: "any") }') for _ in range(1 + QUEUE_LIMITS.waiting_per_owner)]
    await settle()
    with pytest.raises(RateLimited):
        await run(engine, server, '{ large(name: "one too many") }')
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    following = start(engine, server, '{ large(name: "next") }')
    await settle()
    assert server.started == ["any", "next"]
    server.gates[-1].set()
    await following


@pytest.mark.parametrize("query", ['{ search(name: "x") }', 'mutation { large(name: "x") }'])
async def test_what_waits_elsewhere_takes_no_turn(query: str) -> None:
    engine, server = build_engine(), Server()
    tasks = [start(engine, server, query) for _ in range(2)]
    await settle()
    assert len(server.started) == 2
    for gate in server.gates:
        gate.set()
    await asyncio.gather(*tasks)


async def test_the_loop_goes_on_between_the_fields_of_a_long_query() -> None:
    engine, server = build_engine(), Server()
    fields = " ".join(f'f{number}: burn(name: "{number}")' for number in range(40))
    burning = start(engine, server, f"{{ {fields} }}")
    await settle()
    burnt_in_each_turn: list[int] = []
    server.all_burn.set()
    while not burning.done():
        before = len(server.burnt)
        await asyncio.sleep(0)
        burnt_in_each_turn.append(len(server.burnt) - before)
    assert await burning == {f"f{number}": str(number) for number in range(40)}
    assert server.burnt == [str(number) for number in range(40)]
    # A first slice before the query counts as long, and then one in each turn of the loop.
    assert max(burnt_in_each_turn) <= 2 * SLICE_SECONDS / FIELD_SECONDS


async def test_a_small_query_does_not_wait_for_the_fields_of_long_ones() -> None:
    engine, server = build_engine(), Server()
    fields = " ".join(f'f{number}: burn(name: "{number}")' for number in range(40))
    burning = [start(engine, server, f"{{ {fields} }}") for _ in range(3)]
    await settle()
    server.all_burn.set()
    asking = start(engine, server, "{ small }", BOB)
    await asking
    assert len(server.burnt) < 60
    await asyncio.gather(*burning)


async def test_a_long_query_can_be_cancelled_between_its_fields() -> None:
    engine, server = build_engine(), Server()
    fields = " ".join(f'f{number}: burn(name: "{number}")' for number in range(40))
    burning = start(engine, server, f"{{ {fields} }}")
    await settle()
    server.all_burn.set()
    while len(server.burnt) < 10:
        await asyncio.sleep(0)
    burning.cancel()
    with pytest.raises(asyncio.CancelledError):
        await burning
    await settle()
    assert len(server.burnt) < 40
