"""Accounts: sign in, authenticate a request, read."""

from gql_chat.errors import AccountDisabled, Unauthenticated
from gql_chat.infra import clock
from gql_chat.infra.db.database import fetch_all, transaction
from gql_chat.infra.db.quick import Quick
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.infra.rate_limits.limiter import RateLimiter
from gql_chat.users import access_tokens
from gql_chat.users.models import User, UserStatus
from gql_chat.users.names import find_by_login
from gql_chat.users.passwords.hashing import Passwords, sign_in_from
from gql_chat.users.rate_limits import counting_wrong_passwords
from gql_chat.users.sign_ins import ClientInfo, SignIns, TokenPair
from gql_chat.users.viewer import Viewer

WRONG_LOGIN = "The login or the password is wrong."
SELECT_PERSONA = Quick("SELECT default_persona FROM users WHERE id = $1")


async def log_in(
    login_name: str, password: str, client: ClientInfo, *, passwords: Passwords, sign_ins: SignIns, limiter: RateLimiter
) -> TokenPair:
    """Sign in by username or email address. Raises BadUserInput, RateLimited, Unavailable, Unauthenticated.

    A wrong name and a wrong password give the same answer, take the same time and count against the same limits.
    """
    found = await find_by_login(login_name)
    async with counting_wrong_passwords(found, login_name, client.ip, limiter=limiter):
        user = await _check_password(found, password, client, passwords)
    user.last_login_at = clock.now()
    return await _open_sign_in(user, client, sign_ins)


async def authenticate(token: str, *, sign_ins: SignIns) -> Viewer:
    """Return the viewer of a token that follows `Authorization: Bearer`. Raises Unauthenticated, TokenExpired."""
    if token.startswith(access_tokens.PREFIX):
        return await access_tokens.authenticate(token)
    return await sign_ins.authenticate(token)


async def find_default_persona(user_id: str) -> str | None:
    """Return the name of the persona that the user prefers, if any."""
    rows = await fetch_all(SELECT_PERSONA, user_id)
    return rows[0]["default_persona"] if rows else None


async def _check_password(user: User | None, password: str, client: ClientInfo, passwords: Passwords) -> User:
    matches = await passwords.matches(password, user.password_hash if user else None, sign_in_from(client.ip))
    if user is None or not matches:
        raise Unauthenticated(WRONG_LOGIN)
    if user.status != UserStatus.ACTIVE:
        raise AccountDisabled
    return user


@repeated_on_conflict
async def _open_sign_in(user: User, client: ClientInfo, sign_ins: SignIns) -> TokenPair:
    async with transaction():
        # While the password was being checked, it may have been changed, which ended every sign-in.
        same = User.filter(id=user.id, password_hash=user.password_hash, status=UserStatus.ACTIVE)
        if not await same.update(last_login_at=user.last_login_at):
            raise Unauthenticated(WRONG_LOGIN)
        return await sign_ins.open(user, client)
