"""What the bounds cost on an honest message: the CPU time of a send and its watched reply, with them and without.

Two servers on one core, of which one has `GQL_CHAT_RATE_LIMITS=off`, take turns of some messages. The other's settings
are so large that every limit is counted and none is met.
"""

import os
import statistics
import sys
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import click
import uvloop

from bench.abuse.accounts import register
from bench.connections import Socket
from bench.machine import Cores, describe
from bench.peers.clients import GqlChat
from bench.servers import run_model, run_server
from bench.tokens import Pace, Transcript
from tests.support.backing_services.ports import free_port

ON = {"GQL_CHAT_RATE_LIMITS": "on"} | {
    f"GQL_CHAT_{name}": "1000000000"
    for name in (
        *("OPERATIONS_PER_MINUTE_PER_USER", "CPU_MS_PER_MINUTE_PER_USER", "COST_PER_MINUTE_PER_USER"),
        *("OPERATIONS_PER_MINUTE_PER_ADDRESS", "CPU_MS_PER_MINUTE_PER_ADDRESS", "COST_PER_MINUTE_PER_ADDRESS"),
        "SENDS_PER_MINUTE",
    )
}
OFF = {"GQL_CHAT_RATE_LIMITS": "off"}


@dataclass(frozen=True)
class Server:
    """A running server, and an honest user's socket to it."""

    pid: int
    peer: GqlChat
    socket: Socket

    async def cpu_ms_per_message(self, messages: int) -> float:
        """Send messages one after the other, each with a reply of 20 tokens."""
        before = cpu_ns(self.pid)
        for _ in range(messages):
            await self.peer.ask(self.socket, Transcript(Pace(tokens=20)))
        return (cpu_ns(self.pid) - before) / messages / 1e6


@click.command(help=__doc__)
@click.option("--rounds", type=click.IntRange(2), default=30, show_default=True, help="Turns of each server.")
@click.option("--messages", type=click.IntRange(1), default=40, show_default=True, help="Messages in each turn.")
def main(rounds: int, messages: int) -> None:
    """Measure and print the ratio."""
    if sys.platform != "linux":
        raise click.ClickException("This needs Linux, because it reads the CPU time from /proc.")
    click.echo(render(uvloop.run(measure(rounds, messages))))


async def measure(rounds: int, messages: int) -> list[tuple[float, float]]:
    """Return the CPU milliseconds per message of each round: with the bounds, and without."""
    cores = Cores.chosen()
    os.sched_setaffinity(0, cores.load)
    async with AsyncExitStack() as stack:
        log = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="message-cost-"))) / "model.log"
        model_port = await stack.enter_async_context(run_model(cores=cores.load, log=log))
        servers = [await _start(stack, model_port, cores.server, variables) for variables in (ON, OFF)]
        for server in servers:  # until caches are warm
            await server.cpu_ms_per_message(messages)
        pairs = []
        for number in range(rounds):
            order = servers if number % 2 == 0 else servers[::-1]
            costs = [await server.cpu_ms_per_message(messages) for server in order]
            pairs.append((costs[0], costs[1]) if number % 2 == 0 else (costs[1], costs[0]))
        return pairs


def render(pairs: list[tuple[float, float]]) -> str:
    """Return the ratio of the rounds' costs and its noise in a sentence."""
    ratios = [with_bounds / without for with_bounds, without in pairs]
    low, _, high = statistics.quantiles(ratios, n=4)
    error = 1.25 * statistics.stdev(ratios) / len(ratios) ** 0.5  # of a median of normally distributed values
    with_bounds, without = (statistics.median(costs) for costs in zip(*pairs, strict=True))
    return (
        f"A message and its reply cost {with_bounds:.2f} ms of CPU with the bounds and {without:.2f} ms without: a "
        f"ratio of {statistics.median(ratios):.3f} ± {error:.3f} (median of {len(ratios)} interleaved rounds and its "
        f"standard error; half of the rounds are between {low:.3f} and {high:.3f}). {describe()}."
    )


def cpu_ns(pid: int) -> int:
    """Return the CPU time of all threads of a process, in nanoseconds."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks)


async def _start(stack: AsyncExitStack, model_port: int, cores: set[int], variables: dict[str, str]) -> Server:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="message-cost-")))
    peer, port = GqlChat(), free_port()
    command, settings = peer.command(port, model_port, folder)
    server = run_server(command, settings | variables, port=port, cores=cores, log=folder / "server.log")
    pid = await stack.enter_async_context(server)
    async with aiohttp.ClientSession() as http:
        token = await register(http, f"http://127.0.0.1:{port}")
    return Server(pid, peer, await Socket.open(port, token))


if __name__ == "__main__":
    main()
