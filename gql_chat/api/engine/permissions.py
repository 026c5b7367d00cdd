"""Who may use a root field: each one states an `Access`, and a test fails one that does not."""

from typing import Any

import strawberry
from strawberry.extensions.field_extension import AsyncExtensionResolver, FieldExtension, SyncExtensionResolver
from strawberry.utils.await_maybe import await_maybe

from gql_chat.errors import Forbidden
from gql_chat.users.models import Scope, UserRole


class Access(FieldExtension):
    """Checked before the resolver runs. On a subscription: before its first event."""

    def require(self, info: strawberry.Info) -> None:
        """Raise Unauthenticated, TokenExpired or Forbidden."""
        raise NotImplementedError

    def resolve(self, next_: SyncExtensionResolver, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        """For plain resolvers and subscriptions."""
        self.require(info)
        return next_(source, info, **kwargs)

    async def resolve_async(
        self, next_: AsyncExtensionResolver, source: Any, info: strawberry.Info, **kwargs: Any
    ) -> Any:
        """For async resolvers."""
        self.require(info)
        # A subscription's resolver returns its generator, which is nothing to await.
        return await await_maybe(next_(source, info, **kwargs))


class Anyone(Access):
    """No sign-in needed."""

    def require(self, info: strawberry.Info) -> None:
        """Nothing."""


class SignedIn(Access):
    """A user; by a personal access token only if it has one of the scopes."""

    def __init__(self, *scopes: Scope) -> None:
        super().__init__()
        self.scopes = frozenset(scopes)

    def require(self, info: strawberry.Info) -> None:
        """See Access."""
        info.context.require_scope(self.scopes)


class Admin(SignedIn):
    """A user with the role ADMIN; by a personal access token only if that has the scope ADMIN."""

    def __init__(self) -> None:
        super().__init__(Scope.ADMIN)

    def require(self, info: strawberry.Info) -> None:
        """See Access."""
        super().require(info)
        if info.context.require_viewer().role != UserRole.ADMIN:
            raise Forbidden("Only an admin may do this.")
