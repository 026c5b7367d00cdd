"""Incoming files: bytes are written to a temporary file piece by piece, counted and hashed on the way."""

import asyncio
import contextlib
import hashlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import structlog

from gql_chat.errors import Unavailable
from gql_chat.files.policy import too_large
from gql_chat.files.sniffing import HEAD_BYTES

log = structlog.get_logger(__name__)

# Bytes of one file that are buffered before they are written, because each write is a trip to a thread.
BUFFER_BYTES = 512 * 1024

_OPEN_FILES = Path("/proc/self/fd")  # of Linux
_HAS_NAMES = not _OPEN_FILES.is_dir()


class IncomingFile:
    """The bytes received so far, all of them at `path` after `finish`. `close` deletes them."""

    def __init__(self, max_bytes: int) -> None:
        """Open the temporary file. Raise Unavailable if the disk is full."""
        self._max_bytes = max_bytes
        with _disk():
            self._file = _open_file()
        self._buffer = bytearray()
        self._hash = hashlib.sha256()
        self.size_bytes = 0

    @property
    def path(self) -> Path:
        """The temporary file that holds the bytes. Raises ValueError after `close`: another file may have its place."""
        return Path(str(self._file.name)) if _HAS_NAMES else _OPEN_FILES / str(self._file.fileno())

    @property
    def sha256(self) -> str:
        """The hash of all bytes, in hexadecimal."""
        return self._hash.hexdigest()

    async def write(self, piece: bytes) -> None:
        """Add bytes. Raise PayloadTooLarge as soon as there are too many, and Unavailable if the disk is full."""
        self.size_bytes += len(piece)
        if self.size_bytes > self._max_bytes:
            raise too_large(self._max_bytes)
        self._buffer += piece
        if len(self._buffer) >= BUFFER_BYTES:
            await asyncio.to_thread(self._flush)

    async def finish(self) -> None:
        """Write the rest of the bytes. Raise Unavailable if the disk is full."""
        await asyncio.to_thread(self._flush)

    async def read_head(self) -> bytes:
        """Return as much of the beginning as sniffing needs."""
        return await asyncio.to_thread(self._read_head)

    def close(self) -> None:
        """Delete the bytes. A second call does nothing."""
        with contextlib.suppress(OSError):  # closing tries to write once more what could not be written
            self._file.close()

    def __del__(self) -> None:
        # Nobody closes the file of a task that was cancelled while a thread opened it.
        with contextlib.suppress(AttributeError):  # it could not be opened
            self.close()

    def _flush(self) -> None:
        self._hash.update(self._buffer)
        with _disk():
            self._file.write(self._buffer)
            self._file.flush()
        self._buffer.clear()

    def _read_head(self) -> bytes:
        with self.path.open("rb") as file:
            return file.read(HEAD_BYTES)


@contextmanager
def _disk() -> Iterator[None]:
    """Log what the disk refuses in the block. Raise Unavailable."""
    try:
        yield
    except OSError as exc:
        log.error("incoming_file_failed", reason=str(exc))
        raise Unavailable("The server has no disk space for files at the moment. Try again later.") from exc


def _open_file() -> IO[bytes]:
    """Open a temporary file, without a name where it can be opened again all the same.

    A server that is killed would leave the others behind, each as large as an upload.
    """
    return tempfile.NamedTemporaryFile(prefix="gql-chat-", suffix=".upload") if _HAS_NAMES else tempfile.TemporaryFile()


@dataclass(frozen=True, slots=True)
class NamedIncomingFile:
    """A received file, and the name that its sender gave it."""

    name: str
    incoming: IncomingFile


@asynccontextmanager
async def receive_file(pieces: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[IncomingFile]:
    """Receive all of these bytes, and keep them while the block runs. Raise PayloadTooLarge and Unavailable."""
    incoming = await asyncio.to_thread(IncomingFile, max_bytes)
    try:
        async for piece in pieces:
            await incoming.write(piece)
        await incoming.finish()
        yield incoming
    finally:
        await asyncio.to_thread(incoming.close)
