"""Administration of users: list them, change their role, status and quota, and never lose the last active admin."""

from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Q

from gql_chat.errors import BadUserInput, Conflict, ConflictReason, found
from gql_chat.infra import clock
from gql_chat.infra.db.database import transaction
from gql_chat.infra.db.keyset import Ordering, Text
from gql_chat.infra.db.listing import Conditions, Listing, TableListing
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.infra.db.substring_index import like_pattern
from gql_chat.infra.ids import is_id
from gql_chat.users.models import SignIn, User, UserRole, UserStatus
from gql_chat.users.names import normalize_name
from gql_chat.users.sign_outs import SignOut, SignOuts

NEWEST_FIRST = Ordering({"id": Text}, descending=True)  # ids are sorted by time
SEARCH_MAX_LENGTH = 254  # as the longest email address; SQLite refuses patterns beyond 50,000 bytes
MATCHES_SEARCH = r"""
(username_folded LIKE {} ESCAPE '\' OR email_folded LIKE {} ESCAPE '\' OR upper(nickname) LIKE upper({}) ESCAPE '\')
"""


@dataclass(frozen=True, slots=True)
class TokenQuota:
    """Tokens a month. None means the server's default."""

    tokens: int | None


@dataclass(frozen=True, slots=True)
class UserChanges:
    """The changes that an admin makes to an account. None leaves a field unchanged."""

    role: UserRole | None = None
    status: UserStatus | None = None
    monthly_token_quota: TokenQuota | None = None


def list_users(search: str) -> Listing[User]:
    """Return the listing of users, newest first: all, or those with `search` in username, email address or nickname."""
    wanted = search.strip()
    if len(wanted) > SEARCH_MAX_LENGTH or "\0" in wanted:  # PostgreSQL refuses NUL
        raise BadUserInput(f"A search has at most {SEARCH_MAX_LENGTH} printable characters.", field="search")
    conditions = Conditions()
    if wanted:
        name = like_pattern(normalize_name(wanted))
        conditions.add(MATCHES_SEARCH, name, name, like_pattern(wanted))
    return TableListing(User, conditions, NEWEST_FIRST)


async def find_user(user_id: str) -> User | None:
    """Return the account of any user, or None."""
    return await User.get_or_none(id=user_id) if is_id(user_id, "usr") else None


async def find_user_by(**by: str) -> User | None:
    """Return the account of any user by `id`, or by `username` or `email` in any case; None if there is none."""
    ((attribute, value),) = by.items()
    if attribute == "id":
        return await find_user(value)
    name = normalize_name(value.strip())
    if len(name) > SEARCH_MAX_LENGTH or "\0" in name:
        return None  # such a text is nobody's name; a database may refuse to compare it
    return await (
        User.get_or_none(email_folded=name) if attribute == "email" else User.get_or_none(username_folded=name)
    )


@repeated_on_conflict
async def update_user(user_id: str, changes: UserChanges, *, sign_outs: SignOuts | None = None) -> User:
    """Change the role, status or quota of a user, effective from the user's next operation.

    Disabling ends the user's sign-ins for good and, through `sign_outs`, the live connections. Personal access tokens
    work again once the user is enabled. Raises NotFound, BadUserInput, and Conflict for the last active admin.
    """
    columns = _columns(changes)
    disables = changes.status == UserStatus.DISABLED
    async with transaction():
        if is_id(user_id, "usr") and (disables or changes.role == UserRole.USER):
            await require_another_admin(user_id)
        user = found(await find_user(user_id), "user")
        now = clock.now()
        user.update_from_dict(columns | {"updated_at": now})
        # Unchanged columns are not written: another admin may be changing them.
        await user.save(update_fields=[*columns, "updated_at"])
        if disables:
            await SignIn.filter(user_id=user_id, revoked_at=None).update(revoked_at=now)
    if disables and sign_outs is not None:
        sign_outs.announce(SignOut(user_id))
    return user


async def require_another_admin(user_id: str) -> None:
    """Raise Conflict if the user is the only active admin.

    Call it first in the transaction that demotes, disables or deletes the user. Until that ends, a transaction that
    does so to another admin waits, and then sees which admins are left. (SQLite runs one transaction at a time.)
    """
    # Locked in one order, so that two of these cannot deadlock. After a wait, PostgreSQL evaluates the rows again.
    admin = Q(role=UserRole.ADMIN, status=UserStatus.ACTIVE)
    locked = await User.filter(admin | Q(id=user_id)).order_by("id").select_for_update()
    admins = [user.id for user in locked if (user.role, user.status) == (UserRole.ADMIN, UserStatus.ACTIVE)]
    if admins == [user_id]:
        message = "This is the last active admin: make another user an admin first."
        raise Conflict(message, reason=ConflictReason.LAST_ADMIN)


def _columns(changes: UserChanges) -> dict[str, Any]:
    columns: dict[str, Any] = {"role": changes.role, "status": changes.status}
    columns = {name: value for name, value in columns.items() if value is not None}
    quota = changes.monthly_token_quota
    if quota is None:
        return columns
    if quota.tokens is not None and quota.tokens < 0:
        message = "A quota is 0 or more tokens, or null for the server's default."
        raise BadUserInput(message, field="monthly_token_quota")
    return {**columns, "monthly_token_quota": quota.tokens}
