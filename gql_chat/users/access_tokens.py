"""Personal access tokens for scripts: limited by scopes, shown once, stored as a hash."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.expressions import Q

from gql_chat.errors import BadUserInput, NotFound, QuotaExceeded, QuotaKind, TokenExpired, Unauthenticated
from gql_chat.infra import clock
from gql_chat.infra.db.combining import padded
from gql_chat.infra.db.database import transaction
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.infra.ids import is_id, new_id
from gql_chat.infra.mail.outbox import Outbox
from gql_chat.infra.rate_limits.limiter import RateLimiter
from gql_chat.users.credentials import lock_account
from gql_chat.users.models import AccessToken, Scope, User, UserRole, UserStatus
from gql_chat.users.names import get_user, normalize_line
from gql_chat.users.notices import make_new_token_email
from gql_chat.users.passwords.hashing import Passwords
from gql_chat.users.passwords.own_passwords import OwnPassword, require_own_password
from gql_chat.users.sign_outs import SignOut, SignOuts
from gql_chat.users.viewer import Viewer

PREFIX = "gqlchat_"  # so that secret scanners, and people, recognize a token
SECRET_BYTES = 32
NAME_MAX_LENGTH = 100
MAX_PER_USER = 50
MAX_LIFETIME = timedelta(days=3653)  # ten years; for longer, create a token that does not expire
USE_RECORDED_EVERY = timedelta(minutes=1)  # so that a busy script does not cause a write for each request


@dataclass(frozen=True, slots=True)
class AccessTokenDraft:
    """A token to create. `expires_at` is aware; None means that the token does not expire."""

    name: str
    scopes: Sequence[Scope]
    expires_at: datetime | None = None


async def create_access_token(
    viewer: Viewer,
    draft: AccessTokenDraft,
    current_password: OwnPassword,
    *,
    client_ip: str | None,
    passwords: Passwords,
    limiter: RateLimiter,
    outbox: Outbox,
) -> tuple[AccessToken, str]:
    """Create a token and return it with its text, which cannot be shown again. The user gets an email about it.

    With a token instead of a sign-in, the current password is needed, so that a stolen token cannot outlive its
    revocation; the new one has no scope that the other lacks, and does not outlive it. Raises BadUserInput,
    RateLimited, QuotaExceeded at the user's limit, Unauthenticated if the viewer's credential has ended meanwhile.
    """
    name = normalize_line(draft.name, NAME_MAX_LENGTH, field="name")
    _require_may_grant(viewer, draft.scopes)
    expires_at = _checked_expiry(viewer, draft.expires_at)
    if viewer.scopes is not None:
        user = await get_user(viewer.user_id)
        await require_own_password(user, current_password, passwords=passwords, limiter=limiter)
    text = PREFIX + secrets.token_urlsafe(SECRET_BYTES)

    @repeated_on_conflict
    async def store() -> tuple[str, AccessToken]:
        async with transaction():
            user = await lock_account(viewer)
            await _require_room(viewer)
            return user.email, await _insert(viewer.user_id, name, text, draft.scopes, expires_at)

    email, token = await store()
    outbox.enqueue(make_new_token_email(email, name, token.scopes, token.created_at, client_ip))
    return token, text


async def revoke_access_token(user_id: str, token_id: str, *, sign_outs: SignOuts) -> None:
    """End a token at once, its live connections included. Raises NotFound."""
    if not (is_id(token_id, "tok") and await AccessToken.filter(id=token_id, user_id=user_id).delete()):
        raise NotFound("There is no such token.")
    sign_outs.announce(SignOut(user_id, only=token_id))


async def load_access_tokens(user_ids: Sequence[str]) -> list[list[AccessToken]]:
    """Return the tokens of each of these users, oldest first."""
    rows = await AccessToken.filter(user_id__in=padded(user_ids)).order_by("created_at", "id")
    return [[row for row in rows if row.user_id == user_id] for user_id in user_ids]


async def authenticate(text: str) -> Viewer:
    """Return the viewer of a token. Raises Unauthenticated, TokenExpired."""
    token = await AccessToken.get_or_none(token_hash=_hash(text)).select_related("user")
    if token is None or token.user.status != UserStatus.ACTIVE:
        raise Unauthenticated("The access token is not valid; create another.")
    now = clock.now()
    if token.expires_at is not None and token.expires_at <= now:
        raise TokenExpired("The access token has expired; create another.")
    await _record_use(token, now)
    scopes = frozenset(map(Scope, token.scopes))
    owner: User = token.user
    return Viewer(owner.id, owner.role, token.id, token.expires_at, scopes)


async def _insert(
    user_id: str, name: str, text: str, scopes: Sequence[Scope], expires_at: datetime | None
) -> AccessToken:
    return await AccessToken.create(
        id=new_id("tok"),
        user_id=user_id,
        name=name,
        token_hash=_hash(text),
        scopes=sorted({scope.value for scope in scopes}),
        created_at=clock.now(),
        expires_at=expires_at,
    )


async def _record_use(token: AccessToken, now: datetime) -> None:
    stale_before = now - USE_RECORDED_EVERY
    if token.last_used_at is None or token.last_used_at <= stale_before:
        # The UPDATE checks again, so that only one of many parallel requests writes.
        still_stale = Q(last_used_at=None) | Q(last_used_at__lte=stale_before)
        await AccessToken.filter(still_stale, id=token.id).update(last_used_at=now)


def _checked_expiry(viewer: Viewer, expires_at: datetime | None) -> datetime | None:
    field = "expires_at"
    if expires_at is not None:
        now = clock.now()
        if expires_at <= now:
            raise BadUserInput("The expiry time is in the past.", field=field)
        if expires_at > now + MAX_LIFETIME:
            raise BadUserInput("A token lasts ten years at most, or does not expire at all.", field=field)
    is_by_token = viewer.scopes is not None
    if is_by_token and viewer.expires_at is not None and (expires_at is None or expires_at > viewer.expires_at):
        raise BadUserInput("A token created with another token cannot outlive it.", field=field)
    return expires_at


def _require_may_grant(viewer: Viewer, scopes: Sequence[Scope]) -> None:
    field = "scopes"
    if not scopes:
        raise BadUserInput("A token needs at least one scope.", field=field)
    if viewer.scopes is not None and not viewer.scopes.issuperset(scopes):
        raise BadUserInput("A token created with another token cannot have a scope that the other lacks.", field=field)
    if Scope.ADMIN in scopes and viewer.role != UserRole.ADMIN:
        raise BadUserInput("Only an admin's token can have the scope ADMIN.", field=field)


def _hash(text: str) -> str:
    # Not bcrypt: 256 random bits cannot be guessed, and this is looked up on every request.
    return hashlib.sha256(text.encode()).hexdigest()


async def _require_room(viewer: Viewer) -> None:
    if await AccessToken.filter(user_id=viewer.user_id).count() >= MAX_PER_USER:
        message = f"You have {MAX_PER_USER} tokens, the maximum. Revoke one first."
        raise QuotaExceeded(message, quota=QuotaKind.ACCESS_TOKENS, limit=MAX_PER_USER)
