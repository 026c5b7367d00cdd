"""Batch loaders: the database is queried once for any number of objects of an operation."""

from collections.abc import Sequence

from strawberry.dataloader import DataLoader

from gql_chat.chats.messages import load_siblings
from gql_chat.files.catalog import load_files, load_session_files, load_texts
from gql_chat.files.models import File
from gql_chat.keys.groups import load_groups, load_joined_groups, load_member_counts
from gql_chat.keys.keyring import list_keys
from gql_chat.keys.models import Group, Key
from gql_chat.users.access_tokens import load_access_tokens
from gql_chat.users.accounts import get_user
from gql_chat.users.models import AccessToken, User


class Loaders:
    """The loaders of one operation, for one user or for a client that is not signed in."""

    def __init__(self, user_id: str | None) -> None:
        self._user_id = user_id
        self.access_tokens: DataLoader[str, list[AccessToken]] = DataLoader(load_fn=load_access_tokens)
        self.groups: DataLoader[str, Group | None] = DataLoader(load_fn=load_groups)
        self.joined_groups: DataLoader[str, list[Group]] = DataLoader(load_fn=load_joined_groups)
        self.member_counts: DataLoader[str, int] = DataLoader(load_fn=load_member_counts)
        self.viewer: DataLoader[None, User] = DataLoader(load_fn=self._load_viewer)
        self.own_keys: DataLoader[None, list[Key]] = DataLoader(load_fn=self._load_own_keys)
        # Not cached: the next mutation of the same operation may add one.
        self.siblings: DataLoader[tuple[str, str | None], list[str]] = DataLoader(load_fn=load_siblings, cache=False)
        # Not cached either: files are added, settled and deleted.
        self.files: DataLoader[str, File | None] = DataLoader(load_fn=_load_files, cache=False)
        self.session_files: DataLoader[str, list[File]] = DataLoader(load_fn=load_session_files, cache=False)
        self.file_texts: DataLoader[str, str | None] = DataLoader(load_fn=_load_texts, cache=False)

    async def _load_viewer(self, slots: Sequence[None]) -> list[User]:
        assert self._user_id is not None
        return [await get_user(self._user_id)] * len(slots)

    async def _load_own_keys(self, slots: Sequence[None]) -> list[list[Key]]:
        keys = await list_keys(self._user_id) if self._user_id else []
        return [keys] * len(slots)


async def _load_files(file_ids: Sequence[str]) -> list[File | None]:
    found = await load_files(file_ids)
    return [found.get(file_id) for file_id in file_ids]


async def _load_texts(file_ids: Sequence[str]) -> list[str | None]:
    found = await load_texts(file_ids)
    return [found.get(file_id) for file_id in file_ids]
