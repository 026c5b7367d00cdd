"""Accounts: register, sign in, read."""

from dataclasses import dataclass
from typing import Literal

from tortoise.exceptions import IntegrityError

from gql_chat.errors import Unauthenticated
from gql_chat.infra import clock
from gql_chat.infra.db import fetch_all, transaction
from gql_chat.infra.ids import new_id
from gql_chat.users.models import User, UserRole, UserStatus
from gql_chat.users.names import checked_email, checked_username, find_by_login, folded, require_free
from gql_chat.users.passwords import Passwords, require_good_password
from gql_chat.users.sign_ins import Client, SignIns, TokenPair

RegistrationMode = Literal["open", "code", "closed"]  # to anybody, to who proves the e-mail address, to nobody


@dataclass(frozen=True, slots=True)
class Registration:
    """What a new account is made from."""

    username: str
    email: str
    password: str


async def register(registration: Registration, client: Client, *, passwords: Passwords, sign_ins: SignIns) -> TokenPair:
    """Create an account and sign it in. Raises BadUserInput naming the field."""
    username = checked_username(registration.username)
    email = checked_email(registration.email)
    require_good_password(registration.password, username=username, field="input.password")
    await require_free(username, email)
    password_hash = await passwords.hash(registration.password)
    now = clock.now()
    user = User(
        id=new_id("usr"),
        username=username,
        username_folded=folded(username),
        email=email,
        email_folded=folded(email),
        password_hash=password_hash,
        role=UserRole.USER,
        status=UserStatus.ACTIVE,
        created_at=now,
        updated_at=now,
        last_login_at=now,
    )
    try:
        async with transaction():
            await user.save(force_create=True)
            return await sign_ins.open(user, client)
    except IntegrityError:
        # Somebody took the name while the password was being hashed.
        await require_free(username, email)
        raise


async def login(
    login_name: str, password: str, client: Client, *, passwords: Passwords, sign_ins: SignIns
) -> TokenPair:
    """Sign in by username or e-mail. What is wrong is not told, and takes the same time."""
    user = await find_by_login(login_name)
    matches = await passwords.matches(password, user.password_hash if user else None)
    if user is None or not matches:
        raise Unauthenticated("The login or the password is wrong.")
    if user.status != UserStatus.ACTIVE:
        raise Unauthenticated("This account is disabled.")
    user.last_login_at = clock.now()
    async with transaction():
        await user.save(update_fields=["last_login_at"])
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
