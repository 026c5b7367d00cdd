"""The lookup of any object by its id."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import strawberry
from strawberry import argument

from gql_chat.api.access_tokens import AccessToken
from gql_chat.api.accounts import User
from gql_chat.api.calls import CallLog
from gql_chat.api.engine.context import Info
from gql_chat.api.engine.node import Node
from gql_chat.api.engine.permissions import SignedIn
from gql_chat.api.files import File
from gql_chat.api.groups import Group
from gql_chat.api.keys import Key
from gql_chat.api.messages import Message
from gql_chat.api.sessions import Session
from gql_chat.chats.messages import find_message
from gql_chat.chats.sessions import find_session
from gql_chat.files.catalog import find_file
from gql_chat.infra.ids import prefix_of
from gql_chat.keys.groups import find_group, list_joined_groups
from gql_chat.keys.keyring import find_key
from gql_chat.usage.call_log import find_call
from gql_chat.users.accounts import get_user
from gql_chat.users.models import Scope


@strawberry.type
class NodeQueries:
    @strawberry.field(
        description="Look up any object by its id. Null if it does not exist or you may not read it. Needs the scope "
        "for objects of its type.",
        extensions=[SignedIn(*Scope)],
    )
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, argument(description="The object's id.")]
    ) -> Node | None:
        scopes, find = _FINDERS.get(prefix_of(id) or "", (frozenset(Scope), _find_nothing))
        info.context.require_scope(scopes)
        return await find(info, id)


async def _find_nothing(info: Info, unknown_id: str) -> None:
    return None


async def _find_user(info: Info, user_id: str) -> User | None:
    return User.of(await get_user(user_id)) if user_id == info.context.user_id else None


async def _find_key(info: Info, key_id: str) -> Key | None:
    row = await find_key(info.context.user_id, id=key_id)
    return Key.of(row) if row else None


async def _find_session(info: Info, session_id: str) -> Session | None:
    row = await find_session(info.context.user_id, session_id)
    return Session.of(row) if row else None


async def _find_message(info: Info, message_id: str) -> Message | None:
    row = await find_message(info.context.user_id, message_id)
    return Message.of(row) if row else None


async def _find_file(info: Info, file_id: str) -> File | None:
    row = await find_file(info.context.user_id, file_id)
    return File.of(row) if row else None


async def _find_group(info: Info, group_id: str) -> Group | None:
    viewer = info.context.require_viewer()
    if viewer.is_admin:
        row = await find_group(group_id)
    else:
        row = next((row for row in await list_joined_groups(viewer.user_id) if row.id == group_id), None)
    return Group.of(row, info) if row else None


async def _find_access_token(info: Info, token_id: str) -> AccessToken | None:
    rows = await info.context.loaders.access_tokens.load(info.context.user_id)
    return next((AccessToken.of(row) for row in rows if row.id == token_id), None)


async def _find_call(info: Info, call_id: str) -> CallLog | None:
    viewer = info.context.require_viewer()
    row = await find_call(viewer, call_id)
    return CallLog.of(row, viewer) if row else None


_FINDERS: dict[str, tuple[frozenset[Scope], Callable[[Info, str], Awaitable[Node | None]]]] = {
    "usr": (frozenset(Scope), _find_user),
    "key": (frozenset({Scope.KEYS}), _find_key),
    "ses": (frozenset({Scope.CHAT}), _find_session),
    "msg": (frozenset({Scope.CHAT}), _find_message),
    "file": (frozenset({Scope.FILES}), _find_file),
    "grp": (frozenset({Scope.ACCOUNT}), _find_group),
    "call": (frozenset({Scope.ACCOUNT, Scope.ADMIN}), _find_call),
    "tok": (frozenset({Scope.ACCOUNT}), _find_access_token),
}
