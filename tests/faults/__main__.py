"""Break everything in turn while replies are being written, and print the outcome."""

import asyncio
import sys
from pathlib import Path

import click

from tests.faults.cluster import running_cluster
from tests.faults.faults import FAULTS, run
from tests.faults.table import page, table

DOCUMENT = Path(__file__).parents[2] / "docs" / "faults.md"
LEASE_SECONDS = 10.0  # the setting's default


@click.command(help=__doc__)
@click.option("--write", is_flag=True, help="Write docs/faults.md.")
@click.option("--only", default="", help="Run the faults whose names contain this text.")
def main(write: bool, only: str) -> None:
    """Run every fault and exit with 1 if one was not survived."""
    if write and only:
        raise click.UsageError("The page has all faults.")
    sys.exit(asyncio.run(_run(write, only)))


async def _run(write: bool, only: str) -> int:
    reports = {}
    async with running_cluster(LEASE_SECONDS) as cluster:
        for name, fault in FAULTS.items():
            if only not in name:
                continue
            reports[name] = await run(fault, cluster)
            click.echo(f"{name}: {'; '.join(reports[name].wrong) or 'nothing wrong'}", err=True)
    click.echo(table(reports))
    if write:
        DOCUMENT.write_text(page(reports, LEASE_SECONDS), encoding="utf-8")
    return int(any(report.wrong for report in reports.values()))


if __name__ == "__main__":
    main()
