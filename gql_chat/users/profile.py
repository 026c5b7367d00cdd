"""Profiles: the names, addresses, picture and default persona that users change of their own account."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from copy import copy
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from gql_chat.errors import BadUserInput
from gql_chat.infra import clock
from gql_chat.infra.db.database import explaining_conflicts, transaction
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.infra.mail.outbox import Outbox
from gql_chat.infra.rate_limits.limiter import RateLimiter
from gql_chat.users.codes import Codes, RightCode
from gql_chat.users.credentials import lock_account
from gql_chat.users.email_changes import record_email_change
from gql_chat.users.models import CodePurpose, User
from gql_chat.users.names import get_user, mailbox_of, normalize_email, normalize_name, normalize_username, require_free
from gql_chat.users.notices import make_email_changed_email, make_username_changed_email
from gql_chat.users.passwords.hashing import Passwords
from gql_chat.users.passwords.own_passwords import OwnPassword, require_own_password
from gql_chat.users.viewer import Viewer

NICKNAME_MAX_LENGTH = 50
AVATAR_URL_MAX_LENGTH = 2048
PHONE = re.compile(r"\+[1-9][0-9]{6,14}")  # ITU-T E.164: at most 15 digits, the country code first

# Invisible characters that Persian and emoji need.
_JOINERS = str.maketrans("", "", "\u200c\u200d")


async def update_profile(
    viewer: Viewer,
    changes: Mapping[str, str | None],
    current_password: OwnPassword,
    *,
    email_code: str | None,
    client_ip: str | None,
    codes: Codes,
    passwords: Passwords,
    limiter: RateLimiter,
    outbox: Outbox,
) -> User:
    """Change the given fields of username, email, nickname, avatar_url and phone. None clears the last three.

    Another username or address needs the current password, and is reported to the address that the account had. A new
    address needs the code that was sent to it. Raises BadUserInput naming the field, CodeInvalid, RateLimited.
    """
    columns: dict[str, str | None] = {}
    for name, value in changes.items():
        if value is None and name in _REQUIRED:
            raise BadUserInput(f"An account always has {_REQUIRED[name]}.", field=name)
        columns |= {name: None} if value is None else _CHECKS[name](value)
    user = await get_user(viewer.user_id)
    email = columns.get("email")
    if any(getattr(user, name) != columns.get(name, getattr(user, name)) for name in ("username", "email")):
        await require_own_password(user, current_password, passwords=passwords, limiter=limiter)
    code = None
    if email is not None and mailbox_of(email) != mailbox_of(user.email):
        code = await codes.check(
            email, CodePurpose.EMAIL_CHANGE, email_code, client_ip=client_ip, user_id=user.id, field="email_code"
        )
        await require_free(None, email, except_id=user.id)  # only now: without the code, this must not be revealed
    async with explaining_conflicts(partial(require_free, columns.get("username"), email, except_id=user.id)):
        before, after, revert_code = await _store(viewer, columns, code)
    if revert_code is not None:
        outbox.enqueue(make_email_changed_email(before.email, after.updated_at, client_ip, revert_code))
    if before.username != after.username:
        outbox.enqueue(make_username_changed_email(before.email, after.username, after.updated_at, client_ip))
    return after


async def set_default_persona(user_id: str, name: str | None) -> User:
    """Set the persona of future sessions, which must exist. None means the first of the file."""
    await User.filter(id=user_id).update(default_persona=name, updated_at=clock.now())
    return await get_user(user_id)


@repeated_on_conflict
async def _store(viewer: Viewer, columns: Mapping[str, Any], code: RightCode | None) -> tuple[User, User, str | None]:
    """Store the columns. Return the account before and after, and the code that reverts a change of its address."""
    async with transaction():
        user = await lock_account(viewer, exclusive=not columns.keys().isdisjoint(("username", "email")))
        before, revert_code = copy(user), None
        if code is not None:
            await code.use()
            revert_code = await record_email_change(user)
        user.update_from_dict({**columns, "updated_at": clock.now()})
        await user.save(update_fields=[*columns, "updated_at"])
    return before, user, revert_code


def _username_columns(username: str) -> dict[str, str]:
    name = normalize_username(username)
    return {"username": name, "username_folded": normalize_name(name)}


def _email_columns(email: str) -> dict[str, str]:
    address = normalize_email(email)
    return {"email": address, "email_folded": normalize_name(address)}


def _nickname_columns(nickname: str) -> dict[str, str]:
    name = unicodedata.normalize("NFC", nickname.strip())
    visible = name.translate(_JOINERS).strip()
    if not visible or len(name) > NICKNAME_MAX_LENGTH or not visible.isprintable():
        message = f"A nickname has 1 to {NICKNAME_MAX_LENGTH} printable characters; null removes it."
        raise BadUserInput(message, field="nickname")
    return {"nickname": name}


def _avatar_columns(avatar_url: str) -> dict[str, str]:
    if not _is_https(avatar_url):
        message = f"A picture's address begins with https:// and has at most {AVATAR_URL_MAX_LENGTH} characters."
        raise BadUserInput(message, field="avatar_url")
    return {"avatar_url": avatar_url}


def _phone_columns(phone: str) -> dict[str, str]:
    if not PHONE.fullmatch(phone):
        raise BadUserInput("A phone number is in E.164 form, such as +8613800138000.", field="phone")
    return {"phone": phone}


def _is_https(url: str) -> bool:
    # Other users' browsers fetch it, never this server.
    if len(url) > AVATAR_URL_MAX_LENGTH or not url.isprintable() or any(character in url for character in " \\\"'<>`"):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:  # of a port or an IPv6 address
        return False


_REQUIRED = {"username": "a username", "email": "an email address"}
_CHECKS: Mapping[str, Callable[[str], Mapping[str, str]]] = {
    "username": _username_columns,
    "email": _email_columns,
    "nickname": _nickname_columns,
    "avatar_url": _avatar_columns,
    "phone": _phone_columns,
}
