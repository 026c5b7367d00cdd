"""A file as it comes in: written to a temporary file piece by piece, counted and hashed on the way."""

import asyncio
import contextlib
import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from gql_chat.errors import Unavailable
from gql_chat.files.policy import too_large
from gql_chat.files.sniffing import HEAD_BYTES

log = structlog.get_logger(__name__)

# Of one file's pieces, gathered before they are written: each write is a trip to a thread.
GATHERED_BYTES = 512 * 1024


class IncomingFile:
    """Bytes that have come so far, at `path` once `finish` was called; to be closed, which removes them."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._file = tempfile.NamedTemporaryFile(prefix="gql-chat-", suffix=".upload")  # noqa: SIM115 - see `close`
        self._gathered = bytearray()
        self._hash = hashlib.sha256()
        self.size_bytes = 0

    @property
    def path(self) -> Path:
        """Where the bytes are."""
        return Path(self._file.name)

    @property
    def sha256(self) -> str:
        """Of all bytes, in hexadecimal."""
        return self._hash.hexdigest()

    async def write(self, piece: bytes) -> None:
        """Add some. Raises PayloadTooLarge as soon as there are too many, and Unavailable if there is no room."""
        self.size_bytes += len(piece)
        if self.size_bytes > self._max_bytes:
            raise too_large(self._max_bytes)
        self._gathered += piece
        if len(self._gathered) >= GATHERED_BYTES:
            await asyncio.to_thread(self._flush)

    async def finish(self) -> None:
        """All bytes have come. Raises Unavailable if there is no room for them."""
        await asyncio.to_thread(self._flush)

    async def read_head(self) -> bytes:
        """As much of the beginning as tells what it is."""
        return await asyncio.to_thread(self._read_head)

    def close(self) -> None:
        """Remove the bytes; again does nothing."""
        with contextlib.suppress(OSError):  # what could not be written is tried once more
            self._file.close()

    def _flush(self) -> None:
        self._hash.update(self._gathered)
        try:
            self._file.write(self._gathered)
            self._file.flush()
        except OSError as exc:
            log.error("incoming_file_failed", reason=str(exc))
            raise Unavailable("The server has no room for files now; try again later.") from exc
        self._gathered.clear()

    def _read_head(self) -> bytes:
        with self.path.open("rb") as file:
            return file.read(HEAD_BYTES)


@dataclass(frozen=True, slots=True)
class NamedIncomingFile:
    """All of a file, and what its sender calls it."""

    name: str
    incoming: IncomingFile


@asynccontextmanager
async def received(pieces: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[IncomingFile]:
    """All of these bytes, for as long as the block runs. Raises PayloadTooLarge."""
    incoming = await asyncio.to_thread(IncomingFile, max_bytes)
    try:
        async for piece in pieces:
            await incoming.write(piece)
        await incoming.finish()
        yield incoming
    finally:
        await asyncio.to_thread(incoming.close)
