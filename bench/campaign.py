"""A campaign: all servers, run after run, interleaved so that the machine's noise affects all of them alike."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.machine import Cores, Meter
from bench.peers.clients import GqlChat, Naive, OpenAIDoor, Peer, Raw, Yoga
from bench.scenarios import SCENARIOS, Figures, Load, Server, warm_up
from bench.servers import run_model, run_server
from tests.support.backing_services.ports import free_port

PEERS: dict[str, type[Peer]] = {peer.name: peer for peer in (GqlChat, Yoga, Naive, Raw)}

DOORS: dict[str, type[Peer]] = {OpenAIDoor.name: OpenAIDoor}
"""Those that have no column in the tables."""


@dataclass
class Results:
    """Figures by (scenario, figure) and server, one for each run, and the cores that other processes kept busy."""

    figures: dict[tuple[str, str], dict[str, list[float]]] = field(default_factory=dict)
    other_cores: list[float] = field(default_factory=list)

    def add(self, scenario: str, peer: str, figures: Figures) -> None:
        """Add the figures of one run."""
        for name, value in figures.items():
            self.figures.setdefault((scenario, name), {}).setdefault(peer, []).append(value)


@dataclass(frozen=True, slots=True)
class Campaign:
    """The servers and scenarios to measure."""

    peers: Sequence[str]
    scenarios: Sequence[str]
    runs: int
    load: Load
    cores: Cores

    async def run(self, notify: Callable[[str], object]) -> Results:
        """Measure, and report progress to `notify`. Raise DidNotStart, OperationFailed and NotWhole."""
        results = Results()
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            async with run_model(cores=self.cores.load, log=Path(folder, "model.log")) as model_port:
                for run in range(self.runs):
                    for name in self.peers:
                        notify(f"run {run + 1} of {self.runs}: {name}")
                        await self._measure((PEERS | DOORS)[name](), model_port, results)
        return results

    async def _measure(self, peer: Peer, model_port: int, results: Results) -> None:
        port = free_port()
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            folder = Path(name)
            command, variables = peer.command(port, model_port, folder)
            log = folder / "server.log"
            async with run_server(command, variables, port=port, cores=self.cores.server, log=log) as pid:
                await peer.prepare(port)
                await self._measure_server(Server(peer, pid), results)

    async def _measure_server(self, server: Server, results: Results) -> None:
        await warm_up(server, self.load)
        for scenario in self.scenarios:
            meter = Meter(server.pid)
            figures = await SCENARIOS[scenario](server, self.load)
            if figures:
                results.add(scenario, server.peer.name, figures)
                results.other_cores.append(meter.other_cores())
