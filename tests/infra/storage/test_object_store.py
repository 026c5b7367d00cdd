"""One suite for every kind of store, and what a store that is down does to each verb."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gql_chat.errors import Unavailable
from gql_chat.infra.storage.object_store import (
    PART_BYTES,
    ObjectMissing,
    ObjectStore,
    S3Place,
    open_local_store,
    open_s3_store,
)
from tests.support.backing_services.object_stores import closed_endpoint, place_at

KEY = "usr_1/ses_1/files/file_1.txt"


@pytest.fixture(params=["folder", "bucket", "bucket with a prefix"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "folder":
        return open_local_store(tmp_path / "objects")
    place: S3Place = request.getfixturevalue("s3_place")
    return open_s3_store(place if request.param == "bucket" else replace(place, prefix="a/prefix"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Make a file of several parts."""
    file = tmp_path / "source"
    file.write_bytes(bytes(range(256)) * (PART_BYTES // 256 + 1))
    return file


async def read(store: ObjectStore, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in await store.open(key, start, end)])


async def test_what_was_put_is_read_again_whole_and_in_ranges(store: ObjectStore, source: Path) -> None:
    content = source.read_bytes()
    await store.put(KEY, source)
    assert await store.find_size(KEY) == len(content)
    assert await read(store, KEY) == content
    assert await read(store, KEY, 10, 20) == content[10:20]
    assert await read(store, KEY, len(content) - 3) == content[-3:]


async def test_an_empty_object_is_an_object(store: ObjectStore, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    await store.put(KEY, empty)
    assert (await store.find_size(KEY), await read(store, KEY)) == (0, b"")


async def test_a_copy_keeps_the_bytes_whatever_becomes_of_the_original(
    store: ObjectStore, source: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").write_bytes(b"other")
    await store.put(KEY, source)
    await store.copy(KEY, "to")
    await store.put(KEY, tmp_path / "other")
    assert await read(store, "to") == source.read_bytes()
    assert await read(store, KEY) == b"other"
    await store.delete(KEY)
    assert await read(store, "to") == source.read_bytes()


async def test_an_object_is_deleted_and_may_be_again(store: ObjectStore, source: Path) -> None:
    await store.put(KEY, source)
    await store.delete(KEY)
    await store.delete(KEY)
    assert await store.find_size(KEY) is None


async def test_what_is_not_there_is_missing(store: ObjectStore) -> None:
    assert await store.find_size("none") is None
    with pytest.raises(ObjectMissing):
        await store.open("none")
    with pytest.raises(ObjectMissing):
        await store.copy("none", "to")


async def test_many_objects_come_and_go_at_once(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"small")

    async def come_and_go(number: int) -> None:
        await store.put(f"u/s/{number}.part", tmp_path / "small")
        await store.copy(f"u/s/{number}.part", f"u/s/{number}")
        await store.delete(f"u/s/{number}.part")
        if number % 2:
            await store.delete(f"u/s/{number}")

    await asyncio.gather(*map(come_and_go, range(40)))
    sizes = [await store.find_size(f"u/s/{number}") for number in range(40)]
    assert sizes == [5, None] * 20


async def test_a_folder_is_created_for_its_owner_only_and_opened_again(tmp_path: Path, source: Path) -> None:
    folder, mask = tmp_path / "data" / "objects", os.umask(0)
    try:
        await open_local_store(folder).put(KEY, source)
    finally:
        os.umask(mask)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert await open_local_store(folder).find_size(KEY) == source.stat().st_size


async def test_a_folder_that_holds_nothing_any_more_leaves_no_folders_behind(tmp_path: Path, source: Path) -> None:
    store = open_local_store(tmp_path / "objects")
    await store.put(KEY, source)
    await store.delete(KEY)
    assert [*(tmp_path / "objects").iterdir()] == []


@pytest.mark.parametrize(
    "verb",
    [
        lambda store, source: store.put(KEY, source),
        lambda store, source: store.find_size(KEY),
        lambda store, source: store.open(KEY),
        lambda store, source: store.copy(KEY, "to"),
        lambda store, source: store.delete(KEY),
    ],
    ids=["put", "find_size", "open", "copy", "delete"],
)
async def test_a_store_that_is_down_is_unavailable_whatever_is_asked(
    verb: Callable[[ObjectStore, Path], Awaitable[object]], source: Path
) -> None:
    store = open_s3_store(place_at(closed_endpoint()))
    with pytest.raises(Unavailable) as unavailable:
        await verb(store, source)
    assert unavailable.value.message == "The file store cannot be reached; try again later."


async def test_two_prefixes_of_a_bucket_know_nothing_of_each_other(s3_place: S3Place, source: Path) -> None:
    ours, theirs = (open_s3_store(replace(s3_place, prefix=prefix)) for prefix in ("ours", "theirs"))
    await ours.put(KEY, source)
    await theirs.delete(KEY)
    assert (await ours.find_size(KEY), await theirs.find_size(KEY)) == (source.stat().st_size, None)


def test_a_bucket_is_part_of_the_path_or_of_the_host() -> None:
    assert place_at("http://minio:9000").public_url("key") == "http://minio:9000/chat-files/key"
    assert place_at("http://minio:9000", public_endpoint="https://files.example.com", prefix="a").public_url("key") == (
        "https://files.example.com/chat-files/a/key"
    )
    assert place_at("https://cos.ap-guangzhou.myqcloud.com", virtual_hosts=True).public_url("key") == (
        "https://chat-files.cos.ap-guangzhou.myqcloud.com/key"
    )
