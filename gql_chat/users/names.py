"""Usernames and e-mail addresses: what they may be, how they are compared, and whose they are."""

import re
import unicodedata

from tortoise.expressions import Q

from gql_chat.errors import BadUserInput, NotFound
from gql_chat.users.models import User

USERNAME_LENGTHS = range(3, 51)
USERNAME_CATEGORIES = "LMN"  # letters, their marks (without which Hindi and Thai cannot be written) and digits
EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f.]+(\.[^@\s\x00-\x1f.]+)+")
EMAIL_MAX_LENGTH = 254  # RFC 5321, path limit


def folded(name: str) -> str:
    """The form under which names are compared: compatibility-normalised and case-folded (UAX 15, UAX 31)."""
    # Twice, because folding ΐ takes it apart: Unicode 15.0, 3.13, D146 normalises after it too.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def mailbox_of(email: str) -> str:
    """Return the form under which two addresses are one mailbox: with the case of ASCII letters ignored.

    Addresses that only normalize alike may belong to different people: straße.example is not strasse.example.
    """
    return email.strip().encode().lower().decode()


def checked_username(username: str, *, field: str = "username") -> str:
    """The name in the form to keep. Raises BadUserInput."""
    name = unicodedata.normalize("NFC", username.strip())
    if not _is_username(name) or not _is_username(folded(name)):  # ﷺ folds to four words
        raise BadUserInput("A username has 3 to 50 letters, digits, _, - or '.'.", field=field)
    return name


def checked_email(email: str, *, field: str = "email") -> str:
    """The address in the form to keep. Raises BadUserInput."""
    address = email.strip()
    for form in (address, folded(address)):
        if len(form) > EMAIL_MAX_LENGTH or not EMAIL.fullmatch(form):
            raise BadUserInput("This is not an e-mail address.", field=field)
    return address


def _is_username(name: str) -> bool:
    if len(name) not in USERNAME_LENGTHS or unicodedata.category(name[0])[0] == "M":
        return False
    return all(letter in "_-." or unicodedata.category(letter)[0] in USERNAME_CATEGORIES for letter in name)


async def find_by_login(login_name: str) -> User | None:
    """By username or e-mail, whatever its case. A username holds no @ and an e-mail always does."""
    name = folded(login_name.strip())
    if "\0" in name:  # PostgreSQL refuses to be asked
        return None
    return await (User.get_or_none(email_folded=name) if "@" in name else User.get_or_none(username_folded=name))


async def get_by_login(login_name: str) -> User:
    """The same; raises NotFound. For those who may know who there is."""
    user = await find_by_login(login_name)
    if user is None:
        raise NotFound(f"Nobody is called {login_name}.")
    return user


async def require_free(username: str, email: str) -> None:
    """Raise BadUserInput if somebody has the name or the address, however they are written."""
    taken = await User.filter(Q(username_folded=folded(username)) | Q(email_folded=folded(email)))
    if any(user.username_folded == folded(username) for user in taken):
        raise BadUserInput("This username is taken.", field="username")
    if taken:
        raise BadUserInput("This e-mail address is registered already.", field="email")
