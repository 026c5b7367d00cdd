"""Measure gql-chat beside graphql-yoga, a naive server and a bare pass-through, and print ratios to compare."""

import os
import sys

import click
import uvloop

from bench.campaign import PEERS, Campaign
from bench.machine import Cores
from bench.report import render
from bench.scenarios import SCENARIOS, Load


@click.command(help=__doc__)
@click.option(
    "--scenario", "scenarios", type=click.Choice(list(SCENARIOS)), multiple=True, help="Repeatable; default: all."
)
@click.option("--server", "peers", type=click.Choice(list(PEERS)), multiple=True, help="Repeatable; default: all.")
@click.option("--runs", type=click.IntRange(1), default=3, show_default=True, help="How often everything is measured.")
def main(scenarios: tuple[str, ...], peers: tuple[str, ...], runs: int) -> None:
    """Run the benchmark and print its tables."""
    if sys.platform != "linux":
        raise click.ClickException("This benchmark needs Linux, because it reads CPU times from /proc.")
    cores = Cores.chosen()
    os.sched_setaffinity(0, cores.load)
    chosen = [name for name in SCENARIOS if not scenarios or name in scenarios]
    campaign = Campaign(peers or list(PEERS), chosen, runs, Load(), cores)
    results = uvloop.run(campaign.run(lambda line: click.echo(line, err=True)))
    click.echo(render(results, runs=runs))


if __name__ == "__main__":
    main()
