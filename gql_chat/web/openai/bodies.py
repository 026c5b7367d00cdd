"""The bodies of completions: read within bounds of bytes and of values, and held until the answer has ended."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

import msgspec
from starlette.requests import ClientDisconnect, Request

from gql_chat.errors import BadUserInput, PayloadTooLarge, RateLimited, Unavailable

MAX_BYTES = 10 * 1024 * 1024  # of one body; pictures are data URLs inside it
MAX_BYTES_OF_USER = 64 * 1024 * 1024  # of all that a user's requests hold at each worker
MAX_BYTES_OF_ALL = 256 * 1024 * 1024
# Objects, lists and members: each takes 50 to 200 bytes of memory once it is decoded, for two or three of the body.
MAX_VALUES = 300_000
VALUE_BYTES = 100
_VALUES = (b"{", b"[", b',"')
_ALL = ""  # no user's id
RETRY_SECONDS = 1
DISCARDED_BYTES, DISCARD_SECONDS = 32 * 1024 * 1024, 10  # of the body of a request that is refused

Hold: TypeAlias = Callable[[int], None]
"""Counts so many bytes more, or fewer. Raises RateLimited or Unavailable where they would be too many."""


class HeldBytes:
    """The bytes that the requests of a worker hold: their bodies, and what is kept of their answers."""

    def __init__(self) -> None:
        self._held = Counter[str]()

    @contextmanager
    def of(self, user_id: str) -> Iterator[Hold]:
        """Yield what counts the bytes of a request of the user's. They are released when the block ends."""
        held_bytes = 0

        def hold(count: int) -> None:
            nonlocal held_bytes
            self._require(user_id, count)
            self._add(user_id, count)
            held_bytes += count

        try:
            yield hold
        finally:
            self._add(user_id, -held_bytes)

    def _require(self, user_id: str, count: int) -> None:
        if count > 0 and self._held[user_id] + count > MAX_BYTES_OF_USER:
            raise RateLimited("Your requests under way hold too many bytes.", retry_after_seconds=RETRY_SECONDS)
        if count > 0 and self._held[_ALL] + count > MAX_BYTES_OF_ALL:
            raise Unavailable("The requests under way hold too many bytes.", retry_after_seconds=RETRY_SECONDS)

    def _add(self, user_id: str, count: int) -> None:
        for owner in (user_id, _ALL):
            self._held[owner] += count
            if not self._held[owner]:
                del self._held[owner]


class RequestBody:
    """The body of one request."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.is_over = False
        """Whether all of it has been read."""

    async def read(self, hold: Hold) -> dict[str, Any]:
        """Return the object in it. Raises PayloadTooLarge, BadUserInput, RateLimited, Unavailable, ClientDisconnect."""
        if int(self._request.headers.get("content-length", 0)) > MAX_BYTES:
            raise _too_large()
        body = bytearray()
        async for part in self._parts():
            hold(len(part))
            body += part
            if len(body) > MAX_BYTES:
                raise _too_large()
        values = sum(map(body.count, _VALUES))
        if values > MAX_VALUES:
            raise BadUserInput("The JSON body of your request holds too many values.")
        hold(values * VALUE_BYTES)
        return _decoded(body)

    async def discard(self) -> None:
        """Read the rest and keep none of it. A client that still sends would not see the response to its request."""
        discarded_bytes = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(DISCARD_SECONDS):
                async for part in self._parts():
                    discarded_bytes += len(part)
                    if discarded_bytes > DISCARDED_BYTES:
                        return

    async def _parts(self) -> AsyncIterator[bytes]:
        while not self.is_over:
            message = await self._request.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            self.is_over = not message.get("more_body", False)
            yield message.get("body", b"")


def _too_large() -> PayloadTooLarge:
    return PayloadTooLarge(f"The body is larger than {MAX_BYTES} bytes.")


def _decoded(body: bytearray) -> dict[str, Any]:
    try:
        decoded = msgspec.json.decode(body)
    except (ValueError, RecursionError) as exc:
        raise BadUserInput("We could not parse the JSON body of your request.") from exc
    if not isinstance(decoded, dict):
        raise BadUserInput("The JSON body of your request must be an object.")
    return decoded
