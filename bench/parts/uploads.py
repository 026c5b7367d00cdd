"""Measure uploads: whether memory stays flat during large ones, and whether none of many concurrent ones is lost.

Flat memory does not grow with the files, so the ratio to a file's size falls. The processes that extract texts are
counted too.
"""

import asyncio
import hashlib
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import click
import uvloop

from bench.connections import OperationFailed
from bench.machine import Cores, describe, memory_kb
from bench.scenarios import NotWhole
from bench.servers import run_server
from tests.support.backing_services.ports import free_port

MB = 1024 * 1024
PIECE = bytes(range(256)) * 256
LOOKS_PER_SECOND = 50  # at the server's memory
REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }"
SESSION = "mutation { createSession(input: {}) { id } }"
UPLOAD = "mutation ($id: ID!, $file: Upload!) { uploadFile(sessionId: $id, file: $file) { id status sha256 } }"
CREATE = """mutation ($id: ID!, $files: [UploadRequest!]!) { createUploads(sessionId: $id, files: $files) {
    file { id } url method } }"""
COMPLETE = "mutation ($ids: [ID!]!) { completeUploads(fileIds: $ids) { id status sha256 } }"
LIST = "query ($id: ID!) { session(id: $id) { files { id status sha256 } } }"


@dataclass(frozen=True, slots=True)
class Load:
    """The amount of load; the smoke test uses less."""

    sizes_mb: tuple[int, ...] = (1, 20, 80)
    large_files: int = 8  # of each size, one after the other
    small_files: int = 200  # at once
    small_kb: int = 4


@dataclass
class Results:
    """Peak megabytes above the server's memory at rest, by way and size; and the seconds of the small files."""

    idle_mb: float = 0.0
    peaks_mb: dict[tuple[str, int], float] = field(default_factory=dict)
    seconds: dict[tuple[str, int], float] = field(default_factory=dict)
    small_seconds: float = 0.0
    small_peak_mb: float = 0.0


@click.command(help=__doc__)
def main() -> None:
    """Run the benchmark and print its tables."""
    if sys.platform != "linux":
        raise click.ClickException("This benchmark needs Linux, because it reads memory from /proc.")
    cores = Cores.chosen()
    os.sched_setaffinity(0, cores.load)
    results = uvloop.run(measure(Load(), cores))
    click.echo(render(results, Load()))


async def measure(load: Load, cores: Cores) -> Results:
    """Measure everything, on one server. Raise DidNotStart, OperationFailed and NotWhole."""
    port, results = free_port(), Results()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        variables = {
            "GQL_CHAT_PORT": str(port),
            "GQL_CHAT_DATA_DIR": str(folder / "data"),
            "GQL_CHAT_UPLOAD_MAX_SIZE_BYTES": str(max(load.sizes_mb) * MB),
            "GQL_CHAT_UPLOAD_ALLOWED_EXTENSIONS": "mp4,txt",
            "GQL_CHAT_UPLOAD_QUOTA_BYTES_PER_USER": str(2**40),
            "GQL_CHAT_RATE_LIMITS": "off",
            "GQL_CHAT_LOG_LEVEL": "WARNING",
        }
        command = [sys.executable, "-m", "gql_chat", "serve"]
        log = folder / "server.log"
        async with (
            run_server(command, variables, port=port, cores=cores.server, log=log) as pid,
            _uploader(port) as one,
        ):
            await one.by_form(1, "warm.mp4")
            results.idle_mb = memory_kb(pid) / 1024
            for size in load.sizes_mb:
                for way in (one.by_form, one.by_link):
                    await _measure_large(way, size, load, pid, results)
            async with _peak(pid) as peak:
                results.small_seconds = await _upload_small(one, load)
            results.small_peak_mb = peak[0] - results.idle_mb
    return results


def render(results: Results, load: Load) -> str:
    """Return the results as Markdown tables."""
    lines = [
        f"| {load.large_files} files, one after the other | peak MB above rest | ÷ a file's | MB/s |",
        "| --- | ---: | ---: | ---: |",
    ]
    for (way, size), peak in results.peaks_mb.items():
        speed = load.large_files * size / results.seconds[way, size]
        lines.append(f"| {size} MB, {way} | {peak:.1f} | {peak / size:.2f} | {speed:.0f} |")
    lines += [
        "",
        f"{load.small_files} files of {load.small_kb} KB at once: {results.small_seconds:.2f} s, none lost, "
        f"{results.small_peak_mb:.1f} MB above rest. At rest the server has {results.idle_mb:.0f} MB. {describe()}.",
    ]
    return "\n".join(lines)


async def _measure_large(way: Any, size: int, load: Load, pid: int, results: Results) -> None:
    name = way.__name__.replace("_", " ")
    begun = time.monotonic()
    async with _peak(pid) as peak:
        for number in range(load.large_files):
            await way(size, f"{number}.mp4")
    results.seconds[name, size] = time.monotonic() - begun
    results.peaks_mb[name, size] = max(peak[0] - results.idle_mb, 0.1)


