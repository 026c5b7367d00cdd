"""Who asks: what a credential says about its holder for as long as it is good."""

from dataclasses import dataclass
from datetime import datetime

from gql_chat.users.models import Scope, UserRole


@dataclass(frozen=True, slots=True)
class Viewer:
    """An active user, by a credential (a sign-in or a personal access token) that was good when it was shown.

    `scopes` is None for a sign-in, which is good for everything its user may do.
    """

    user_id: str
    role: UserRole
    credential_id: str
    expires_at: datetime | None
    scopes: frozenset[Scope] | None = None

    @property
    def is_admin(self) -> bool:
        """Whether an admin asks, by a credential that is good for what admins do."""
        return self.role == UserRole.ADMIN and (self.scopes is None or Scope.ADMIN in self.scopes)
