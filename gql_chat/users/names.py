"""Usernames, email addresses and other names: rules, comparison, and lookup of the account."""

import re
import unicodedata

from tortoise.expressions import Q

from gql_chat.errors import BadUserInput, NotFound, Unauthenticated
from gql_chat.infra.db.database import database_now
from gql_chat.infra.mail.recipients import parse_recipient
from gql_chat.users.models import EmailChange, User

USERNAME_LENGTHS = range(3, 51)
USERNAME_CATEGORIES = "LMN"  # letters, their marks (without which Hindi and Thai cannot be written) and digits
EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f.]+(\.[^@\s\x00-\x1f.]+)+")
EMAIL_MAX_LENGTH = 254  # RFC 5321, path limit
NO_LOGIN = "This is neither a username nor an email address."
LONGEST_USERNAME = 150  # normalized: the size of the column, beyond which Tortoise refuses a query


def normalize_name(name: str) -> str:
    """Return the form in which names are compared: compatibility-normalized and case-folded (UAX 15, UAX 31)."""
    # Twice, because case folding decomposes ΐ: Unicode 15.0, 3.13, D146 normalizes after it too.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def mailbox_of(email: str) -> str:
    """Return the form under which two addresses are one mailbox: with the case of ASCII letters ignored.

    Addresses that only normalize alike may belong to different people: straße.example is not strasse.example.
    """
    return email.strip().encode().lower().decode()


def normalize_username(username: str) -> str:
    """Return the username in the form to store. Raises BadUserInput."""
    name = unicodedata.normalize("NFC", username.strip())
    if not _is_username(name) or not _is_username(normalize_name(name)):  # ﷺ normalizes to four words
        raise BadUserInput("A username has 3 to 50 letters, digits, _, - or '.'.", field="username")
    return name


def normalize_email(email: str, *, field: str = "email") -> str:
    """Return the address in the form to store. Raises BadUserInput, also where no email can be sent to it."""
    address = email.strip()
    for form in (address, normalize_name(address)):
        if len(form) > EMAIL_MAX_LENGTH or not EMAIL.fullmatch(form):
            raise BadUserInput("This is not an email address.", field=field)
    try:
        parse_recipient(address)
    except ValueError as exc:
        raise BadUserInput("This is not an email address to which this server can send.", field=field) from exc
    return address


def normalize_line(text: str, max_length: int, *, field: str) -> str:
    """Return the text without surrounding white space. Raises BadUserInput unless it is one short printable line."""
    line = text.strip()
    if not 0 < len(line) <= max_length or not line.isprintable():
        raise BadUserInput(f"A {field} has 1 to {max_length} printable characters.", field=field)
    return line


def _is_username(name: str) -> bool:
    if len(name) not in USERNAME_LENGTHS or unicodedata.category(name[0])[0] == "M":
        return False
    return all(letter in "_-." or unicodedata.category(letter)[0] in USERNAME_CATEGORIES for letter in name)


async def find_by_login(login_name: str) -> User | None:
    """Find the account by username or email address in any case. Only an address contains an @.

    Raises BadUserInput if the text is too long for either.
    """
    name = normalize_name(login_name.strip())
    is_email = "@" in name
    if len(name) > (EMAIL_MAX_LENGTH if is_email else LONGEST_USERNAME):
        raise BadUserInput(NO_LOGIN, field="login")
    if "\0" in name:  # PostgreSQL refuses it in a query
        return None
    return await (User.get_or_none(email_folded=name) if is_email else User.get_or_none(username_folded=name))


async def get_by_login(login_name: str) -> User:
    """Return the account with this username or email address, for operators: raises NotFound, which reveals it."""
    user = await find_by_login(login_name)
    if user is None:
        raise NotFound(f"No user has the username or email address {login_name}.")
    return user


async def get_user(user_id: str) -> User:
    """Return the account's row. Raises Unauthenticated if the account no longer exists."""
    user = await User.get_or_none(id=user_id)
    if user is None:
        raise Unauthenticated("This account no longer exists.")
    return user


async def require_free(username: str | None, email: str | None, *, except_id: str = "") -> None:
    """Raise BadUserInput if another user has the username or the address, in any spelling that compares equal.

    An address also counts as another user's while that user can still get it back by reverting a change.
    """
    name, address = (normalize_name(text) if text is not None else None for text in (username, email))
    users = await User.filter(Q(username_folded=name) | Q(email_folded=address)).exclude(id=except_id)
    if any(user.username_folded == name for user in users):
        raise BadUserInput("This username is taken.", field="username")
    # In this order: an address that was given up between the two queries is found by the second.
    if users or (address is not None and await _is_held(address, except_id)):
        raise BadUserInput("This email address is registered already.", field="email")


async def _is_held(address: str, except_id: str) -> bool:
    """Return whether another user can still get the address back."""
    held = EmailChange.filter(old_email_folded=address, expires_at__gt=await database_now())
    return await held.exclude(user_id=except_id).exists()
