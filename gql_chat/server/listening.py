"""Sockets to listen on, opened before anything else so that a taken port is reported in one sentence."""

import errno
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gql_chat.server import CannotStart
from gql_chat.settings import variable_of

ADDRESS_FILE = "address"
BACKLOG = 2048  # connections that wait to be accepted; the system may allow fewer
ACCEPTED_AT_ONCE = 8  # connections, in one turn of the event loop


def listen(host: str, port: int) -> list[socket.socket]:
    """Open a socket for each address of the host name; port 0 takes a free one. Raises CannotStart."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as exc:
        raise _refusal("host", f"there is no host {host}") from exc
    sockets: list[socket.socket] = []
    try:
        for family, _, _, _, address in dict.fromkeys(found):
            sockets.append(_bound(family, address))
    except OSError as exc:
        for one in sockets:
            one.close()
        raise _explain(exc, host, port) from exc
    return sockets


def accepting_many(listeners: Sequence[socket.socket]) -> list[socket.socket]:
    """Return the sockets and duplicates of each, which the caller closes.

    libuv accepts one connection of a socket in a turn of the event loop. If somebody connects as fast as it can, the
    others would wait a turn for each connection before theirs.
    """
    if sys.platform == "win32":  # without uvloop
        return [*listeners]
    return [*listeners, *(listener.dup() for listener in listeners for _ in range(ACCEPTED_AT_ONCE - 1))]


def origin_of(listener: socket.socket) -> str:
    """Return the address that the socket listens on as `http://host:port`."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def noted_address(listener: socket.socket, data_dir: Path) -> Iterator[None]:
    """Keep the address in the data folder while the block runs, for `find_noted_address`."""
    note = data_dir / ADDRESS_FILE
    note.write_text(origin_of(listener), encoding="ascii")
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def find_noted_address(data_dir: Path) -> str | None:
    """Return the address of the server that uses this data folder, None if none has noted its own."""
    try:
        return (data_dir / ADDRESS_FILE).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return None


def _bound(family: socket.AddressFamily, address: tuple[object, ...]) -> socket.socket:
    # asyncio sets TCP_NODELAY on accepted connections only if the listener names its protocol.
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


def _explain(exc: OSError, host: str, port: int) -> CannotStart:
    if exc.errno == errno.EADDRINUSE:
        return _refusal("port", f"another program listens on port {port} of {host}")
    if exc.errno == errno.EACCES:
        return _refusal("port", f"only privileged users may listen on port {port}")
    if exc.errno == errno.EADDRNOTAVAIL:
        return _refusal("host", f"{host} is not an address of this machine")
    return _refusal("host", f"cannot listen on {host}: {exc.strerror}")


def _refusal(field: str, reason: str) -> CannotStart:
    return CannotStart(f"{variable_of(field)}: {reason}")
