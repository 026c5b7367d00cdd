"""Bytes as they come in: counted, hashed, and gone in the end."""

import asyncio
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import IO

import pytest

from gql_chat.errors import PayloadTooLarge, Unavailable
from gql_chat.files.incoming import BUFFER_BYTES, IncomingFile, receive_file
from tests.support.stored.stored_files import pieces

PIECE = bytes(range(256)) * 300


def is_gone(incoming: IncomingFile) -> bool:
    """Return whether nothing leads to the bytes any more."""
    try:
        return not incoming.path.exists()
    except ValueError:  # the file had no name, and is closed
        return True


async def test_all_that_came_is_there_until_the_block_ends() -> None:
    count = BUFFER_BYTES // len(PIECE) + 2
    async with receive_file(pieces(*[PIECE] * count), 10**7) as incoming:
        assert incoming.path.read_bytes() == PIECE * count
        assert (incoming.size_bytes, incoming.sha256) == (len(PIECE) * count, sha256(PIECE * count).hexdigest())
        assert await incoming.read_head() == (PIECE * count)[:32_768]
    assert is_gone(incoming)


async def test_memory_holds_no_more_than_a_buffer() -> None:
    incoming = IncomingFile(2 * BUFFER_BYTES)
    await incoming.write(b"x" * BUFFER_BYTES)
    assert incoming.path.stat().st_size == BUFFER_BYTES
    incoming.close()


async def test_as_many_bytes_as_are_taken_and_no_more() -> None:
    async with receive_file(pieces(b"hell", b"o"), 5) as incoming:
        assert incoming.size_bytes == 5
    with pytest.raises(PayloadTooLarge) as refused:
        async with receive_file(pieces(b"hell", b"o!"), 5):
            pass
    assert refused.value.message == "The file is too large. A file may have at most 5 bytes."


async def test_a_body_that_breaks_off_leaves_nothing_behind() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield PIECE * 20
        raise ConnectionError

    with pytest.raises(ConnectionError):
        async with receive_file(broken(), 10**7):
            pass


async def test_a_file_is_closed_whose_task_was_cancelled_while_it_was_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    opened, opening, goes_on = list[IO[bytes]](), threading.Event(), threading.Event()

    def open_slowly() -> IO[bytes]:
        opening.set()
        goes_on.wait(60)
        opened.append(tempfile.TemporaryFile())  # noqa: SIM115 - `receive_file` closes it
        return opened[0]

    async def receive() -> None:
        async with receive_file(pieces(b"hello"), 5):
            pass

    monkeypatch.setattr("gql_chat.files.incoming._open_file", open_slowly)
    receiving = asyncio.create_task(receive())
    await asyncio.to_thread(opening.wait, 60)
    receiving.cancel()
    await asyncio.wait({receiving})
    goes_on.set()
    await asyncio.get_running_loop().shutdown_default_executor()  # waits for its threads
    assert receiving.cancelled()
    assert [file.closed for file in opened] == [True]


async def test_a_disk_that_is_full_is_told_and_not_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    full = open("/dev/full", "wb")  # noqa: ASYNC230, SIM115 - `received` closes it
    monkeypatch.setattr("gql_chat.files.incoming._open_file", lambda: full)
    with pytest.raises(Unavailable) as unavailable:
        async with receive_file(pieces(b"hello"), 5):
            pass
    assert unavailable.value.message == "The server has no disk space for files at the moment. Try again later."


async def test_a_folder_in_which_no_file_can_be_opened_is_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(Unavailable, match="no disk space"):
        async with receive_file(pieces(b"hello"), 5):
            pass


@pytest.mark.skipif(sys.platform != "linux", reason="Elsewhere a file without a name cannot be opened again")
async def test_a_server_that_is_killed_leaves_no_part_of_an_upload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    async def coming() -> AsyncIterator[bytes]:
        yield b"x" * BUFFER_BYTES
        assert list(tmp_path.iterdir()) == []
        yield b"y"

    async with receive_file(coming(), 2 * BUFFER_BYTES) as incoming:
        assert list(tmp_path.iterdir()) == []
        assert incoming.path.read_bytes() == b"x" * BUFFER_BYTES + b"y"
    assert is_gone(incoming)
