"""Permissions of root fields: the decorators take an `Access`, and a test fails a field that has none."""

from typing import Any

import strawberry
from strawberry.extensions.field_extension import FieldExtension
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField

from gql_chat.api.engine.fields.costs import MUTATION_COST, SUBSCRIPTION_COST, costs
from gql_chat.errors import Forbidden
from gql_chat.users.models import Scope, UserRole

GRAPHQL_SCOPES = frozenset(Scope) - {Scope.COMPLETIONS}
"""The scopes with one of which a token may use fields that only need a sign-in."""


class Access(FieldExtension):
    """A check that runs before the resolver, and on a subscription before its first event.

    `resolve_root_fields_plainly` calls it, and refuses a schema with a root field that has none.
    """

    requirement = ""
    """The sentence about the check that ends the field's description."""
    makes_nullable = False
    """Whether the field is null where it fails. A failure of a field that is not nullable hides all others."""

    def require(self, info: strawberry.Info) -> None:
        """Raise Unauthenticated, TokenExpired or Forbidden."""
        raise NotImplementedError

    def apply(self, field: StrawberryField) -> None:
        """Add the requirement to the field's description and make it nullable, once for any number of schemas."""
        if self.makes_nullable and not isinstance(field.type, StrawberryOptional):
            field.type = StrawberryOptional(field.type)
        if self.requirement and not (field.description or "").endswith(self.requirement):
            field.description = f"{field.description} {self.requirement}"


class Anyone(Access):
    """No sign-in is needed."""

    def require(self, info: strawberry.Info) -> None:
        """Allow the call."""


class SignedIn(Access):
    """A user; with a personal access token only if it has one of the scopes."""

    def __init__(self, *scopes: Scope) -> None:
        super().__init__()
        self.scopes = frozenset(scopes)
        any_of = " or ".join(scope.value for scope in scopes)
        self.requirement = f"Needs the scope {any_of}." if self.scopes != GRAPHQL_SCOPES else "Needs a sign-in."

    def require(self, info: strawberry.Info) -> None:
        """Raise as `Access.require` does."""
        info.context.require_scope(self.scopes)


class Admin(SignedIn):
    """A user with the role ADMIN; with a personal access token only if it has the scope ADMIN."""

    makes_nullable = True

    def __init__(self) -> None:
        super().__init__(Scope.ADMIN)
        self.requirement = "Needs the role ADMIN and the scope ADMIN."

    def require(self, info: strawberry.Info) -> None:
        """Raise as `Access.require` does."""
        super().require(info)
        if info.context.require_viewer().role != UserRole.ADMIN:
            raise Forbidden("This needs the role ADMIN; ask an admin to do it.")


def query(
    description: str, access: Access, *, cost: int = 1, items: int | None = None, is_refused_to_some: bool = False
) -> Any:
    """Return the decorator of a root field of queries, with its cost as `costs` takes it.

    Make a field nullable that some of the callers whom `access` admits may not use.
    """
    access.makes_nullable |= is_refused_to_some
    return strawberry.field(description=description, extensions=[access], metadata=costs(cost, items=items))


def mutation(description: str, access: Access, *, cost: int = MUTATION_COST, items: int | None = None) -> Any:
    """Return the decorator of a mutation, with its cost as `costs` takes it. It is null if it fails."""
    access.makes_nullable = True
    return strawberry.mutation(description=description, extensions=[access], metadata=costs(cost, items=items))


def subscription(description: str, access: Access) -> Any:
    """Return the decorator of a subscription, whose cost is that of its start and one event."""
    return strawberry.subscription(description=description, extensions=[access], metadata=costs(SUBSCRIPTION_COST))
