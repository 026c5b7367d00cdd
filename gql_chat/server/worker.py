"""One of several workers, with a socket to the supervisor that started it."""

import asyncio
import signal
import socket
from contextlib import AbstractContextManager

from gql_chat.server.banner import redis_status
from gql_chat.server.process import handling_signals
from gql_chat.server.server import Server
from gql_chat.settings import Settings


class Worker(Server):
    """A server that shares its listening sockets with other workers and ends when its supervisor has ended."""

    def __init__(self, settings: Settings, link: socket.socket) -> None:
        super().__init__(settings, banner=False)
        self._link = link

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as any server does, then report to the supervisor. Raises CannotStart."""
        await super().startup(sockets)
        self._link.sendall(f"{redis_status(self.application.services.redis)}\n".encode())
        asyncio.get_running_loop().add_reader(self._link, self._supervisor_has_ended)

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        """Handle the supervisor's signals while the block runs: SIGTERM ends it, and SIGINT at once.

        A second SIGTERM changes nothing, because service managers send one to all processes of a service.
        """
        return handling_signals({signal.SIGTERM: self.end, signal.SIGINT: self.end_at_once})

    def _supervisor_has_ended(self) -> None:
        # The supervisor sends nothing, so the only thing to read is the end of the stream.
        asyncio.get_running_loop().remove_reader(self._link)
        self.end()
