"""Ports for servers that must know theirs before they start, or keep it through a restart."""

import socket
import sys

_held: list[socket.socket] = []


def free_port() -> int:
    """Return a port of 127.0.0.1 that is not in use, and that nobody else is given while this process lives.

    It stays bound by a socket that does not listen. On Linux a server may listen on it nevertheless, because both
    reuse addresses. Elsewhere another process may take the port before the server does.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port: int = held.getsockname()[1]
    if sys.platform == "linux":
        _held.append(held)
    else:
        held.close()
    return port
