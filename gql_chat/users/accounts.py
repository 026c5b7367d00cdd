"""Accounts: sign in, read."""

from gql_chat.errors import Unauthenticated
from gql_chat.infra import clock
from gql_chat.infra.db.database import fetch_all, transaction
from gql_chat.infra.rate_limits.limiter import RateLimiter
from gql_chat.users.models import User, UserStatus
from gql_chat.users.names import find_by_login
from gql_chat.users.passwords import Passwords
from gql_chat.users.rate_limits import counting_wrong_passwords
from gql_chat.users.sign_ins import ClientInfo, SignIns, TokenPair


async def log_in(
    login_name: str, password: str, client: ClientInfo, *, passwords: Passwords, sign_ins: SignIns, limiter: RateLimiter
) -> TokenPair:
    """Sign in by username or e-mail. Raises RateLimited, Unavailable, Unauthenticated.

    What is wrong, the name or the password, is not told, takes the same time and counts against the same limits.
    """
    async with counting_wrong_passwords(login_name, client.ip, limiter=limiter):
        user = await _authenticated(login_name, password, passwords)
    user.last_login_at = clock.now()
    async with transaction():
        # While the password was being checked, another may have been set, which ended every sign-in.
        same = User.filter(id=user.id, password_hash=user.password_hash, status=UserStatus.ACTIVE)
        if not await same.update(last_login_at=user.last_login_at):
            raise Unauthenticated("The login or the password is wrong.")
        return await sign_ins.open(user, client)


async def get_user(user_id: str) -> User:
    """The account's row; raises Unauthenticated when it has gone."""
    user = await User.get_or_none(id=user_id)
    if user is None:
        raise Unauthenticated("This account no longer exists.")
    return user


async def find_default_persona(user_id: str) -> str | None:
    """The name of the persona that the user prefers."""
    rows = await fetch_all("SELECT default_persona FROM users WHERE id = $1", user_id)
    return rows[0]["default_persona"] if rows else None


async def _authenticated(login_name: str, password: str, passwords: Passwords) -> User:
    user = await find_by_login(login_name)
    matches = await passwords.matches(password, user.password_hash if user else None)
    if user is None or not matches:
        raise Unauthenticated("The login or the password is wrong.")
    if user.status != UserStatus.ACTIVE:
        raise Unauthenticated("This account is disabled.")
    return user
