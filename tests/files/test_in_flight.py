"""Bytes on their way are reserved first, and no file comes twice at the same time."""

from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256

import pytest

from gql_chat.chats.uploads import create_uploads
from gql_chat.errors import Conflict, RateLimited, Unavailable
from gql_chat.files.completion import complete_uploads, receive_upload
from gql_chat.files.dependencies import Files
from gql_chat.files.in_flight import UploadsInFlight
from gql_chat.files.models import FileStatus
from gql_chat.files.names import PART
from gql_chat.files.reservations import Announcement
from tests.support.stored.owners import Owner
from tests.support.stored.stored_files import content_of, pieces


def test_a_user_and_all_users_have_so_many_bytes_on_their_way() -> None:
    in_flight = UploadsInFlight(max_bytes_per_user=100, max_bytes=150)
    with in_flight.reserve("ada", 60) as first:
        first.cover(50)
        first.cover(100)
        with pytest.raises(RateLimited) as refused, in_flight.reserve("ada", 1):
            pass
        assert refused.value.retry_after_seconds == 10
        with in_flight.reserve("bob", 50), pytest.raises(Unavailable), in_flight.reserve("cyd", 1):
            pass
    with in_flight.reserve("ada", 100), in_flight.reserve("cyd", 50):
        pass


async def test_of_two_uploads_of_one_file_at_once_the_second_is_refused_and_reads_nothing(
    owner: Owner, files: Files
) -> None:
    [file] = await create_uploads(*owner, [Announcement("a.txt", 4)], files=files)
    read = []

    async def second_body() -> AsyncIterator[bytes]:
        read.append(1)
        yield b"evil"

    async def first_body() -> AsyncIterator[bytes]:
        yield b"go"
        with pytest.raises(Conflict, match="being uploaded already"):
            await receive_upload(file, second_body(), files=files)
        yield b"od"

    await receive_upload(file, first_body(), files=files)
    assert read == []
    assert await content_of(files.store, file.object_key + PART) == b"good"
    with pytest.raises(Conflict, match="uploaded already"):
        await receive_upload(file, pieces(b"evil"), files=files)


async def test_an_upload_that_breaks_off_may_be_tried_again(owner: Owner, files: Files) -> None:
    [file] = await create_uploads(*owner, [Announcement("a.txt", 4)], files=files)

    async def broken() -> AsyncIterator[bytes]:
        yield b"go"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await receive_upload(file, broken(), files=files)
    await receive_upload(file, pieces(b"good"), files=files)
    assert await content_of(files.store, file.object_key + PART) == b"good"


async def test_two_workers_each_take_an_upload_of_one_file_and_what_is_ready_is_what_was_examined(
    owner: Owner, files: Files
) -> None:
    elsewhere = replace(files, in_flight=UploadsInFlight(max_bytes_per_user=4, max_bytes=4))
    [file] = await create_uploads(*owner, [Announcement("a.txt", 4)], files=files)

    async def body() -> AsyncIterator[bytes]:
        yield b"go"
        await receive_upload(file, pieces(b"also"), files=elsewhere)
        yield b"od"

    await receive_upload(file, body(), files=files)
    for here in (files, elsewhere):
        with pytest.raises(Conflict, match="uploaded already"):
            await receive_upload(file, pieces(b"evil"), files=here)
    [ready] = await complete_uploads(owner.user_id, [file.id], files=elsewhere)
    content = await content_of(files.store, ready.object_key)
    assert (ready.status, content, ready.sha256) == (FileStatus.READY, b"good", sha256(content).hexdigest())
