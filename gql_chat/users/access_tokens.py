"""Personal access tokens: for scripts, with scopes, shown once, stored as a hash."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from gql_chat.errors import BadUserInput, NotFound, TokenExpired, Unauthenticated
from gql_chat.infra import clock
from gql_chat.infra.ids import new_id
from gql_chat.users.models import AccessToken, Scope, User, UserRole, UserStatus
from gql_chat.users.viewer import Viewer

PREFIX = "gqlchat_"  # so that secret scanners, and people, see what it is
SECRET_BYTES = 32
NAME_MAX_LENGTH = 100
MAX_PER_USER = 50
USE_NOTED_EVERY = timedelta(minutes=1)  # so that a busy script does not write a row for each request


async def create_access_token(
    viewer: Viewer, name: str, scopes: Sequence[Scope], expires_at: datetime | None
) -> tuple[AccessToken, str]:
    """A new token and its text, which nobody sees again. Raises BadUserInput."""
    name = name.strip()
    if not 0 < len(name) <= NAME_MAX_LENGTH or not name.isprintable():
        raise BadUserInput(f"A name has 1 to {NAME_MAX_LENGTH} printable characters.", field="input.name")
    if not scopes:
        raise BadUserInput("A token needs at least one scope.", field="input.scopes")
    if Scope.ADMIN in scopes and viewer.role != UserRole.ADMIN:
        raise BadUserInput("Only an admin's token can have the scope ADMIN.", field="input.scopes")
    now = clock.now()
    if expires_at is not None and expires_at <= now:
        raise BadUserInput("This time has passed already.", field="input.expiresAt")
    if await AccessToken.filter(user_id=viewer.user_id).count() >= MAX_PER_USER:
        raise BadUserInput(f"You have {MAX_PER_USER} tokens, which is the most; revoke one first.", field="input")
    text = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = await AccessToken.create(
        id=new_id("tok"),
        user_id=viewer.user_id,
        name=name,
        token_hash=_hash(text),
        scopes=sorted({scope.value for scope in scopes}),
        created_at=now,
        expires_at=expires_at,
    )
    return token, text


async def revoke_access_token(user_id: str, token_id: str) -> None:
    """End a token at once. Raises NotFound."""
    if not await AccessToken.filter(id=token_id, user_id=user_id).delete():
        raise NotFound("There is no such token.")


async def authenticate(text: str) -> Viewer:
    """Who a token speaks for. Raises Unauthenticated, TokenExpired."""
    token = await AccessToken.get_or_none(token_hash=_hash(text)).select_related("user")
    if token is None or token.user.status != UserStatus.ACTIVE:
        raise Unauthenticated("The access token is not valid.")
    now = clock.now()
    if token.expires_at is not None and token.expires_at <= now:
        raise TokenExpired("The access token has expired; make another.")
    if token.last_used_at is None or token.last_used_at + USE_NOTED_EVERY < now:
        await AccessToken.filter(id=token.id).update(last_used_at=now)
    scopes = frozenset(map(Scope, token.scopes))
    owner: User = token.user
    return Viewer(owner.id, owner.role, token.id, token.expires_at, scopes)


def _hash(text: str) -> str:
    # Not bcrypt: 256 random bits cannot be guessed, and this is looked up on every request.
    return hashlib.sha256(text.encode()).hexdigest()
