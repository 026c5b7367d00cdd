"""Sign-ins: opened by a password, continued by single-use refresh tokens, ended by logout, reuse or time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gql_chat.errors import AccountDisabled, SignInEnded, Unauthenticated
from gql_chat.infra import clock
from gql_chat.infra.db.database import database_now, fetch_all
from gql_chat.infra.db.quick import Quick
from gql_chat.infra.ids import new_id
from gql_chat.infra.rate_limits.limiter import RateLimiter, place_rates, require_rate, require_rates
from gql_chat.users.models import SignIn, User, UserRole, UserStatus
from gql_chat.users.rate_limits import REFRESHES_PER_PLACE, REFRESHES_PER_SIGN_IN
from gql_chat.users.sign_in_tokens import RefreshClaims, SignInTokens
from gql_chat.users.sign_outs import SignOut, SignOuts
from gql_chat.users.viewer import Viewer, scopes_of

REUSE_GRACE = timedelta(seconds=15)  # tabs that refresh in parallel get the same new token
SELECT_ROLE = Quick("""
SELECT users.role FROM sign_ins JOIN users ON users.id = sign_ins.user_id
WHERE sign_ins.id = $1 AND users.id = $2 AND sign_ins.revoked_at IS NULL AND users.status = $3
""")
FAMILY_LIFETIME = timedelta(days=180)  # no matter how often it is refreshed


@dataclass(frozen=True, slots=True)
class TokenPair:
    """The tokens that a client receives. Both times are aware UTC."""

    user: User
    access_token: str
    access_token_expires_at: datetime
    refresh_token: str
    refresh_token_expires_at: datetime


@dataclass(frozen=True, slots=True)
class ClientInfo:
    """The origin of a sign-in, stored with it."""

    ip: str | None = None
    user_agent: str | None = None


class SignIns:
    """Opens, refreshes and ends sign-ins. `idle_lifetime` is the lifetime of an unused refresh token."""

    def __init__(self, tokens: SignInTokens, *, idle_lifetime: timedelta, sign_outs: SignOuts) -> None:
        self._tokens = tokens
        self._idle_lifetime = idle_lifetime
        self._sign_outs = sign_outs

    async def open(self, user: User, client: ClientInfo) -> TokenPair:
        """Open a sign-in, with a new token family, for this user."""
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
        """Return the next pair of tokens. Reuse of a refresh token, after a short grace, revokes the family."""
        await require_rates(limiter, place_rates(limiter, "refreshes", client.ip, REFRESHES_PER_PLACE))
        claims = self._tokens.read_refresh(refresh_token)
        await require_rate(limiter, f"refreshes:{claims.sign_in_id}", REFRESHES_PER_SIGN_IN)
        now = await database_now()
        await self._rotate(claims, now)
        sign_in = _require_alive(await SignIn.get_or_none(id=claims.sign_in_id))
        if sign_in.generation != claims.generation + 1 or sign_in.rotated_at + REUSE_GRACE < now:
            await self._revoke(sign_in)
            raise Unauthenticated("The refresh token was used before, so this sign-in was ended; sign in again.")
        user = await User.get_or_none(id=sign_in.user_id, status=UserStatus.ACTIVE)
        if user is None:
            raise AccountDisabled
        return self._pair(user, sign_in)

    async def end(self, refresh_token: str, *, everywhere: bool) -> None:
        """Log out. A sign-in that has already ended raises Unauthenticated only if it was to end all others too."""
        sign_in = await SignIn.get_or_none(id=self._tokens.read_refresh(refresh_token).sign_in_id)
        if everywhere:
            user_id = _require_alive(sign_in).user_id
            await SignIn.filter(user_id=user_id, revoked_at=None).update(revoked_at=clock.now())
            self._sign_outs.announce(SignOut(user_id, sign_ins_only=True))
        elif sign_in is not None:
            await self._revoke(sign_in)

    async def authenticate(self, access_token: str) -> Viewer:
        """Return the viewer of an access token. Raises TokenExpired, or Unauthenticated as soon as it is revoked."""
        claims = self._tokens.read_access(access_token)
        active = await fetch_all(SELECT_ROLE, claims.sign_in_id, claims.user_id, UserStatus.ACTIVE.value)
        if not active:
            raise SignInEnded
        return Viewer(claims.user_id, UserRole(active[0]["role"]), claims.sign_in_id, claims.expires_at)

    async def _revoke(self, sign_in: SignIn) -> None:
        await SignIn.filter(id=sign_in.id, revoked_at=None).update(revoked_at=clock.now())
        self._sign_outs.announce(SignOut(sign_in.user_id, only=sign_in.id))

    async def _rotate(self, claims: RefreshClaims, now: datetime) -> None:
        # One atomic UPDATE decides between parallel refreshes. The others then read the same new token. All count the
        # grace by one clock: with clocks of their own, the tab at a server that is a minute ahead would be a thief.
        current = SignIn.filter(
            id=claims.sign_in_id, generation=claims.generation, revoked_at=None, expires_at__gt=now, ends_at__gt=now
        )
        await current.update(generation=claims.generation + 1, rotated_at=now, expires_at=now + self._idle_lifetime)

    def _pair(self, user: User, sign_in: SignIn) -> TokenPair:
        access_token, expires_at = self._tokens.sign_access(user.id, sign_in.id, scopes_of(user.role))
        refresh_token = self._tokens.sign_refresh(sign_in.id, sign_in.generation)
        refresh_expires_at = min(sign_in.expires_at, sign_in.ends_at)
        return TokenPair(user, access_token, expires_at, refresh_token, refresh_expires_at)


def _require_alive(sign_in: SignIn | None) -> SignIn:
    if sign_in is None or sign_in.revoked_at is not None or min(sign_in.expires_at, sign_in.ends_at) <= clock.now():
        raise SignInEnded
    return sign_in
