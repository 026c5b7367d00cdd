"""Registration: create accounts, by their users or by an operator."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from gql_chat.errors import Forbidden
from gql_chat.infra import clock
from gql_chat.infra.db.database import explaining_conflicts, transaction
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.infra.ids import new_id
from gql_chat.infra.rate_limits.limiter import RateLimiter, place_rates, require_rates
from gql_chat.users.codes import Codes, RightCode
from gql_chat.users.models import CodePurpose, User, UserRole, UserStatus
from gql_chat.users.names import normalize_email, normalize_name, normalize_username, require_free
from gql_chat.users.passwords.hashing import Passwords, sign_in_from
from gql_chat.users.passwords.rules import require_good_password
from gql_chat.users.rate_limits import REGISTRATIONS_PER_PLACE
from gql_chat.users.sign_ins import ClientInfo, SignIns, TokenPair

RegistrationMode = Literal["open", "code", "closed"]  # to anybody, only with a code for the email address, to nobody


@dataclass(frozen=True, slots=True)
class Registration:
    """The input for a new account."""

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
    user = await _new_user(registration, UserRole.USER)
    await require_rates(limiter, place_rates(limiter, "registrations", client.ip, REGISTRATIONS_PER_PLACE))
    # Checked before the address is looked up: without a code for it, a client must not learn whether it is taken.
    code = None
    if mode == "code":
        purpose = CodePurpose.REGISTER
        code = await codes.check(user.email, purpose, registration.code, client_ip=client.ip, field="code")
    await require_free(user.username, user.email)
    user.password_hash = await passwords.hash(registration.password, sign_in_from(client.ip))
    user.last_login_at = user.created_at
    async with explaining_conflicts(partial(require_free, user.username, user.email)):
        return await _store(user, code, client, sign_ins)


async def create_user(registration: Registration, role: UserRole, *, passwords: Passwords) -> User:
    """Create an account for an operator: without a code, and whether or not registration is open."""
    user = await _new_user(registration, role)
    await require_free(user.username, user.email)
    user.password_hash = await passwords.hash(registration.password, sign_in_from(None))
    async with explaining_conflicts(partial(require_free, user.username, user.email)):
        await user.save(force_create=True)
    return user


@repeated_on_conflict
async def _store(user: User, code: RightCode | None, client: ClientInfo, sign_ins: SignIns) -> TokenPair:
    async with transaction():
        if code is not None:
            await code.use()
        await user.save(force_create=True)
        return await sign_ins.open(user, client)


def require_open(mode: RegistrationMode) -> None:
    """Raise Forbidden if registration is closed."""
    if mode == "closed":
        raise Forbidden("Registration is closed on this server. Ask its operators for an account.")


async def _new_user(registration: Registration, role: UserRole) -> User:
    username = normalize_username(registration.username)
    email = normalize_email(registration.email)
    await require_good_password(registration.password, names=(username, email), field="password")
    now = clock.now()
    return User(
        id=new_id("usr"),
        username=username,
        username_folded=normalize_name(username),
        email=email,
        email_folded=normalize_name(email),
        role=role,
        status=UserStatus.ACTIVE,
        created_at=now,
        updated_at=now,
    )
