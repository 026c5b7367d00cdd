"""Credentials: whatever stands behind `Authorization: Bearer …`, and which of those in use have ended."""

from collections.abc import Collection

from gql_chat.users import access_tokens
from gql_chat.users.models import AccessToken, SignIn, UserStatus
from gql_chat.users.sign_ins import SignIns
from gql_chat.users.viewer import Viewer

IDS_PER_QUERY = 500  # SQLite takes at most 32,766 variables, PostgreSQL 65,535


async def authenticate(token: str, *, sign_ins: SignIns) -> Viewer:
    """Who a token speaks for. Raises Unauthenticated, TokenExpired."""
    if token.startswith(access_tokens.PREFIX):
        return await access_tokens.authenticate(token)
    return await sign_ins.authenticate(token)


async def find_ended(viewers: Collection[Viewer]) -> set[str]:
    """The ids of those credentials that were revoked, or whose user was disabled or deleted."""
    ids = sorted({viewer.credential_id for viewer in viewers})
    good: set[str] = set()
    for start in range(0, len(ids), IDS_PER_QUERY):
        some = ids[start : start + IDS_PER_QUERY]
        active = {"id__in": some, "user__status": UserStatus.ACTIVE}
        good.update(await SignIn.filter(**active, revoked_at=None).values_list("id", flat=True))  # type: ignore[arg-type]
        good.update(await AccessToken.filter(**active).values_list("id", flat=True))  # type: ignore[arg-type]
    return set(ids) - good
