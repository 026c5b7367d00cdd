"""The viewer of a request: what a credential says about its holder for as long as it is valid."""

from datetime import datetime

import msgspec

from gql_chat.errors import Forbidden
from gql_chat.users.models import Scope, UserRole


def scopes_of(role: UserRole) -> tuple[Scope, ...]:
    """Return the scopes of a sign-in: all, ADMIN only for admins."""
    return tuple(scope for scope in Scope if scope != Scope.ADMIN or role == UserRole.ADMIN)


class Viewer(msgspec.Struct, frozen=True):
    """An active user, authenticated by a sign-in or a personal access token that was valid when it was presented.

    `scopes` is None for a sign-in, which permits everything that its user may do.
    """

    user_id: str
    role: UserRole
    credential_id: str
    expires_at: datetime | None
    scopes: frozenset[Scope] | None = None

    def permits(self, scope: Scope) -> bool:
        """Return whether the credential has this scope; ADMIN is of use to admins only."""
        return scope in (scopes_of(self.role) if self.scopes is None else self.scopes)

    @property
    def is_admin(self) -> bool:
        """Whether the user is an admin and the credential permits what admins do."""
        return self.role == UserRole.ADMIN and self.permits(Scope.ADMIN)

    def require_access_to(self, user_id: str | None, *, everyone: bool, what: str) -> None:
        """Raise Forbidden for what belongs to another user, or to everyone, unless the viewer is an admin."""
        if (everyone or user_id not in (None, self.user_id)) and not self.is_admin:
            raise Forbidden(f"Only an admin can see the {what} of other users.")
