"""Sign-ins: opened by a password, continued by single-use refresh tokens, ended by logout, reuse or time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gql_chat.errors import Unauthenticated
from gql_chat.infra import clock
from gql_chat.infra.db.database import fetch_all
from gql_chat.infra.ids import new_id
from gql_chat.infra.rate_limits.limiter import RateLimiter
from gql_chat.users.models import SignIn, User, UserRole, UserStatus
from gql_chat.users.rate_limits import require_refresh_rate_of_place, require_refresh_rate_of_sign_in
from gql_chat.users.sign_in_tokens import RefreshClaims, SignInTokens
from gql_chat.users.sign_outs import SignOut, SignOuts
from gql_chat.users.viewer import Viewer

REUSE_GRACE = timedelta(seconds=15)  # parallel tabs that refresh at once are given the same successor
SELECT_ROLE = """
SELECT users.role FROM sign_ins JOIN users ON users.id = sign_ins.user_id
WHERE sign_ins.id = $1 AND users.id = $2 AND sign_ins.revoked_at IS NULL AND users.status = $3
"""
FAMILY_LIFETIME = timedelta(days=180)  # however often it is refreshed


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a client is handed; both times are aware UTC."""

    user: User
    access_token: str
    access_token_expires_at: datetime
    refresh_token: str
    refresh_token_expires_at: datetime


@dataclass(frozen=True, slots=True)
class ClientInfo:
    """Where a sign-in came from, kept beside it."""

    ip: str | None = None
    user_agent: str | None = None


class SignIns:
    """Opens, refreshes and ends sign-ins. `idle_lifetime` is how long a refresh token lives unused."""

    def __init__(self, tokens: SignInTokens, *, idle_lifetime: timedelta, sign_outs: SignOuts) -> None:
        self._tokens = tokens
        self._idle_lifetime = idle_lifetime
        self._sign_outs = sign_outs

    async def open(self, user: User, client: ClientInfo) -> TokenPair:
        """A new token family for this user."""
        now = clock.now()
        sign_in = await SignIn.create(
            id=new_id("tok"),
            user_id=user.id,
            generation=0,
            rotated_at=now,
            expires_at=now + self._idle_lifetime,
            ends_at=now + FAMILY_LIFETIME,
            client_ip=client.ip,
            user_agent=client.user_agent[:300] if client.user_agent else None,
            created_at=now,
        )
        return self._pair(user, sign_in)

    async def refresh(self, refresh_token: str, client: ClientInfo, *, limiter: RateLimiter) -> TokenPair:
        """The next pair. A token that was used before its successor was, and long ago, revokes the family."""
        await require_refresh_rate_of_place(client.ip, limiter=limiter)
        claims = self._tokens.read_refresh(refresh_token)
        await require_refresh_rate_of_sign_in(claims.sign_in_id, limiter=limiter)
        await self._rotate(claims)
        sign_in = _require_alive(await SignIn.get_or_none(id=claims.sign_in_id))
        if sign_in.generation != claims.generation + 1 or sign_in.rotated_at + REUSE_GRACE < clock.now():
            await self._revoke(sign_in)
            raise Unauthenticated("The refresh token was used before, so this sign-in was ended; sign in again.")
        user = await User.get_or_none(id=sign_in.user_id, status=UserStatus.ACTIVE)
        if user is None:
            raise Unauthenticated("This account is disabled.")
        return self._pair(user, sign_in)

    async def end(self, refresh_token: str, *, everywhere: bool) -> None:
        """Log out; a sign-in that has ended need not be ended here, but cannot end others: Unauthenticated."""
        sign_in = await SignIn.get_or_none(id=self._tokens.read_refresh(refresh_token).sign_in_id)
        if everywhere:
            user_id = _require_alive(sign_in).user_id
            await SignIn.filter(user_id=user_id, revoked_at=None).update(revoked_at=clock.now())
            self._sign_outs.announce(SignOut(user_id, sign_ins_only=True))
        elif sign_in is not None:
            await self._revoke(sign_in)

    async def authenticate(self, access_token: str) -> Viewer:
        """Raises TokenExpired or Unauthenticated; a revoked sign-in or disabled user is seen at once."""
        claims = self._tokens.read_access(access_token)
        active = await fetch_all(SELECT_ROLE, claims.sign_in_id, claims.user_id, UserStatus.ACTIVE.value)
        if not active:
            raise Unauthenticated("This sign-in has ended; sign in again.")
        return Viewer(claims.user_id, UserRole(active[0]["role"]), claims.sign_in_id, claims.expires_at)

    async def _revoke(self, sign_in: SignIn) -> None:
        await SignIn.filter(id=sign_in.id, revoked_at=None).update(revoked_at=clock.now())
        self._sign_outs.announce(SignOut(sign_in.user_id, only=sign_in.id))

    async def _rotate(self, claims: RefreshClaims) -> None:
        # One atomic UPDATE decides among any number of parallel refreshes; the losers read the same successor below.
        now = clock.now()
        current = SignIn.filter(
            id=claims.sign_in_id, generation=claims.generation, revoked_at=None, expires_at__gt=now, ends_at__gt=now
        )
        await current.update(generation=claims.generation + 1, rotated_at=now, expires_at=now + self._idle_lifetime)

    def _pair(self, user: User, sign_in: SignIn) -> TokenPair:
        access_token, expires_at = self._tokens.sign_access(user.id, sign_in.id)
        refresh_token = self._tokens.sign_refresh(sign_in.id, sign_in.generation)
        refresh_expires_at = min(sign_in.expires_at, sign_in.ends_at)
        return TokenPair(user, access_token, expires_at, refresh_token, refresh_expires_at)


def _require_alive(sign_in: SignIn | None) -> SignIn:
    if sign_in is None or sign_in.revoked_at is not None or min(sign_in.expires_at, sign_in.ends_at) <= clock.now():
        raise Unauthenticated("This sign-in has ended; sign in again.")
    return sign_in
