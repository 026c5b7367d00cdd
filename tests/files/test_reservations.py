"""Room for files: within the quota and the policy, however many come at once."""

import asyncio

import pytest

from gql_chat.chats.uploads import create_uploads
from gql_chat.errors import BadUserInput, PayloadTooLarge, QuotaExceeded, UnsupportedFile
from gql_chat.files.dependencies import Files
from gql_chat.files.models import File, FileStatus
from gql_chat.files.removal import delete_files
from gql_chat.files.reservations import Announcement
from tests.support.stored.owners import Owner, new_file, new_user
from tests.support.stored.stored_files import with_policy


async def test_of_uploads_at_once_only_those_get_room_that_fit(owner: Owner, files: Files) -> None:
    files = with_policy(files, quota_bytes_per_user=50)
    answers = await asyncio.gather(
        *(create_uploads(*owner, [Announcement(f"{number}.txt", 10)], files=files) for number in range(12)),
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, QuotaExceeded)]
    assert (len(refused), await File.all().count()) == (7, 5)
    assert refused[0].message == "Your files may have 50 bytes in all, and 0 are left. Delete files first."
    assert refused[0].retry_after_seconds is None


async def test_what_failed_or_was_deleted_takes_no_room(owner: Owner, files: Files) -> None:
    files = with_policy(files, quota_bytes_per_user=50)
    await new_file(owner, size_bytes=50, status=FileStatus.FAILED)
    [big] = await create_uploads(*owner, [Announcement("big.txt", 50)], files=files)
    with pytest.raises(QuotaExceeded):
        await create_uploads(*owner, [Announcement("one.txt", 1)], files=files)
    await delete_files(owner.user_id, [big.id])
    await create_uploads(*owner, [Announcement("big.txt", 50)], files=files)


async def test_somebody_elses_files_take_none_of_ones_room(owner: Owner, files: Files) -> None:
    await new_file(Owner(await new_user("bob"), owner.session_id), size_bytes=1_000)
    await create_uploads(*owner, [Announcement("a.txt", 50)], files=with_policy(files, quota_bytes_per_user=50))


@pytest.mark.parametrize(
    ("announced", "error", "sentence"),
    [
        (
            Announcement("a.exe", 1),
            UnsupportedFile,
            "Files of the type .exe are not allowed. Use one of these: txt, png.",
        ),
        (
            Announcement("a", 1),
            UnsupportedFile,
            "Files without an extension are not allowed. Use one of these: txt, png.",
        ),
        (Announcement("a.txt", 101), PayloadTooLarge, "The file is too large. A file may have at most 100 bytes."),
        (Announcement("a.txt", -1), BadUserInput, "A file's size cannot be negative."),
        (Announcement("", 1), BadUserInput, "A file needs a name. Give it one with at least one visible character."),
        (
            Announcement("a.txt", 1, "nonsense"),
            BadUserInput,
            "This is no media type. Use one such as image/png, or leave it out.",
        ),
    ],
)
async def test_what_breaks_a_rule_is_told_which_and_makes_room_for_nothing(
    owner: Owner, files: Files, announced: Announcement, error: type[Exception], sentence: str
) -> None:
    files = with_policy(files, allowed_extensions=("txt", "png"), max_size_bytes=100)
    with pytest.raises(error) as refused:
        await create_uploads(*owner, [Announcement("good.txt", 1), announced], files=files)
    assert str(refused.value) == sentence
    assert await File.all().count() == 0


async def test_from_one_to_twenty_at_once(owner: Owner, files: Files) -> None:
    for count in (0, 21):
        with pytest.raises(BadUserInput):
            await create_uploads(*owner, [Announcement("a.txt", 1)] * count, files=files)
    assert len(await create_uploads(*owner, [Announcement("a.txt", 1)] * 20, files=files)) == 20


async def test_one_to_twenty_files_are_announced_at_once(owner: Owner, files: Files) -> None:
    for count in (0, 21):
        with pytest.raises(BadUserInput) as refused:
            await create_uploads(*owner, [Announcement(f"{number}.txt", 1) for number in range(count)], files=files)
        assert refused.value.field == "files"
    assert await File.all().count() == 0
    announced = [Announcement(f"{number}.txt", 1) for number in range(20)]
    assert len(await create_uploads(*owner, announced, files=files)) == 20
