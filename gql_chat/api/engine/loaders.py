"""Batch loaders: the database is queried once for any number of objects of an operation."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

from gql_chat.chats.idempotency import load_idempotency_keys
from gql_chat.chats.messages import load_messages
from gql_chat.chats.paths import Siblings, load_siblings
from gql_chat.chats.sessions import load_sessions
from gql_chat.files.catalog import load_files, load_own_files, load_session_files, load_texts
from gql_chat.files.models import File
from gql_chat.keys.groups import load_groups, load_joined_groups, load_member_counts
from gql_chat.keys.keyring import list_keys
from gql_chat.keys.models import Group, Key
from gql_chat.usage.prompts import load_prompts
from gql_chat.users.access_tokens import load_access_tokens
from gql_chat.users.models import AccessToken, User
from gql_chat.users.names import get_user

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Loader(DataLoader[K, T]):
    """A loader whose values several fields may await.

    When a field fails, graphql-core cancels the fields beside it. That must not cancel what others await as well.
    """

    def load(self, key: K) -> Awaitable[T]:
        """Return the value's future, which only its own caller can cancel."""
        return asyncio.shield(super().load(key))


class Loaders:
    """The loaders of one operation, for one user or for a client that is not signed in."""

    def __init__(self, user_id: str | None) -> None:
        self._user_id = user_id
        self.access_tokens: Loader[str, list[AccessToken]] = Loader(load_fn=load_access_tokens)
        self.groups: Loader[str, Group | None] = Loader(load_fn=load_groups)
        self.joined_groups: Loader[str, list[Group]] = Loader(load_fn=load_joined_groups)
        self.member_counts: Loader[str, int] = Loader(load_fn=load_member_counts)
        self.viewer: Loader[None, User] = Loader(load_fn=self._load_viewer)
        self.own_keys: Loader[None, list[Key]] = Loader(load_fn=self._load_own_keys)
        # Not cached: the next mutation of the same operation may add one.
        self.siblings: Loader[Siblings, list[str]] = Loader(load_fn=load_siblings, cache=False)
        self.idempotency_keys: Loader[str, str | None] = Loader(load_fn=load_idempotency_keys, cache=False)
        # Not cached either: files are added, settled and deleted.
        self.files = _load_any(load_files)
        self.session_files: Loader[str, list[File]] = Loader(load_fn=load_session_files, cache=False)
        self.prompts: Loader[str, list[Any]] = Loader(load_fn=load_prompts, cache=False)
        self.file_texts = _load_any(load_texts)

        # Nor are these, which mutations change.
        self.own_sessions = self._load_own(load_sessions)
        self.own_messages = self._load_own(load_messages)
        self.own_files = self._load_own(load_own_files)

    async def _load_viewer(self, slots: Sequence[None]) -> list[User]:
        assert self._user_id is not None
        return [await get_user(self._user_id)] * len(slots)

    async def _load_own_keys(self, slots: Sequence[None]) -> list[list[Key]]:
        keys = await list_keys(self._user_id) if self._user_id else []
        return [keys] * len(slots)

    def _load_own(self, load: Callable[[str, Sequence[str]], Awaitable[Mapping[str, T]]]) -> Loader[str, T | None]:
        async def load_own(ids: Sequence[str]) -> list[T | None]:
            found = await load(self._user_id, ids) if self._user_id else {}
            return [found.get(one) for one in ids]

        return Loader(load_fn=load_own, cache=False)


def _load_any(load: Callable[[Sequence[str]], Awaitable[Mapping[str, T]]]) -> Loader[str, T | None]:
    async def load_any(ids: Sequence[str]) -> list[T | None]:
        found = await load(ids)
        return [found.get(one) for one in ids]

    return Loader(load_fn=load_any, cache=False)