async def _upload_small(one: "_Uploader", load: Load) -> float:
    contents = [f"{number:08}".encode() * (load.small_kb * 128) for number in range(load.small_files)]
    begun = time.monotonic()
    await asyncio.gather(*(one.upload(content, f"{number}.txt") for number, content in enumerate(contents)))
    seconds = time.monotonic() - begun
    stored = {file["sha256"] for file in await one.list_files() if file["status"] == "READY"}
    lost = [content for content in contents if hashlib.sha256(content).hexdigest() not in stored]
    if lost:
        raise NotWhole(f"{len(lost)} of {load.small_files} uploads are lost")
    return seconds


@asynccontextmanager
async def _peak(pid: int) -> AsyncIterator[list[float]]:
    """Measure the peak megabytes of the server while the block runs."""
    peak = [0.0]

    async def look() -> None:
        while True:
            peak[0] = max(peak[0], memory_kb(pid) / 1024)
            await asyncio.sleep(1 / LOOKS_PER_SECOND)

    task = asyncio.create_task(look())
    try:
        yield peak
    finally:
        task.cancel()


class _Uploader:
    """A user with a session, who checks that the stored bytes are the sent ones."""

    def __init__(self, http: aiohttp.ClientSession, origin: str) -> None:
        self._http = http
        self._origin = origin
        self.session_id = ""

    async def run(self, query: str, **variables: Any) -> Any:
        """Run an operation and return the data of its only field. Raise OperationFailed."""
        async with self._http.post(
            f"{self._origin}/graphql", json={"query": query, "variables": variables}
        ) as response:
            return _only(await response.json())

    async def by_form(self, size_mb: int, name: str) -> None:
        """Upload a large file by one request."""
        await self.upload(_film(size_mb), name)

    async def by_link(self, size_mb: int, name: str) -> None:
        """Upload a large file by a signed link."""
        film = _film(size_mb)
        announced = [{"name": name, "sizeBytes": len(film)}]
        [target] = await self.run(CREATE, id=self.session_id, files=announced)
        async with self._http.request(target["method"], target["url"], data=_pieces(film)) as response:
            response.raise_for_status()
        [file] = await self.run(COMPLETE, ids=[target["file"]["id"]])
        _require_whole(file, film)

    async def upload(self, content: bytes, name: str) -> None:
        """Upload a file by one request, again after the pause that the server asks for when too many wait."""
        while True:
            answer = await self._post_form(content, name)
            if (pause_seconds := _pause(answer)) is None:
                break
            await asyncio.sleep(pause_seconds)
        _require_whole(_only(answer), content)

    async def _post_form(self, content: bytes, name: str) -> dict[str, Any]:
        form = aiohttp.FormData()
        form.add_field("operations", json.dumps({"query": UPLOAD, "variables": {"id": self.session_id, "file": None}}))
        form.add_field("map", '{"0": ["variables.file"]}')
        form.add_field("0", io.BytesIO(content), filename=name)
        async with self._http.post(f"{self._origin}/graphql", data=form) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def list_files(self) -> list[dict[str, Any]]:
        """Return all files of the session."""
        files: list[dict[str, Any]] = (await self.run(LIST, id=self.session_id))["files"]
        return files


@asynccontextmanager
async def _uploader(port: int) -> AsyncIterator[_Uploader]:
    origin = f"http://127.0.0.1:{port}"
    account = {"username": "ada", "email": "ada@example.com", "password": "correct horse battery"}
    async with aiohttp.ClientSession() as http:
        token = (await _Uploader(http, origin).run(REGISTER, input=account))["accessToken"]
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}, connector=connector) as http:
        one = _Uploader(http, origin)
        one.session_id = (await one.run(SESSION))["id"]
        yield one


def _film(size_mb: int) -> bytes:
    """Return bytes that pass for a video, because only the beginning is examined."""
    head = b"\0\0\0\x18ftypmp42"
    return (head + PIECE * (size_mb * MB // len(PIECE)))[: size_mb * MB]


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), len(PIECE)):
        yield content[start : start + len(PIECE)]


def _pause(answer: dict[str, Any]) -> float | None:
    """Return the seconds after which the server takes the request. None if it was not refused for a while."""
    extensions = answer["errors"][0]["extensions"] if "errors" in answer else {}
    seconds: float | None = extensions.get("retryAfterSeconds")
    return seconds


def _only(answer: dict[str, Any]) -> Any:
    if "errors" in answer:
        raise OperationFailed(str(answer["errors"]))
    return next(iter(answer["data"].values()))


def _require_whole(file: dict[str, Any], content: bytes) -> None:
    if file["status"] != "READY" or file["sha256"] != hashlib.sha256(content).hexdigest():
        raise NotWhole(f"a file is not what was sent: {file}")


if __name__ == "__main__":
    main()
