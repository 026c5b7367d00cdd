"""Run every attack against a server of its own, and measure what an honest user beside it feels.

Everything is on loopback, and each attack ends by itself after seconds: 5 minutes in all, 11 with --before.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import uvloop

from bench.abuse.attacks import ATTACKS
from bench.abuse.measurement import QUIET, Row, measure
from bench.abuse.table import p95, render, write
from bench.connections import OperationFailed
from bench.servers import DidNotStart

CHECKOUT = click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path)


@click.command(help=__doc__)
@click.option("--only", multiple=True, type=click.Choice([QUIET, *ATTACKS]), help="Run these attacks alone.")
@click.option("--code", type=CHECKOUT, help="Attack this checkout's server instead.")
@click.option("--before", type=CHECKOUT, help="Attack this checkout's server, too. Its .venv is used if it has one.")
@click.option("--write", "is_written", is_flag=True, help="Write the table into docs/security.md. Needs --before.")
def main(only: Sequence[str], code: Path | None, before: Path | None, is_written: bool) -> None:
    """Run the attacks and print the table."""
    if sys.platform != "linux":
        raise click.ClickException("This needs Linux, because it reads memory from /proc.")
    if is_written and before is None:
        raise click.UsageError("--write needs --before.")
    names = list(only) or [QUIET, *ATTACKS]
    checkouts = ({"before": before} if before else {}) | {"now": code}
    loads = [os.getloadavg()[0]]
    campaigns: dict[str, list[Row]] = {server: [] for server in checkouts}
    for name in names:  # both servers in turn, so that whatever else the machine does affects both
        for server, checkout in checkouts.items():
            campaigns[server].append(_measure(name, server, checkout))
        loads.append(os.getloadavg()[0])
    text = render(campaigns, f"Load average {min(loads):.1f} to {max(loads):.1f}, with the campaign's own.")
    click.echo(text)
    if is_written:
        write(text)


def _measure(name: str, server: str, checkout: Path | None) -> Row:
    try:
        row = uvloop.run(measure(name, checkout))
    except (DidNotStart, OperationFailed) as exc:
        raise click.ClickException(f"{name}, {server}: {exc}") from None
    click.echo(f"{name}, {server}: {row.outcomes}, me p95 {p95(row.me_ms)} ms, peak {row.peak_mb:.0f} MB", err=True)
    return row


if __name__ == "__main__":
    main()
