"""Rules for new passwords: what is refused, what honest users choose, and what the list costs."""

import subprocess
import sys

import pytest

from gql_chat.errors import BadUserInput
from gql_chat.users.passwords.rules import common_passwords, repeated_unit, require_good_password

NAMES = ("ada", "ada.lovelace@example.com")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "tr0ub4dor&3 of mine",
        "电池很大的马在跑步",
        "Zx9!kQ2m",
        "a1b2c3d4e5f6",
        "éclair " + "x" * 9,
        "a week in Canada",
        "ada likes correct horses",
    ],
)
async def test_what_honest_users_choose_is_taken(password: str) -> None:
    await require_good_password(password, names=NAMES, field="password")


@pytest.mark.parametrize(
    "password", ["my ada 1815", "Ada.Lovelace!", "ＡＤＡ lovel", "ada ADA Ada-ada", "my ada  ada 18"]
)
async def test_a_name_makes_no_password_long_enough(password: str) -> None:
    with pytest.raises(BadUserInput, match="Without your username"):
        await require_good_password(password, names=NAMES, field="password")
    await require_good_password(password, names=("bob", "b@example.com"), field="password")


@pytest.mark.parametrize(("password", "reason"), [("ada-password1", "too common"), ("adaXXXXXXXXXXXX", "repeats")])
async def test_a_name_makes_no_password_rare(password: str, reason: str) -> None:
    with pytest.raises(BadUserInput, match=reason):
        await require_good_password(password.replace("-", ""), names=NAMES, field="password")


async def test_a_name_of_two_letters_is_in_too_many_passwords_to_count() -> None:
    await require_good_password("correct horse battery", names=("bob", "co@example.com"), field="password")


def test_the_unit_of_a_repetition() -> None:
    units = {"": "", "a": "a", "aa": "a", "abab": "ab", "abcabcab": "abc", "abcdabc": "abcdabc", "abca": "abca"}
    assert {text: repeated_unit(text) for text in units} == units


async def test_the_commonest_passwords_are_refused_in_any_case() -> None:
    assert len(common_passwords()) > 10_000
    for password in ["password", "Iloveyou", "QWERTY123", "1q2w3e4r", "5201314A"]:
        with pytest.raises(BadUserInput, match="too common"):
            await require_good_password(password, names=(), field="password")


def test_the_list_is_not_read_before_it_is_needed_and_leaves_no_other_words() -> None:
    script = """
import sys
from gql_chat.users.passwords import rules
assert not any(name.startswith("zxcvbn") for name in sys.modules)
assert rules.common_passwords.cache_info().currsize == 0
rules.common_passwords()
assert not any(name.startswith("zxcvbn") for name in sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True)
