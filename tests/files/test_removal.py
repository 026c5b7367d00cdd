"""Files go at once, their objects after them, whoever deletes what they belong to, and whatever the store does."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from gql_chat.changes.models import Change, ChangeKind
from gql_chat.chats.removal import delete_messages
from gql_chat.chats.sessions import SessionDraft, create_session, delete_all_sessions, delete_sessions
from gql_chat.chats.uploads import create_uploads
from gql_chat.errors import NotFound
from gql_chat.files.catalog import get_files
from gql_chat.files.dependencies import Files
from gql_chat.files.models import File, FileStatus, PendingDeletion
from gql_chat.files.names import PART
from gql_chat.files.removal import delete_abandoned, delete_files, delete_pending_objects
from gql_chat.files.reservations import Announcement
from gql_chat.infra import clock
from gql_chat.infra.ids import new_id
from gql_chat.infra.storage.object_store import ObjectStore, open_s3_store
from gql_chat.users.models import User
from tests.support.backing_services.object_stores import closed_endpoint, place_at
from tests.support.stored.owners import Owner, new_file, new_user
from tests.support.stored.rows import all_rows

DOWN = open_s3_store(place_at(closed_endpoint()))


async def stored_file(owner: Owner, store: ObjectStore, folder: Path) -> File:
    """Return a stored file with its object."""
    file = await new_file(owner)
    (folder / "bytes").write_bytes(b"hello")
    await store.put(file.object_key, folder / "bytes")
    return file


@pytest.mark.parametrize(
    "delete",
    [
        lambda file: delete_files(file.user_id, [file.id]),
        lambda file: delete_sessions(file.user_id, [file.session_id]),
        lambda file: delete_all_sessions(file.user_id),
        lambda file: User.filter(id=file.user_id).delete(),
    ],
    ids=["the file", "its session", "all sessions", "its owner"],
)
async def test_an_object_goes_after_its_file_even_if_the_store_was_down(
    owner: Owner, files: Files, tmp_path: Path, delete: Callable[[File], Awaitable[object]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    file = await stored_file(owner, files.store, tmp_path)
    await delete(file)
    assert await File.all().count() == 0
    start = clock.now()
    await delete_pending_objects(DOWN)
    [pending] = await PendingDeletion.all()
    assert (pending.object_key, pending.attempts) == (file.object_key, 1)
    await delete_pending_objects(files.store)  # not yet: the store has half a minute of peace
    assert await files.store.find_size(file.object_key) == 5
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(minutes=1))
    await delete_pending_objects(files.store)
    assert await files.store.find_size(file.object_key) is None
    assert await PendingDeletion.all().count() == 0


@pytest.mark.parametrize(
    ("attempts", "pause"), [(0, timedelta(seconds=30)), (2, timedelta(minutes=2)), (99, timedelta(hours=6))]
)
async def test_pauses_grow_to_hours_and_no_further(
    owner: Owner, monkeypatch: pytest.MonkeyPatch, attempts: int, pause: timedelta
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    await PendingDeletion.create(object_key="gone", attempts=attempts, next_try_at=now)
    await delete_pending_objects(DOWN)
    [pending] = await PendingDeletion.all()
    assert (pending.attempts, pending.next_try_at - now) == (attempts + 1, pause)


async def test_many_objects_go_in_one_look(owner: Owner, files: Files) -> None:
    for _ in range(120):
        await new_file(owner)
    await delete_all_sessions(owner.user_id)
    assert await PendingDeletion.all().count() == 120
    await delete_pending_objects(files.store)
    assert await PendingDeletion.all().count() == 0


async def test_messages_go_and_the_sessions_files_stay(owner: Owner, files: Files, tmp_path: Path) -> None:
    file = await stored_file(owner, files.store, tmp_path)
    await delete_messages(owner.user_id, owner.session_id)
    await delete_pending_objects(files.store)
    assert (await get_files(owner.user_id, [file.id]))[0].status == FileStatus.READY
    assert await files.store.find_size(file.object_key) == 5


async def test_files_go_all_or_none(owner: Owner) -> None:
    mine = [await new_file(owner), await new_file(owner)]
    session = await create_session(stranger := await new_user("bob"), SessionDraft())
    theirs = await new_file(Owner(stranger, session.id))
    before = await all_rows()
    for missing in (theirs.id, new_id("file"), "junk"):
        with pytest.raises(NotFound):
            await delete_files(owner.user_id, [mine[0].id, missing])
    assert await all_rows() == before
    ids = [file.id for file in mine]
    assert await delete_files(owner.user_id, [*ids, ids[0]]) == ids
    [change] = await Change.filter(user_id=owner.user_id, kind=ChangeKind.FILES_DELETED)
    assert change.ids == ids


async def test_what_nobody_completes_goes_with_what_was_put(
    owner: Owner, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await new_file(owner)
    [abandoned] = await create_uploads(*owner, [Announcement("a.txt", 5)], files=files)
    (tmp_path / "bytes").write_bytes(b"hello")
    await files.store.put(abandoned.object_key + PART, tmp_path / "bytes")
    await delete_abandoned()
    assert await File.all().count() == 2
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    await delete_abandoned()
    assert [file.id for file in await File.all()] == [kept.id]
    [change] = await Change.filter(kind=ChangeKind.FILES_DELETED)
    assert change.ids == [abandoned.id]
    await delete_pending_objects(files.store)
    assert await files.store.find_size(abandoned.object_key + PART) is None


async def test_what_is_announced_and_deleted_is_waited_for_until_nobody_can_put_it(
    owner: Owner, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [file] = await create_uploads(*owner, [Announcement("a.txt", 5)], files=files)
    await delete_files(owner.user_id, [file.id])
    await delete_pending_objects(files.store)
    (tmp_path / "bytes").write_bytes(b"hello")
    await files.store.put(file.object_key + PART, tmp_path / "bytes")
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    await delete_pending_objects(files.store)
    assert await files.store.find_size(file.object_key + PART) is None
