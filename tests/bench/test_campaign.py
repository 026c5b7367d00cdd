import pytest

from bench.campaign import PEERS, Campaign, Results
from bench.machine import Cores
from bench.report import render
from bench.scenarios import SCENARIOS, Load, NotWhole
from bench.tokens import Pace

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="the benchmark reads /proc")

TINY = Load(
    paced=Pace(tokens=5, gap_ms=1),
    streams=2,
    stagger_seconds=0,
    burst=Pace(tokens=5),
    clients=2,
    seconds=0.02,
    idle=2,
    settle_seconds=0,
    watchers=2,
)


async def measure(peers: list[str], scenarios: list[str], load: Load) -> Results:
    available = Cores.chosen()
    everywhere = available.load | available.server
    return await Campaign(peers, scenarios, 1, load, Cores(everywhere, everywhere)).run(lambda line: None)


async def test_every_scenario_measures_every_server() -> None:
    results = await measure(list(PEERS), list(SCENARIOS), TINY)

    assert {scenario for scenario, _ in results.figures} == set(SCENARIOS)
    servers = {scenario: set(by_server) for (scenario, _), by_server in results.figures.items()}
    assert servers.pop("lists") == {"gql-chat", "yoga", "naive"}
    assert servers.pop("watchers") == {"gql-chat"}
    assert all(names == set(PEERS) for names in servers.values())


async def test_a_token_that_never_came_fails_the_campaign() -> None:
    load = Load(paced=Pace(tokens=5, gap_ms=1, lost=3), streams=2, stagger_seconds=0, burst=Pace(tokens=5))

    with pytest.raises(NotWhole, match="2 of 2 replies are not whole; the first: 4 of 5 tokens, or not in order"):
        await measure(["raw"], ["paced"], load)


def test_the_report_holds_medians_and_the_ratios_of_each_run() -> None:
    results = Results(other_cores=[0.1, 0.3, 1.5])
    for ours, theirs in ((10.0, 20.0), (30.0, 20.0), (20.0, 100.0)):
        results.add("paced", "gql-chat", {"CPU": ours})
        results.add("paced", "naive", {"CPU": theirs})

    report = render(results, runs=3)

    # 20 / 20 would be 1: the second run was slow for us alone, the third for the other.
    assert "| paced (A50) | CPU | 20 | – | 20 | – | – | 0.5 | – |" in report
    assert "other processes kept 0.30 cores busy (median of the scenarios; at worst 1.50)" in report
