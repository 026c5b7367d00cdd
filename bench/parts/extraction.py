"""Measure the reading of documents: in a reused process, in a new one for each file, and without a process."""

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import click
import uvloop

from bench.documents import make_report
from bench.machine import describe
from gql_chat.files.extraction.extractor import Extractor
from gql_chat.files.extraction.tasks import read_text
from gql_chat.files.sniffing import PDF

MAX_CHARACTERS = 10_000_000


@dataclass
class Results:
    """Seconds for the same file, one for each run: in a reused process, in a new one, and without a process."""

    pages: int
    characters: int = 0
    warm: list[float] = field(default_factory=list)
    cold: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    peak_bytes: int = 0


@click.command(help=__doc__)
@click.option("--pages", type=click.IntRange(1), default=36, show_default=True, help="Pages of the PDF.")
@click.option("--runs", type=click.IntRange(1), default=5, show_default=True, help="Runs of each way.")
def main(pages: int, runs: int) -> None:
    """Run the benchmark and print its tables."""
    if sys.platform != "linux":
        raise click.ClickException("This benchmark needs Linux, because it reads memory from /proc.")
    click.echo(render(uvloop.run(measure(pages, runs))))


async def measure(pages: int, runs: int) -> Results:
    """Measure the three ways in turns, so that the machine's noise affects all of them alike."""
    data, results = make_report(pages), Results(pages)
    async with Extractor(processes=1, max_characters=MAX_CHARACTERS) as kept:
        text = await kept.examine(PDF, _pieces(data), "ada")  # loads the libraries
        results.characters = len(text or "")
        for _ in range(runs):
            results.warm.append(await _timed(kept, data))
            async with Extractor(processes=1, max_characters=MAX_CHARACTERS) as fresh:
                results.cold.append(await _timed(fresh, data))
            started_at = time.perf_counter()
            await asyncio.to_thread(read_text, data, PDF, MAX_CHARACTERS)
            results.bare.append(time.perf_counter() - started_at)
        results.peak_bytes = max(map(_peak_bytes, kept.pids))
    return results


def render(results: Results) -> str:
    """Return the report as a Markdown table."""
    warm, cold, bare = (statistics.median(times) for times in (results.warm, results.cold, results.bare))
    return (
        f"| a PDF of {results.pages} pages, {results.characters:,} characters | ms | ÷ without a process |\n"
        "| --- | ---: | ---: |\n"
        f"| in a reused process (as the server does) | {warm * 1000:.0f} | {warm / bare:.2f} |\n"
        f"| in a new process (the first file after a start) | {cold * 1000:.0f} | {cold / bare:.2f} |\n"
        f"| without a process, a thread of this one | {bare * 1000:.0f} | 1.00 |\n\n"
        f"Medians of {len(results.warm)} run(s). The reused process had a peak of {results.peak_bytes / 1e6:.0f} MB. "
        f"{describe()}.\n"
    )


async def _timed(extractor: Extractor, data: bytes) -> float:
    started_at = time.perf_counter()
    await extractor.examine(PDF, _pieces(data), "ada")
    return time.perf_counter() - started_at


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _peak_bytes(pid: int) -> int:
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main()
