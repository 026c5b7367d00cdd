"""Accounts: register, sign in, read."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from gql_chat.errors import BadUserInput, Unauthenticated
from gql_chat.infra import clock
from gql_chat.infra.db import transaction
from gql_chat.infra.ids import new_id
from gql_chat.users.models import AccessToken, Group, GroupMember, User, UserRole, UserStatus
from gql_chat.users.passwords import Passwords, require_good_password
from gql_chat.users.sign_ins import Client, SignIns, TokenPair

USERNAME = re.compile(r"[\w.-]{3,50}")  # letters and digits of any script, and _ - .
EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f.]+(\.[^@\s\x00-\x1f.]+)+")
EMAIL_MAX_LENGTH = 254  # RFC 5321, path limit


@dataclass(frozen=True, slots=True)
class Registration:
    """What a new account is made from."""

    username: str
    email: str
    password: str


async def register(registration: Registration, client: Client, *, passwords: Passwords, sign_ins: SignIns) -> TokenPair:
    """Create an account and sign it in. Raises BadUserInput naming the field."""
    username = _checked_username(registration.username)
    email = _checked_email(registration.email)
    require_good_password(registration.password, username=username, field="input.password")
    await _require_free(username, email)
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
        await _require_free(username, email)
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


async def find_by_login(login_name: str) -> User | None:
    """By username or e-mail, whatever its case. A username holds no @ and an e-mail always does."""
    name = folded(login_name.strip())
    if "\0" in name:  # PostgreSQL refuses to be asked
        return None
    return await (User.get_or_none(email_folded=name) if "@" in name else User.get_or_none(username_folded=name))


async def list_groups(user_id: str) -> list[Group]:
    """The groups that the user has joined, by name."""
    joined = await GroupMember.filter(user_id=user_id).values_list("group_id", flat=True)
    return await Group.filter(id__in=joined).order_by("name")


async def load_groups(group_ids: Sequence[str]) -> list[Group | None]:
    """The groups of these ids, in their order."""
    groups = await Group.in_bulk(list(group_ids), "id")
    return [groups.get(group_id) for group_id in group_ids]


async def count_members(group_id: str) -> int:
    """How many users have joined the group."""
    return await GroupMember.filter(group_id=group_id).count()


async def list_access_tokens(user_id: str) -> list[AccessToken]:
    """The user's personal access tokens, oldest first."""
    return await AccessToken.filter(user_id=user_id).order_by("created_at", "id")


def folded(name: str) -> str:
    """The form under which names are compared: compatibility-normalised and case-folded (UAX 15, UAX 31)."""
    # Twice, because folding ΐ takes it apart: Unicode 15.0, 3.13, D146 normalises after it too.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _checked_username(username: str) -> str:
    name = unicodedata.normalize("NFC", username.strip())
    if not USERNAME.fullmatch(name) or not USERNAME.fullmatch(folded(name)):  # ﷺ folds to four words
        raise BadUserInput("A username has 3 to 50 letters, digits, _, - or '.'.", field="input.username")
    return name


def _checked_email(email: str) -> str:
    address = email.strip()
    for form in (address, folded(address)):
        if len(form) > EMAIL_MAX_LENGTH or not EMAIL.fullmatch(form):
            raise BadUserInput("This is not an e-mail address.", field="input.email")
    return address


async def _require_free(username: str, email: str) -> None:
    taken = await User.filter(Q(username_folded=folded(username)) | Q(email_folded=folded(email)))
    if any(user.username_folded == folded(username) for user in taken):
        raise BadUserInput("This username is taken.", field="input.username")
    if taken:
        raise BadUserInput("This e-mail address is registered already.", field="input.email")
