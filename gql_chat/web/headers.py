"""Headers of requests, read where Starlette's would cost too much: each request passes there."""

from starlette.types import Scope


def read_header(scope: Scope, name: bytes) -> str | None:
    """Return the value of the first header of this name, in lower case, or None."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value).decode("latin-1")
    return None
