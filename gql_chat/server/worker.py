"""One of several workers, under a supervisor that it hears and speaks to by a socket of their own."""

import asyncio
import socket

from gql_chat.server.banner import redis_in_words
from gql_chat.server.server import Server
from gql_chat.settings import Settings


class Worker(Server):
    """A server on a socket that it shares with others; ends when its supervisor has."""

    def __init__(self, settings: Settings, link: socket.socket) -> None:
        super().__init__(settings, welcome=False)
        self._link = link

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As any server's; then tell the supervisor. Raises CannotStart."""
        await super().startup(sockets)
        self._link.sendall(f"{redis_in_words(self.application.services.redis)}\n".encode())
        asyncio.get_running_loop().add_reader(self._link, self._supervisor_has_ended)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As any server's, but first leave new connections to the other workers."""
        for server in self.servers:
            server.close()
        await super().shutdown(sockets)

    def _supervisor_has_ended(self) -> None:
        # It says nothing, so what can be read is the end.
        asyncio.get_running_loop().remove_reader(self._link)
        self.should_exit = True
