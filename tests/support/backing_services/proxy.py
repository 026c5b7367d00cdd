"""A TCP proxy that loses an answer, so that the client cannot know the outcome, or passes nothing on for a while."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

# PostgreSQL's answer to a unit of work: 1 for each statement that it requires, of two at least.
STORED = (b"\x00\x00\x00\x08" + (1).to_bytes(8)) * 2


class Proxy:
    """A proxy at `url`. It closes the connection once instead of passing on an answer that contains `lost`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = parts.hostname, parts.port
        self._parts = parts
        self.url = ""
        self.lost: bytes | None = None
        self.losing = asyncio.Event()
        """Set when the answer has been lost."""
        self.passes = asyncio.Event()
        """Cleared while the proxy passes nothing on, in either direction."""
        self.passes.set()
        self.connected = asyncio.Event()
        """Set when a client's connection reaches the server."""
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen, on the same port as before."""
        port = urlsplit(self.url).port if self.url else 0
        self._server = await asyncio.start_server(self.serve, "127.0.0.1", port)
        port = self._server.sockets[0].getsockname()[1]
        user = f"{self._parts.username}@" if self._parts.username else ""
        self.url = urlunsplit(self._parts._replace(netloc=f"{user}127.0.0.1:{port}"))

    def vanish(self) -> None:
        """Cut all connections and refuse new ones, as a server that is not there.

        asyncio keeps a connection open that is being accepted just then: wait for `connected` if there may be one.
        """
        assert self._server is not None
        self._server.close()
        for writer in self._clients:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve the connection of one client."""
        self._clients.add(writer)
        try:
            await self._serve(reader, writer)
        finally:
            self._clients.discard(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.passes.wait()
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self.connected.set()
        forth = asyncio.create_task(self._pipe(reader, upstream_writer, may_lose=False))
        back = asyncio.create_task(self._pipe(upstream_reader, writer, may_lose=True))
        await asyncio.wait({forth, back}, return_when=asyncio.FIRST_COMPLETED)
        for task, end in ((forth, writer), (back, upstream_writer)):
            task.cancel()
            end.transport.abort()

    async def _pipe(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, may_lose: bool) -> None:
        while data := await source.read(65536):
            await self.passes.wait()
            if may_lose and self.lost is not None and self.lost in data:
                self.lost = None
                self.losing.set()
                return
            sink.write(data)


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    """Run a proxy in front of the server of this URL."""
    proxy = Proxy(url)
    await proxy.start()
    try:
        yield proxy
    finally:
        proxy.vanish()
