"""A user with a chat, while either database is open, and stores for what they upload."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gql_chat.chats.sessions import SessionDraft, create_session
from gql_chat.files.dependencies import Files
from gql_chat.files.links import StoreLinks
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.storage.object_store import open_local_store, open_s3_store
from tests.support.stored.owners import Owner, new_user
from tests.support.stored.stored_files import files_in


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[Owner]:
    """Create the user by whom files are uploaded, and what they are uploaded into."""
    async with open_database(database_url, model_modules()):
        user_id = await new_user("ada")
        session = await create_session(user_id, SessionDraft())
        yield Owner(user_id, session.id)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Return files in a folder."""
    return files_in(open_local_store(tmp_path / "objects"))


@pytest.fixture(params=["folder", "bucket"])
def files_on_each(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    """Return files in a folder, and in a bucket that its own links lead to."""
    if request.param == "folder":
        return files_in(open_local_store(tmp_path / "objects"))
    place = request.getfixturevalue("s3_place")
    return files_in(open_s3_store(place), StoreLinks(place))
