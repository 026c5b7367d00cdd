"""The topology of compose.yaml without Docker: nginx, with the repository's own files, before two servers."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gql_chat.infra.storage.object_store import S3Place
from tests.deploy.compose import ROOT, filled_in, read_compose
from tests.support.backing_services.ports import free_port
from tests.support.command_line import run
from tests.support.demo import DemoServer
from tests.support.process import ServerProcess, run_server

PREFIX = "GQL_CHAT_"


@dataclass
class Topology:
    """The running whole. `proxy` is the part that users reach."""

    proxy: ServerProcess
    replicas: list[ServerProcess]
    settings: dict[str, Any]
    """Of the servers, without prefix."""


@asynccontextmanager
async def run_topology(
    tmp_path: Path, demo: DemoServer, *, postgres_url: str, redis_url: str, place: S3Place, **more: Any
) -> AsyncIterator[Topology]:
    """Run all of it, with the settings `more` besides those of compose.yaml, and a bucket in place of SeaweedFS's."""
    environment = read_compose(filled_in())["services"]["app-1"]["environment"]
    settings = {name.removeprefix(PREFIX): value for name, value in environment.items() if name.startswith(PREFIX)}
    settings |= {
        "DATABASE_URL": postgres_url,
        "REDIS_URL": redis_url,
        "STORE_URL": f"s3://{place.bucket}",
        "STORE_ENDPOINT": place.endpoint,
        "STORE_ACCESS_KEY_ID": place.credentials.access_key_id,
        "STORE_SECRET_ACCESS_KEY": place.credentials.secret_access_key,
        "TRUSTED_PROXIES": "127.0.0.1/32",
        "LOG_LEVEL": "WARNING",
        **more,
    }
    code, _, errors = await run("migrate", **settings)
    assert (code, errors) == (0, "")
    async with AsyncExitStack() as stack:
        replicas = [
            await stack.enter_async_context(run_server(tmp_path / name, demo, **settings))
            for name in ("app-1", "app-2")
        ]
        origins = [replica.origin for replica in replicas]
        yield Topology(await stack.enter_async_context(run_proxy(tmp_path, origins)), replicas, settings)


@asynccontextmanager
async def run_proxy(
    home: Path,
    origins: Sequence[str],
    *,
    tls: Path | None = None,
    store: str = "http://127.0.0.1:1",
    files_port: int | None = None,
) -> AsyncIterator[ServerProcess]:
    """Start the proxy before servers at two origins and a store of files, as the compose file does.

    `tls` is a folder with a certificate. Skips where there is no nginx.
    """
    if shutil.which("nginx") is None:
        pytest.skip("Debian's package `nginx` is not installed")
    port = free_port()
    places = {
        "/tmp/": f"{home}/",  # noqa: S108
        "172.30.77.11:8000": origins[0].removeprefix("http://"),
        "172.30.77.12:8000": origins[1].removeprefix("http://"),
        "172.30.78.10:8333": store.removeprefix("http://"),
        "listen 8443": f"listen 127.0.0.1:{port}",
        "listen 8080": f"listen 127.0.0.1:{port if tls is None else free_port()}",
        **{f"listen {number}": f"listen 127.0.0.1:{files_port or free_port()}" for number in (9000, 9443)},
        "/etc/nginx/tls": str(tls),
    }
    folder = home / "nginx"
    folder.mkdir()
    for file in (ROOT / "deploy" / "nginx").iterdir():
        text = file.read_text(encoding="utf-8")
        for ours, theirs in places.items():
            text = text.replace(ours, theirs)
        (folder / file.name).write_text(text, encoding="utf-8")
    main = folder / ("http.conf" if tls is None else "https.conf")
    process = await asyncio.create_subprocess_exec("nginx", "-g", "daemon off; user root;", "-c", str(main))
    origin = f"{'http' if tls is None else 'https'}://127.0.0.1:{port}"
    try:
        await _answers(process, origin)
        yield ServerProcess(process, origin)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answers(process: asyncio.subprocess.Process, origin: str) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as http, asyncio.timeout(30):
        while process.returncode is None:
            try:
                async with http.get(f"{origin}/healthz") as response:
                    assert response.status == 200
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
    raise AssertionError("nginx ended before it answered")
