"""Measure how much a cache could save: the cost of the reads for every message, beside that of the whole message.

Compare within one run only, on SQLite and PostgreSQL: a message from the check of its token to its settled reply, the
four reads of it that a cache could answer, and one GET from Redis in their place.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import click
import uvloop

from bench.machine import Cores, describe
from bench.servers import run_model
from bench.tokens import Pace
from gql_chat.api.engine.context import Services
from gql_chat.chats.sessions import get_session
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.infra.redis.connections import RedisConnections, open_redis
from gql_chat.infra.telemetry.logging import configure_logging
from gql_chat.keys.keyring import list_keys
from gql_chat.server.services import open_services
from gql_chat.settings import load_settings
from gql_chat.users.accounts import find_default_persona
from gql_chat.users.models import User
from gql_chat.users.sign_ins import ClientInfo
from gql_chat.workflows.sending import Draft, send_message
from tests.support.backing_services.postgres import running_postgres
from tests.support.backing_services.valkey import running_valkey
from tests.support.stored.owners import new_user

REPLY = str(Pace(tokens=20))  # all at once, which is the cheapest reply
DELAY_MS = 1  # of each request, as between two machines of one network
CACHED_BYTES = 2_000  # of a session, some keys, a persona and a user


@dataclass(frozen=True, slots=True)
class Load:
    """The amount of load; the smoke test uses less."""

    rounds: int = 7
    messages: int = 40
    reads: int = 200


@dataclass
class Cost:
    """Cost of one thing in milliseconds, one for each round: the server's processor time, and elapsed time."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)


Costs = Mapping[str, Cost]


@click.command(help=__doc__)
@click.option("--rounds", type=click.IntRange(1), default=Load().rounds, show_default=True, help="Rounds.")
def main(rounds: int) -> None:
    """Run the benchmark and print its tables."""
    if sys.platform != "linux":
        raise click.ClickException("This benchmark needs Linux, because it chooses processors.")
    cores = Cores.chosen()
    os.sched_setaffinity(0, cores.server)
    configure_logging("WARNING", "json")
    click.echo(render(uvloop.run(measure(Load(rounds=rounds), cores))))


async def measure(load: Load, cores: Cores) -> Mapping[str, Costs]:
    """Return the costs by database."""
    costs = {}
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        port = await stack.enter_async_context(run_model(cores=cores.load, log=folder / "model.log"))
        postgres, valkey = stack.enter_context(running_postgres()), stack.enter_context(running_valkey())
        near = await stack.enter_async_context(open_redis(valkey.url, "bench:"))
        far_url = stack.enter_context(_delayed(valkey.url, cores.load))
        far = await stack.enter_async_context(open_redis(far_url, "bench:"))
        far_postgres = stack.enter_context(_delayed(f"{postgres.url}/postgres", cores.load))
        for name, url, redis in (
            ("SQLite", f"sqlite://{folder}/reads.db", near),
            ("PostgreSQL", f"{postgres.url}/postgres", near),
            (f"PostgreSQL and Redis, {DELAY_MS} ms away", far_postgres, far),
        ):
            await migrate(url, migrations_folder())
            costs[name] = await _measure_on(url, folder, port, redis, load)
    return costs


@contextmanager
def _delayed(url: str, cores: set[int]) -> Iterator[str]:
    """Run a proxy that delays each request, in a process on these processors, and yield the URL through it."""
    parts = urlsplit(url)
    command = [sys.executable, "-m", "bench.delays", str(parts.port), str(DELAY_MS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        os.sched_setaffinity(process.pid, cores)
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        yield urlunsplit(parts._replace(netloc=parts.netloc.replace(str(parts.port), port)))
        process.kill()


def render(costs: Mapping[str, Costs]) -> str:
    """Return the figures as a Markdown table."""
    lines = ["| ms of CPU (ms in all) | " + " | ".join(costs) + " |", "| --- |" + " ---: |" * len(costs)]
    for name in next(iter(costs.values())):
        cells = [f"{_median(one[name].cpu):.2f} ({_median(one[name].wall):.2f})" for one in costs.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    for title, of in (("CPU", lambda cost: cost.cpu), ("time", lambda cost: cost.wall)):
        cells = [f"{_share(one, of):.0%}" for one in costs.values()]
        lines.append(f"| most that any cache could save of a message's {title} | {' | '.join(cells)} |")
    return "\n".join(lines) + f"\n\nMedians of the rounds, in one process. {describe()}."


def _share(costs: Costs, of: Callable[[Cost], list[float]]) -> float:
    # Round by round, so that a disturbance affects both sides.
    pairs = zip(of(costs["the four reads"]), of(costs["a message"]), strict=True)
    return _median([reads / message for reads, message in pairs])


def _median(values: list[float]) -> float:
    return statistics.median(values)


async def _measure_on(url: str, folder: Path, port: int, redis: RedisConnections, load: Load) -> Costs:
    variables = {
        "DATA_DIR": str(folder),
        "DATABASE_URL": url,
        "SECRET_KEY": "s" * 40,
        "OPENAI_API_KEY": "sk-bench",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1",
        "OPENAI_MODEL": "bench",
        "SENDS_PER_MINUTE": "1000000",  # the limit is counted, and never met
    }
    settings = load_settings({f"GQL_CHAT_{name}": value for name, value in variables.items()})
    async with open_services(settings) as services:
        return await _measure_with(services, redis, load)


async def _measure_with(services: Services, redis: RedisConnections, load: Load) -> Costs:
    user_id, sign_ins = await new_user(f"ada{time.monotonic_ns()}"), services.sign_ins
    send = partial(
        send_message,
        starter=services.starter,
        upload_policy=services.files.policy.current,
        titles=services.titles,
    )
    token = (await sign_ins.open(await User.get(id=user_id), ClientInfo())).access_token
    session_id = (await send(user_id, Draft(REPLY))).session.id
    await redis.fast.run("SET", "cached", b"x" * CACHED_BYTES)

    async def message() -> None:
        viewer = await sign_ins.authenticate(token)
        exchange = await send(viewer.user_id, Draft(REPLY, session_id))
        await services.running.wait_for(viewer.user_id, exchange)

    async def reads() -> None:
        for read in parts.values():
            await read()

    parts: dict[str, Callable[[], Awaitable[object]]] = {
        "of them, the sign-in and the user": lambda: sign_ins.authenticate(token),
        "the session": lambda: get_session(user_id, session_id),
        "the keys": lambda: list_keys(user_id),
        "the default persona": lambda: find_default_persona(user_id),
    }
    things: dict[str, tuple[Callable[[], Awaitable[object]], int]] = {
        "a message": (message, load.messages),
        "the four reads": (reads, load.reads),
        **{name: (part, load.reads) for name, part in parts.items()},
        "one GET from Redis": (lambda: redis.fast.run("GET", "cached"), load.reads),
    }
    costs = {name: Cost() for name in things}
    await asyncio.sleep(1)  # for the first reply's end
    for _ in range(load.rounds):
        for name, (do, times) in things.items():
            await _note(costs[name], do, times)
    return costs


async def _note(cost: Cost, do: Callable[[], Awaitable[object]], times: int) -> None:
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(times):
        await do()
    cost.cpu.append((time.process_time() - cpu) * 1000 / times)
    cost.wall.append((time.perf_counter() - wall) * 1000 / times)


if __name__ == "__main__":
    main()
