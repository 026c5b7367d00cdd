"""Files are found by their owners, in their sessions, and loaded without their texts."""

import pytest

from gql_chat.chats.sessions import SessionDraft, create_session
from gql_chat.errors import NotFound
from gql_chat.files.catalog import find_file, get_files, load_files, load_session_files, load_texts
from gql_chat.infra.ids import new_id
from tests.support.stored.owners import Owner, new_file, new_user


async def test_a_file_is_found_by_its_owner_alone(owner: Owner) -> None:
    file, stranger = await new_file(owner), await new_user("bob")
    found = await find_file(owner.user_id, file.id)
    assert found is not None
    assert (found.name, found.session_id) == ("notes.txt", owner.session_id)
    assert await find_file(stranger, file.id) is None
    assert await find_file(owner.user_id, "file_\0") is None


async def test_several_files_come_in_the_order_they_were_asked_for_or_not_at_all(owner: Owner) -> None:
    one, two = await new_file(owner), await new_file(owner)
    assert [file.id for file in await get_files(owner.user_id, [two.id, one.id, two.id])] == [two.id, one.id]
    for missing in (new_id("file"), "none"):
        with pytest.raises(NotFound):
            await get_files(owner.user_id, [one.id, missing])


async def test_a_session_lists_its_files_oldest_first(owner: Owner) -> None:
    other = await create_session(owner.user_id, SessionDraft())
    files = [await new_file(owner) for _ in range(3)]
    elsewhere = await new_file(Owner(owner.user_id, other.id))
    ids = [file.id for file in files]
    listed = await load_session_files([other.id, new_id("ses"), owner.session_id])
    assert [[file.id for file in session] for session in listed] == [[elsewhere.id], [], ids]


async def test_texts_are_loaded_by_themselves(owner: Owner) -> None:
    described, plain = await new_file(owner, text="all of it"), await new_file(owner)
    files = await load_files([described.id, plain.id, new_id("file")])
    assert files.keys() == {described.id, plain.id}
    with pytest.raises(AttributeError):
        _ = files[described.id].text
    assert await load_texts([described.id, plain.id]) == {described.id: "all of it"}
