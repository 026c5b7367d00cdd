"""The lookup of any object by its id."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import strawberry
from strawberry import argument

from gql_chat.api.call_log import CallLog
from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import STATEMENT_COST
from gql_chat.api.engine.fields.inputs import MAX_IDS, Ids, checked_ids
from gql_chat.api.engine.fields.node import Node
from gql_chat.api.engine.fields.permissions import GRAPHQL_SCOPES, SignedIn, query
from gql_chat.api.engine.loaders import Loader, Loaders
from gql_chat.api.files import File
from gql_chat.api.groups import Group
from gql_chat.api.keys import Key
from gql_chat.api.messages import Message
from gql_chat.api.sessions import Session
from gql_chat.api.users.access_tokens import AccessToken
from gql_chat.api.users.accounts import User
from gql_chat.infra.ids import prefix_of
from gql_chat.keys.groups import find_group, list_joined_groups
from gql_chat.usage.call_log import find_call
from gql_chat.users import administration
from gql_chat.users.models import Scope
from gql_chat.users.names import get_user

Row = TypeVar("Row")
Find = Callable[[Info, str], Awaitable[Node | None]]


@strawberry.type
class NodeQueries:
    @query(
        "Look up any object by its id. Null if it does not exist or you may not read it; admins can read users too. "
        "Needs the scope for objects of its type.",
        SignedIn(*GRAPHQL_SCOPES),
        cost=STATEMENT_COST,
    )
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, argument(description="The object's id.")]
    ) -> Node | None:
        return await _find(info, id)

    @query(
        "Look up objects by their ids, in the order of the ids, as `node` does. Null for each that does not exist or "
        f"that you may not read. Errors: BAD_USER_INPUT for more than {MAX_IDS} ids. Needs the scopes for objects of "
        "their types.",
        SignedIn(*GRAPHQL_SCOPES),
        cost=STATEMENT_COST,
        items=MAX_IDS,
    )
    async def nodes(self, info: Info, ids: Ids) -> list[Node | None]:
        finding = (_find(info, node_id) for node_id in checked_ids(ids))
        # An exception becomes the error of its item.
        return await asyncio.gather(*finding, return_exceptions=True)  # type: ignore[return-value]


async def _find(info: Info, node_id: str) -> Node | None:
    scopes, find = _FINDERS.get(prefix_of(node_id) or "", (frozenset(Scope), None))
    info.context.require_scope(scopes)
    return await find(info, node_id) if find else None


def _own(loader_of: Callable[[Loaders], Loader[str, Row | None]], wrap: Callable[[Row], Node]) -> Find:
    """Return a finder of objects that belong to one user."""

    async def find_own(info: Info, node_id: str) -> Node | None:
        row = await loader_of(info.context.loaders).load(node_id)
        return wrap(row) if row else None

    return find_own


async def _find_key(info: Info, key_id: str) -> Key | None:
    rows = await info.context.loaders.own_keys.load(None)
    return next((Key.of(row) for row in rows if row.id == key_id), None)


async def _find_user(info: Info, user_id: str) -> User | None:
    if user_id == info.context.user_id:
        return User.of(await get_user(user_id))
    row = await administration.find_user(user_id) if info.context.require_viewer().is_admin else None
    return User.of(row) if row else None


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


_FINDERS: dict[str, tuple[frozenset[Scope], Find]] = {
    "usr": (frozenset(Scope), _find_user),
    "key": (frozenset({Scope.KEYS}), _find_key),
    "ses": (frozenset({Scope.CHAT}), _own(lambda loaders: loaders.own_sessions, Session.of)),
    "msg": (frozenset({Scope.CHAT}), _own(lambda loaders: loaders.own_messages, Message.of)),
    "file": (frozenset({Scope.FILES}), _own(lambda loaders: loaders.own_files, File.of)),
    "grp": (frozenset({Scope.ACCOUNT}), _find_group),
    "call": (frozenset({Scope.ACCOUNT, Scope.ADMIN}), _find_call),
    "tok": (frozenset({Scope.ACCOUNT}), _find_access_token),
}
