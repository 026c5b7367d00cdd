"""A uvicorn server on the test's own loop, without the times that uvicorn waits."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace
from unittest.mock import patch

import uvicorn


@asynccontextmanager
async def run_in_loop(server: uvicorn.Server) -> AsyncIterator[int]:
    """Run the server until the block ends, and yield the port on which it listens."""
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()  # not `serve`, which looks only ten times a second whether it should end
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.force_exit = True
        with _hurried_uvicorn():
            await server.shutdown()


@contextmanager
def _hurried_uvicorn() -> Iterator[None]:
    """Shorten the 0.1 s that uvicorn sleeps after asking connections to close: a minute for hundreds of servers."""

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / 20)

    with patch("uvicorn.server.asyncio", SimpleNamespace(**{**vars(asyncio), "sleep": sleep})):
        yield
