"""Sockets to listen on, opened before anything else is: what another program has taken is told in a sentence."""

import errno
import socket
import sys
from collections.abc import Sequence

BACKLOG = 2048  # connections that wait to be accepted; the system may allow fewer


class CannotListen(Exception):
    """The message says why; `is_host_at_fault` tells whether another port would help."""

    def __init__(self, message: str, *, is_host_at_fault: bool) -> None:
        super().__init__(message)
        self.is_host_at_fault = is_host_at_fault


def listen(host: str, port: int) -> Sequence[socket.socket]:
    """A socket for each address that the host's name has; port 0 takes a free one. Raises CannotListen."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as exc:
        raise CannotListen(f"there is no host {host}", is_host_at_fault=True) from exc
    sockets: list[socket.socket] = []
    try:
        for family, _, _, _, address in dict.fromkeys(found):
            sockets.append(_bound(family, address))
    except OSError as exc:
        for one in sockets:
            one.close()
        raise _refusal(exc, host, port) from exc
    return sockets


def _bound(family: socket.AddressFamily, address: tuple[object, ...]) -> socket.socket:
    # By its protocol asyncio knows what it has accepted, and only then it sends without waiting for confirmations.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would let two programs listen on one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _refusal(exc: OSError, host: str, port: int) -> CannotListen:
    if exc.errno == errno.EADDRINUSE:
        return CannotListen(f"another program listens on port {port} of {host}", is_host_at_fault=False)
    if exc.errno == errno.EACCES:
        return CannotListen(f"only privileged users may listen on port {port}", is_host_at_fault=False)
    if exc.errno == errno.EADDRNOTAVAIL:
        return CannotListen(f"{host} is no address of this machine", is_host_at_fault=True)
    return CannotListen(f"{host} cannot be listened on: {exc.strerror}", is_host_at_fault=True)
