"""The bodies of completions: read within bounds of bytes and of values, and held until the answer has ended."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from starlette.requests import Request

from gql_chat.errors import BadUserInput, PayloadTooLarge, RateLimited, Unavailable

MAX_BYTES = 10 * 1024 * 1024  # of one body; pictures are data URLs inside it
MAX_BYTES_OF_USER = 32 * 1024 * 1024  # of all that a user's requests hold at each worker
MAX_BYTES_OF_ALL = 256 * 1024 * 1024
# Objects, lists and members: each takes 50 to 200 bytes of memory once it is decoded, for two or three of the body.
MAX_VALUES = 300_000
_VALUES = (b"{", b"[", b',"')
_ALL = ""  # no user's id
RETRY_SECONDS = 1


class Bodies:
    """The bodies that the requests of a worker hold."""

    def __init__(self) -> None:
        self._held_bytes = Counter[str]()

    @asynccontextmanager
    async def read(self, request: Request, user_id: str) -> AsyncIterator[dict[str, Any]]:
        """Yield the object in the body. Raises PayloadTooLarge, BadUserInput, RateLimited and Unavailable."""
        body = bytearray()
        try:
            async for chunk in request.stream():
                self._hold(user_id, len(chunk))
                body += chunk
                if len(body) > MAX_BYTES:
                    raise PayloadTooLarge(f"The body is larger than {MAX_BYTES} bytes.")
            yield _decoded(body)
        finally:
            self._hold(user_id, -len(body))

    def _hold(self, user_id: str, count: int) -> None:
        if self._held_bytes[user_id] + count > MAX_BYTES_OF_USER:
            raise RateLimited("Your requests under way hold too many bytes.", retry_after_seconds=RETRY_SECONDS)
        if self._held_bytes[_ALL] + count > MAX_BYTES_OF_ALL:
            raise Unavailable("The requests under way hold too many bytes.", retry_after_seconds=RETRY_SECONDS)
        for owner in (user_id, _ALL):
            self._held_bytes[owner] += count
            if not self._held_bytes[owner]:
                del self._held_bytes[owner]


def _decoded(body: bytearray) -> dict[str, Any]:
    if sum(map(body.count, _VALUES)) > MAX_VALUES:
        raise BadUserInput("The JSON body of your request holds too many values.")
    try:
        decoded = msgspec.json.decode(body)
    except (ValueError, RecursionError) as exc:
        raise BadUserInput("We could not parse the JSON body of your request.") from exc
    if not isinstance(decoded, dict):
        raise BadUserInput("The JSON body of your request must be an object.")
    return decoded
