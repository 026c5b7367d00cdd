"""The client of OpenAI-compatible providers: one for the process, for calls to any endpoint."""

import asyncio
from contextlib import AsyncExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Self

from gql_chat.generation.provider.endpoint import Reach
from gql_chat.generation.provider.timeouts import Timeouts

if TYPE_CHECKING:
    from gql_chat.generation.provider.client import ProviderClient


class LLM:
    """Enter it once per process. The first use imports aiohttp and reads the roots of TLS, in a thread.

    Both take a quarter of a server's start, and nothing needs them before the first call: a server warms them up by
    `client` once it is ready.
    """

    def __init__(self, *, timeouts: Timeouts | None = None, reach: Reach | None = None) -> None:
        self.timeouts = timeouts or Timeouts()
        self._reach = reach or Reach()
        self._exit_stack = AsyncExitStack()
        self._opening: asyncio.Task[ProviderClient] | None = None
        self._client: ProviderClient | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait({self._opening})
        await self._exit_stack.aclose()

    async def client(self) -> "ProviderClient":
        """Return the client once it is open."""
        if self._client is not None:
            return self._client
        if self._opening is None:
            self._opening = asyncio.create_task(self._open(), name="open the client of models")
        return await asyncio.shield(self._opening)

    async def _open(self) -> "ProviderClient":
        module = await asyncio.to_thread(import_module, "gql_chat.generation.provider.client")
        transport = module.Transport(self.timeouts.connect_seconds, self._reach)
        self._client = module.ProviderClient(self.timeouts, await self._exit_stack.enter_async_context(transport))
        return self._client
