"""Registration: how accounts come to be, for whoever may make them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from tortoise.exceptions import IntegrityError

from gql_chat.errors import BadUserInput, Forbidden
from gql_chat.infra import clock
from gql_chat.infra.db.database import transaction
from gql_chat.infra.ids import new_id
from gql_chat.infra.rate_limits.limiter import RateLimiter
from gql_chat.users.codes import Codes, RightCode
from gql_chat.users.models import CodePurpose, User, UserRole, UserStatus
from gql_chat.users.names import checked_email, checked_username, folded, require_free
from gql_chat.users.passwords import Passwords, require_good_password
from gql_chat.users.sign_ins import ClientInfo, SignIns, TokenPair
from gql_chat.users.throttles import require_registration_rate

RegistrationMode = Literal["open", "code", "closed"]  # to anybody, to who proves the e-mail address, to nobody


@dataclass(frozen=True, slots=True)
class Registration:
    """What a new account is made from."""

    username: str
    email: str
    password: str
    code: str | None = None


async def register(
    registration: Registration,
    client: ClientInfo,
    *,
    mode: RegistrationMode,
    codes: Codes,
    passwords: Passwords,
    sign_ins: SignIns,
    limiter: RateLimiter,
) -> TokenPair:
    """Create an account and sign it in. Raises Forbidden, BadUserInput naming the field, CodeInvalid, RateLimited."""
    require_open(mode)
    user = _new_user(registration, UserRole.USER)
    await require_registration_rate(client.ip, limiter=limiter)
    # Before the look at who has the address: without a code for it, nobody learns that.
    code = await _checked_code(user.email, registration.code, client, codes) if mode == "code" else None
    await require_free(user.username, user.email)
    user.password_hash = await passwords.hash(registration.password)
    user.last_login_at = user.created_at
    async with _taken_names_told(user), transaction():
        if code is not None:
            await code.use()
        await user.save(force_create=True)
        return await sign_ins.open(user, client)


async def create_user(registration: Registration, role: UserRole, *, passwords: Passwords) -> User:
    """Create an account as an operator does: without a code, and whether or not registration is open."""
    user = _new_user(registration, role)
    await require_free(user.username, user.email)
    user.password_hash = await passwords.hash(registration.password)
    async with _taken_names_told(user):
        await user.save(force_create=True)
    return user


def require_open(mode: RegistrationMode) -> None:
    """Raise Forbidden where nobody may register."""
    if mode == "closed":
        raise Forbidden("Registration is closed here; ask the operators for an account.")


def _new_user(registration: Registration, role: UserRole) -> User:
    username = checked_username(registration.username)
    email = checked_email(registration.email)
    require_good_password(registration.password, username=username, field="password")
    now = clock.now()
    return User(
        id=new_id("usr"),
        username=username,
        username_folded=folded(username),
        email=email,
        email_folded=folded(email),
        role=role,
        status=UserStatus.ACTIVE,
        created_at=now,
        updated_at=now,
    )


async def _checked_code(email: str, code: str | None, client: ClientInfo, codes: Codes) -> RightCode:
    field = "code"
    if code is None:
        message = "This server asks for the code that `sendVerificationCode` with the purpose REGISTER sends."
        raise BadUserInput(message, field=field)
    return await codes.check(email, CodePurpose.REGISTER, code, client_ip=client.ip, field=field)


@asynccontextmanager
async def _taken_names_told(user: User) -> AsyncIterator[None]:
    try:
        yield
    except IntegrityError:
        # Somebody took one while the password was being hashed.
        await require_free(user.username, user.email)
        raise
