"""Users and their files as rows, for tests that need no server."""

from typing import Any, NamedTuple

from gql_chat.files.models import File, FileStatus
from gql_chat.infra import clock
from gql_chat.infra.ids import new_id
from gql_chat.users.models import User, UserRole, UserStatus


class Owner(NamedTuple):
    """A user and one of the user's sessions."""

    user_id: str
    session_id: str


async def new_user(name: str) -> str:
    """Create a user and return the id."""
    now, email = clock.now(), f"{name}@example.com"
    user = await User.create(
        id=new_id("usr"), username=name, username_folded=name, email=email, email_folded=email,
        password_hash="none", role=UserRole.USER, status=UserStatus.ACTIVE, created_at=now, updated_at=now,
    )  # fmt: skip
    return user.id


async def new_file(owner: Owner, **more: Any) -> File:
    """Create a file that is READY, though no store has its bytes."""
    file_id = new_id("file")
    columns = {
        "id": file_id,
        "user_id": owner.user_id,
        "session_id": owner.session_id,
        "name": "notes.txt",
        "extension": "txt",
        "media_type": "text/plain",
        "size_bytes": 5,
        "status": FileStatus.READY,
        "object_key": f"{owner.user_id}/{owner.session_id}/files/{file_id}.txt",
        "is_processed": False,
        "created_at": clock.now(),
    }
    return await File.create(**{**columns, **more})
