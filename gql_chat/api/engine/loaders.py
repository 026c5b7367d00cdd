"""Batch loaders: the database is queried once for any number of objects of an operation."""

import asyncio
from collections.abc import Awaitable, Hashable, Sequence
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

from gql_chat.chats.idempotency import load_idempotency_keys
from gql_chat.chats.messages import load_messages, load_siblings
from gql_chat.chats.models import ChatSession, Message
from gql_chat.chats.sessions import load_sessions
from gql_chat.files.catalog import load_files, load_own_files, load_session_files, load_texts
from gql_chat.files.models import File
from gql_chat.keys.groups import load_groups, load_joined_groups, load_member_counts
from gql_chat.keys.keyring import list_keys
from gql_chat.keys.models import Group, Key
from gql_chat.usage.prompts import load_prompts
from gql_chat.users.access_tokens import load_access_tokens
from gql_chat.users.accounts import get_user
from gql_chat.users.models import AccessToken, User

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
        self.siblings: Loader[tuple[str, str | None], list[str]] = Loader(load_fn=load_siblings, cache=False)
        self.idempotency_keys: Loader[str, str | None] = Loader(load_fn=load_idempotency_keys, cache=False)
        # Not cached either: files are added, settled and deleted.
        self.files: Loader[str, File | None] = Loader(load_fn=_load_files, cache=False)
        self.session_files: Loader[str, list[File]] = Loader(load_fn=load_session_files, cache=False)
        self.prompts: Loader[str, list[Any]] = Loader(load_fn=load_prompts, cache=False)
        self.file_texts: Loader[str, str | None] = Loader(load_fn=_load_texts, cache=False)

        # Nor are these, which mutations change.
        self.own_sessions: Loader[str, ChatSession | None] = Loader(load_fn=self._load_own_sessions, cache=False)
        self.own_messages: Loader[str, Message | None] = Loader(load_fn=self._load_own_messages, cache=False)
        self.own_files: Loader[str, File | None] = Loader(load_fn=self._load_own_files, cache=False)

    async def _load_viewer(self, slots: Sequence[None]) -> list[User]:
        assert self._user_id is not None
        return [await get_user(self._user_id)] * len(slots)

    async def _load_own_keys(self, slots: Sequence[None]) -> list[list[Key]]:
        keys = await list_keys(self._user_id) if self._user_id else []
        return [keys] * len(slots)

    async def _load_own_sessions(self, ids: Sequence[str]) -> list[ChatSession | None]:
        found = await load_sessions(self._user_id, ids) if self._user_id else {}
        return [found.get(session_id) for session_id in ids]

    async def _load_own_messages(self, ids: Sequence[str]) -> list[Message | None]:
        found = await load_messages(self._user_id, ids) if self._user_id else {}
        return [found.get(message_id) for message_id in ids]

    async def _load_own_files(self, ids: Sequence[str]) -> list[File | None]:
        found = await load_own_files(self._user_id, ids) if self._user_id else {}
        return [found.get(file_id) for file_id in ids]


async def _load_files(file_ids: Sequence[str]) -> list[File | None]:
    found = await load_files(file_ids)
    return [found.get(file_id) for file_id in file_ids]


async def _load_texts(file_ids: Sequence[str]) -> list[str | None]:
    found = await load_texts(file_ids)
    return [found.get(file_id) for file_id in file_ids]
