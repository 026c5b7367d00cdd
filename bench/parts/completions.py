"""Measure what a token costs that is passed on to an OpenAI client, beside the lower limit in Python."""

import statistics

import click
import uvloop

from bench.campaign import Campaign, Results
from bench.machine import Cores, describe
from bench.peers.clients import OpenAIDoor, Raw
from bench.scenarios import Load
from bench.tokens import Pace

FIGURE = "CPU ms per 1,000 tokens"
SCENARIOS = ("paced", "burst")
# Long answers, so that the cost of a request, which the ledger and the quotas are most of, hardly counts.
LOAD = Load(paced=Pace(tokens=800, gap_ms=20, first_ms=200), burst=Pace(tokens=20_000), streams=20, clients=4)


@click.command(help=__doc__)
@click.option("--runs", type=click.IntRange(1), default=3, show_default=True, help="How often both are measured.")
def main(runs: int) -> None:
    """Run the benchmark and print its table."""
    campaign = Campaign((OpenAIDoor.name, Raw.name), SCENARIOS, runs, LOAD, Cores.chosen())
    click.echo(render(uvloop.run(campaign.run(lambda line: click.echo(line, err=True)))))


def render(results: Results) -> str:
    """Return the table. The ratio is the median of the runs' ratios."""
    lines = [f"{FIGURE}. {describe()}", "", "| scenario | /v1 | raw | ÷ raw |", "| --- | ---: | ---: | ---: |"]
    for scenario in SCENARIOS:
        figures = results.figures[scenario, FIGURE]
        door, raw = figures[OpenAIDoor.name], figures[Raw.name]
        ratio = statistics.median(ours / theirs for ours, theirs in zip(door, raw, strict=True))
        lines.append(f"| {scenario} | {statistics.median(door):.1f} | {statistics.median(raw):.1f} | {ratio:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
