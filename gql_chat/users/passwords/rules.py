"""The rules for new passwords."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec

from gql_chat.errors import BadUserInput
from gql_chat.users.names import normalize_name
from gql_chat.users.passwords.hashing import MAX_BYTES

MIN_LENGTH = 8  # characters
MIN_NAME_LENGTH = 3  # of a username or the local part of an address; a shorter one is in too many passwords

TOO_SHORT_WITHOUT_NAMES = (
    "Without your username and the name of your email address, the password has fewer than "
    f"{MIN_LENGTH} characters. Add other words."
)

# What zxcvbn's list, which is of English-speaking sites, lacks.
_ALSO_COMMON = frozenset(["woaini1314", "5201314a", "a5201314", "woaini520", "woaini123", "admin123", "changeme"])


async def require_good_password(password: str, *, names: Sequence[str], field: str) -> None:
    """Raise BadUserInput if the password breaks a rule. `names` are the account's username and address, if known."""
    if len(password) < MIN_LENGTH:
        raise BadUserInput(f"A password needs at least {MIN_LENGTH} characters.", field=field)
    if len(password.encode()) > MAX_BYTES:
        raise BadUserInput(f"A password may take at most {MAX_BYTES} bytes in UTF-8.", field=field)
    if "\0" in password:
        raise BadUserInput("A password cannot contain a NUL character.", field=field)
    folded = normalize_name(password)
    rest = _without(_guessable(names), folded)
    if rest != folded and len(rest) < MIN_LENGTH:
        raise BadUserInput(TOO_SHORT_WITHOUT_NAMES, field=field)
    unit = repeated_unit(rest)
    if len(unit) < MIN_LENGTH:
        message = "The password repeats a few characters. Choose another, such as four words that are not related."
        raise BadUserInput(message, field=field)
    # In a thread, because the first call of a process reads the list for 50 ms.
    if unit in await asyncio.to_thread(common_passwords):
        message = "This password is too common. Choose another, such as four words that are not related."
        raise BadUserInput(message, field=field)


@cache
def common_passwords() -> frozenset[str]:
    """Return the commonest passwords that are long enough: 11,600 of the 30,000 that zxcvbn ships.

    Only its module of lists is run, and left again: importing zxcvbn would keep 20 MB for other languages' words.
    """
    package = find_spec("zxcvbn")
    assert package is not None, "pyproject.toml requires it"
    spec = PathFinder.find_spec("zxcvbn.frequency_lists", package.submodule_search_locations)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return _ALSO_COMMON.union(word for word in module.FREQUENCY_LISTS["passwords"] if len(word) >= MIN_LENGTH)


def repeated_unit(text: str) -> str:
    """Return the shortest text whose repetitions, the last of which may be cut, make up this one: abc of abcabcab.

    A text that does not repeat at least twice is its own unit.
    """
    for length in range(1, len(text) // 2 + 1):
        if text[length:] == text[:-length]:
            return text[:length]
    return text


def _without(names: Iterable[str], text: str) -> str:
    """Return what is left of the text without these names, with one space where they or spaces were."""
    rest = text
    for name in sorted(names, key=len, reverse=True):  # one may be within another
        rest = rest.replace(name, " ")
    return text if rest == text else " ".join(rest.split())


def _guessable(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        local = normalize_name(name).partition("@")[0]
        if len(local) >= MIN_NAME_LENGTH:
            yield local
