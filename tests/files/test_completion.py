"""How an upload ends, in both kinds of store: what came is looked at, and only what is right is READY."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from gql_chat.changes.models import Change, ChangeKind
from gql_chat.chats.sessions import delete_sessions
from gql_chat.chats.uploads import create_uploads, upload_file
from gql_chat.errors import Conflict, GqlChatError, NotFound, RateLimited, Unavailable, UnsupportedFile
from gql_chat.files.catalog import find_file, get_files, load_texts
from gql_chat.files.completion import complete_uploads, store_incoming
from gql_chat.files.dependencies import Files
from gql_chat.files.incoming import receive_file
from gql_chat.files.links import UPLOAD_LIFETIME
from gql_chat.files.models import File, FileStatus, PendingDeletion
from gql_chat.files.names import PART
from gql_chat.files.removal import delete_pending_objects
from gql_chat.files.reservations import Announcement
from gql_chat.infra import clock
from gql_chat.infra.storage.object_store import open_s3_store
from tests.support.backing_services.object_stores import closed_endpoint, place_at
from tests.support.stored.owners import Owner
from tests.support.stored.stored_files import content_of, files_in, pieces

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


async def upload(owner: Owner, content: bytes, name: str, files: Files) -> File:
    async with receive_file(pieces(content), 1_000_000) as incoming:
        return await upload_file(*owner, name, incoming, files=files)


async def announce(owner: Owner, size: int, name: str, files: Files) -> File:
    [file] = await create_uploads(*owner, [Announcement(name, size)], files=files)
    return file


async def put(file: File, content: bytes, files: Files, tmp_path: Path) -> None:
    """Put the bytes by the link, as a client does."""
    (tmp_path / "put").write_bytes(content)
    await files.store.put(file.object_key + PART, tmp_path / "put")


async def test_a_file_that_comes_with_its_bytes_is_ready(owner: Owner, files_on_each: Files) -> None:
    file = await upload(owner, b"all of it", "notes.txt", files_on_each)
    assert (file.status, file.media_type, file.size_bytes) == (FileStatus.READY, "text/plain", 9)
    assert (file.sha256, file.expires_at) == (sha256(b"all of it").hexdigest(), None)
    assert await content_of(files_on_each.store, file.object_key) == b"all of it"
    assert await load_texts([file.id]) == {file.id: "all of it"}
    assert [(change.kind, change.ids) for change in await Change.filter(kind=ChangeKind.FILE_CHANGED)] == [
        (ChangeKind.FILE_CHANGED, [file.id])
    ]


async def test_a_file_that_cannot_be_used_is_failed_and_its_bytes_are_not_kept(owner: Owner, files: Files) -> None:
    file = await upload(owner, b"broken", "notes.txt", files)
    assert (file.status, file.failure, file.sha256) == (FileStatus.FAILED, "This file is broken.", None)
    assert await files.store.find_size(file.object_key) is None


async def test_what_is_not_what_its_name_says_is_refused_and_leaves_nothing(owner: Owner, files: Files) -> None:
    with pytest.raises(UnsupportedFile):
        await upload(owner, b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0", "notes.txt", files)
    assert await File.all().count() == 0


async def test_what_was_announced_and_put_is_ready_once_it_is_completed(
    owner: Owner, files_on_each: Files, tmp_path: Path
) -> None:
    files = files_on_each
    text, image = await announce(owner, 9, "notes.txt", files), await announce(owner, len(PNG), "a.png", files)
    await put(text, b"all of it", files, tmp_path)
    await put(image, PNG, files, tmp_path)
    completed = await complete_uploads(owner.user_id, [image.id, text.id], files=files)
    assert [(file.id, file.status, file.media_type) for file in completed] == [
        (image.id, FileStatus.READY, "image/png"), (text.id, FileStatus.READY, "text/plain"),
    ]  # fmt: skip
    assert completed[1].sha256 == sha256(b"all of it").hexdigest()
    assert await content_of(files.store, completed[1].object_key) == b"all of it"
    assert await files.store.find_size(text.object_key + PART) is None
    assert await load_texts([text.id, image.id]) == {text.id: "all of it"}


@pytest.mark.parametrize(
    ("content", "name", "size", "failure"),
    [
        (b"12345", "a.txt", 4, "The file has 5 bytes, but 4 were announced. Upload it again."),
        (b"123", "a.txt", 4, "The file has 3 bytes, but 4 were announced. Upload it again."),
        (b"MZ\x90\0\3", "a.png", 5, "The file's name ends in .png, but its content is application/x-msdownload."),
        (b"broken", "a.txt", 6, "This file is broken."),
    ],
)
async def test_what_was_put_is_not_believed(
    owner: Owner, files: Files, tmp_path: Path, content: bytes, name: str, size: int, failure: str
) -> None:
    file = await announce(owner, size, name, files)
    await put(file, content, files, tmp_path)
    [failed] = await complete_uploads(owner.user_id, [file.id], files=files)
    assert (failed.status, failed.sha256) == (FileStatus.FAILED, None)
    assert failed.failure is not None
    assert failed.failure.split(",")[0] == failure.split(",")[0]
    await PendingDeletion.all().update(next_try_at=clock.now())
    await delete_pending_objects(files.store)
    assert await files.store.find_size(file.object_key) is None
    assert await files.store.find_size(file.object_key + PART) is None


async def test_what_is_put_after_the_completion_changes_nothing_and_goes(
    owner: Owner, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = await announce(owner, 4, "a.txt", files)
    await put(file, b"good", files, tmp_path)
    await complete_uploads(owner.user_id, [file.id], files=files)
    await put(file, b"evil", files, tmp_path)  # the store's own link is good for an hour
    [again] = await complete_uploads(owner.user_id, [file.id], files=files)
    assert again.sha256 == sha256(b"good").hexdigest()
    assert await content_of(files.store, again.object_key) == b"good"
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    await delete_pending_objects(files.store)
    assert await files.store.find_size(file.object_key + PART) is None
    assert await content_of(files.store, again.object_key) == b"good"


async def test_completing_twice_at_once_is_completing_once(owner: Owner, files: Files, tmp_path: Path) -> None:
    file = await announce(owner, 4, "a.txt", files)
    await put(file, b"good", files, tmp_path)
    ends = await asyncio.gather(
        *(complete_uploads(owner.user_id, [file.id], files=files) for _ in range(4)), return_exceptions=True
    )
    assert all(isinstance(end, Conflict) or end[0].status == FileStatus.READY for end in ends), ends  # type: ignore[index]
    assert (await get_files(owner.user_id, [file.id]))[0].status == FileStatus.READY
    assert await Change.filter(kind=ChangeKind.FILE_CHANGED).count() == 2  # announced, and READY


async def test_a_completion_that_broke_off_is_repeated_and_leaves_no_copy(
    owner: Owner, files_on_each: Files, tmp_path: Path
) -> None:
    due: list[datetime] = []

    async def refuse(path: Path, media_type: str, user_id: str) -> str | None:
        due.extend([pending.next_try_at async for pending in PendingDeletion.exclude(object_key__endswith=PART)])
        raise RateLimited("Later.", retry_after_seconds=1)

    file = await announce(owner, 4, "a.txt", files_on_each)
    await put(file, b"good", files_on_each, tmp_path)
    with pytest.raises(RateLimited):
        await complete_uploads(owner.user_id, [file.id], files=replace(files_on_each, read_text=refuse))
    assert file.expires_at is not None
    assert due == [file.expires_at + UPLOAD_LIFETIME]  # if the server had ended
    copies = await PendingDeletion.exclude(object_key__endswith=PART).values_list("object_key", flat=True)
    assert [await files_on_each.store.find_size(str(key)) for key in copies] == [None]
    [completed] = await complete_uploads(owner.user_id, [file.id], files=files_on_each)
    assert completed.status == FileStatus.READY


async def test_the_bytes_that_are_served_are_those_that_were_examined_whatever_is_put_meanwhile(
    owner: Owner, files_on_each: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = files_on_each

    async def attack(number: int) -> None:
        file, folder = await announce(owner, 4, "a.txt", files), tmp_path / str(number)
        folder.mkdir()
        await put(file, b"good", files, folder)

        async def put_again() -> None:
            for content in (b"evil", b"worse"[:4], b"good", b"last"):
                await put(file, content, files, folder)
                await asyncio.gather(complete_uploads(owner.user_id, [file.id], files=files), return_exceptions=True)

        completions = (complete_uploads(owner.user_id, [file.id], files=files) for _ in range(3))
        await asyncio.gather(put_again(), *completions, return_exceptions=True)
        [settled] = await get_files(owner.user_id, [file.id])
        assert settled.status == FileStatus.READY
        served = await content_of(files.store, settled.object_key)
        assert settled.sha256 == sha256(served).hexdigest()
        assert await load_texts([file.id]) == {file.id: served.decode()}

    for number in range(10):
        await attack(number)
    later = clock.now() + timedelta(hours=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    await delete_pending_objects(files.store)
    for settled in await File.filter(user_id=owner.user_id):
        assert settled.sha256 == sha256(await content_of(files.store, settled.object_key)).hexdigest()


async def test_of_files_that_have_not_all_come_the_others_are_completed(
    owner: Owner, files: Files, tmp_path: Path
) -> None:
    come, missing = await announce(owner, 4, "a.txt", files), await announce(owner, 4, "b.txt", files)
    await put(come, b"good", files, tmp_path)
    with pytest.raises(Conflict) as conflict:
        await complete_uploads(owner.user_id, [missing.id, come.id], files=files)
    assert conflict.value.message == f"Nothing has been uploaded to {missing.id} yet. Upload it, then complete it."
    found = [file.status for file in await get_files(owner.user_id, [come.id, missing.id])]
    assert found == [FileStatus.READY, FileStatus.PENDING]
    await put(missing, b"late", files, tmp_path)
    ends = await complete_uploads(owner.user_id, [missing.id, come.id], files=files)
    assert [end.status for end in ends] == [FileStatus.READY] * 2


async def test_a_store_that_is_down_loses_nothing_that_was_announced(
    owner: Owner, files: Files, tmp_path: Path
) -> None:
    down = files_in(open_s3_store(place_at(closed_endpoint())))
    file = await announce(owner, 4, "a.txt", files)
    await put(file, b"good", files, tmp_path)
    with pytest.raises(Unavailable):
        await complete_uploads(owner.user_id, [file.id], files=down)
    [completed] = await complete_uploads(owner.user_id, [file.id], files=files)
    assert completed.status == FileStatus.READY


async def test_a_store_that_is_down_keeps_no_room_for_what_it_did_not_take(owner: Owner) -> None:
    down = files_in(open_s3_store(place_at(closed_endpoint())))
    with pytest.raises(Unavailable):
        await upload(owner, b"good", "a.txt", down)
    assert await File.all().count() == 0
    assert await PendingDeletion.all().count() == 1  # who knows what has arrived


async def test_a_file_whose_session_goes_while_it_is_stored_leaves_nothing(
    owner: Owner, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = await announce(owner, 4, "a.txt", files)
    await delete_sessions(owner.user_id, [owner.session_id])
    async with receive_file(pieces(b"good"), 4) as incoming:
        with pytest.raises(NotFound):
            await store_incoming(file, incoming, files=files)
    assert await find_file(owner.user_id, file.id) is None
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    await delete_pending_objects(files.store)
    assert await files.store.find_size(file.object_key) is None


async def test_too_late_is_too_late(
    owner: Owner, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = await announce(owner, 4, "a.txt", files)
    await put(file, b"good", files, tmp_path)
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(GqlChatError) as late:
        await complete_uploads(owner.user_id, [file.id], files=files)
    assert (late.value.code, late.value.message) == (
        "CONFLICT", f"The time to upload {file.id} is over. Announce the file again.",
    )  # fmt: skip
