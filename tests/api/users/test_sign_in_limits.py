"""Brute force through the API: each limit on login, registration and refresh, whom it stops and whom it does not.

The server believes `X-Forwarded-For` here, so that the test decides from where somebody comes.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import bcrypt
import pytest

from gql_chat.errors import Unavailable
from gql_chat.infra.rate_limits.limiter import LocalRateLimiter
from gql_chat.users.models import SignIn, User, UserStatus
from gql_chat.users.passwords.hashing import Passwords, PasswordUse
from gql_chat.users.rate_limits import (
    LOGINS_PER_PLACE,
    REFRESHES_PER_PLACE,
    REFRESHES_PER_SIGN_IN,
    REGISTRATIONS_PER_PLACE,
    WRONG_PASSWORDS_PER_ACCOUNT,
    WRONG_PASSWORDS_PER_ACCOUNT_AND_PLACE,
)
from tests.support.chat import Chat, run_chat

LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { refreshToken } }"
REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { refreshToken } }"
REFRESH = "mutation ($token: String!) { refreshTokens(refreshToken: $token) { refreshToken } }"
PASSWORD = "correct horse battery"
WRONG = ("UNAUTHENTICATED", "The login or the password is wrong.")
HOME, CAFE = "192.0.2.1", "198.51.100.9"


class Time:
    """The limiter's clock in the test's hand."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    stopped = Time()
    monkeypatch.setattr("gql_chat.server.shared_services.LocalRateLimiter", partial(LocalRateLimiter, stopped))
    monkeypatch.setattr("gql_chat.server.services.Passwords", partial(Passwords, cost=4))
    return stopped


@pytest.fixture
async def limited(time: Time, sqlite_url: str, tmp_path: Path) -> AsyncIterator[Chat]:
    async with run_chat(
        sqlite_url, tmp_path, RATE_LIMITS="on", TRUSTED_PROXIES="127.0.0.1", OPERATION_MAX_COST=20_000
    ) as running:
        yield running


async def post(chat: Chat, ip: str, query: str, **variables: Any) -> dict[str, Any]:
    """Return the whole response to somebody at this address."""
    headers = {"x-forwarded-for": ip}
    body = {"query": query, "variables": variables}
    async with chat.http.post(f"{chat.origin}/graphql", json=body, headers=headers) as response:
        parsed: dict[str, Any] = await response.json()
        return parsed


async def outcome(chat: Chat, ip: str, query: str, **variables: Any) -> Any:
    """Return the refresh token, or of the only error the code and the seconds to wait or, without any, the message."""
    response = await post(chat, ip, query, **variables)
    if "errors" not in response:
        [payload] = response["data"].values()
        return payload["refreshToken"]
    [error] = response["errors"]
    return error["extensions"]["code"], error["extensions"].get("retryAfterSeconds", error["message"])


async def login(chat: Chat, ip: str, name: str = "ada", password: str = PASSWORD) -> Any:
    return await outcome(chat, ip, LOGIN, input={"login": name, "password": password})


async def register(chat: Chat, ip: str, name: str = "ada", password: str = PASSWORD) -> Any:
    account = {"username": name, "email": f"{name}@example.com", "password": password}
    return await outcome(chat, ip, REGISTER, input=account)


async def test_guesses_at_one_account_from_one_place_are_limited_whether_or_not_there_is_such_an_account(
    limited: Chat, time: Time
) -> None:
    await register(limited, HOME)
    assert WRONG_PASSWORDS_PER_ACCOUNT_AND_PLACE.count == 10
    for name in ("ada", "ada@example.com", "nobody"):
        time.seconds += 10_000
        for _ in range(10):
            assert await login(limited, CAFE, name, "wrong") == WRONG
        before = await User.all().values(), await SignIn.all().values()
        for password in ("wrong", PASSWORD):
            assert await login(limited, CAFE, name, password) == ("RATE_LIMITED", 90)
        assert await login(limited, CAFE, f" {name.upper()} ", PASSWORD) == ("RATE_LIMITED", 90)
        assert (await User.all().values(), await SignIn.all().values()) == before
        time.seconds += 89
        assert await login(limited, CAFE, name) == ("RATE_LIMITED", 1)
        time.seconds += 1
        assert await login(limited, CAFE, name, "wrong") == WRONG
        assert await login(limited, CAFE, name) == ("RATE_LIMITED", 90)


async def test_all_names_of_an_account_share_one_count(limited: Chat) -> None:
    await register(limited, HOME)
    spellings = ["ada", "ADA", " ada\n", "ａｄａ", "ada@example.com", "Ada@Example.COM", "ada@ｅxample.com"]
    for number in range(10):
        assert await login(limited, CAFE, spellings[number % len(spellings)], "wrong") == WRONG
    for name in spellings:
        assert await login(limited, CAFE, name) == ("RATE_LIMITED", 90)
    assert isinstance(await login(limited, HOME), str)


async def test_names_without_an_account_share_a_count_in_all_spellings(limited: Chat) -> None:
    for number in range(10):
        assert await login(limited, CAFE, ["nobody", "NOBODY", "ｎｏｂｏｄｙ"][number % 3], "wrong") == WRONG
    assert await login(limited, CAFE, "Nobody ") == ("RATE_LIMITED", 90)
    assert await login(limited, CAFE, "nobody@example.com") == WRONG


async def test_a_login_that_is_too_long_for_any_account_is_bad_input_and_no_guess(limited: Chat) -> None:
    for name in ("a" * 151, "a" * 100_000, "ﷺ" * 20, f"{'a' * 243}@example.com"):
        response = await post(limited, CAFE, LOGIN, input={"login": name, "password": PASSWORD})
        [error] = response["errors"]
        assert error["message"] == "This is neither a username nor an e-mail address."
        assert (error["extensions"]["code"], error["extensions"]["field"]) == ("BAD_USER_INPUT", "input.login")
    assert await login(limited, CAFE, "a" * 150) == WRONG
    assert await login(limited, CAFE, f"{'a' * 242}@example.com") == WRONG


async def test_a_password_that_cannot_be_checked_is_no_guess(limited: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    await register(limited, HOME)
    ada = await limited.sign_in((await User.get()).id)
    rename = """mutation ($password: String!) {
        updateProfile(input: {username: "countess", currentPassword: $password}) { id } }"""
    matches = limited.services.passwords.matches

    async def refuse(password: str, password_hash: str | None, use: PasswordUse) -> bool:
        raise Unavailable("Too many people are signing in at the moment.")

    monkeypatch.setattr(limited.services.passwords, "matches", refuse)
    for _ in range(15):
        assert (await login(limited, HOME, password="wrong"))[0] == "UNAVAILABLE"
        [error] = (await ada.post(rename, password="wrong"))["errors"]
        assert error["extensions"]["code"] == "UNAVAILABLE"
    monkeypatch.setattr(limited.services.passwords, "matches", matches)
    await ada.run(rename, password=PASSWORD)
    assert isinstance(await login(limited, HOME, "countess"), str)


async def test_who_is_stopped_in_one_place_may_sign_in_from_another_and_others_from_this_one(limited: Chat) -> None:
    await register(limited, HOME)
    await register(limited, HOME, "bob")
    for _ in range(10):
        await login(limited, CAFE, password="wrong")
    assert await login(limited, CAFE) == ("RATE_LIMITED", 90)
    assert isinstance(await login(limited, HOME), str)
    assert isinstance(await login(limited, CAFE, "bob"), str)


async def test_good_logins_are_never_punished(limited: Chat) -> None:
    await register(limited, HOME)
    for _ in range(9):
        assert await login(limited, CAFE, password="wrong") == WRONG
    for _ in range(30):
        assert isinstance(await login(limited, CAFE), str)
    assert await login(limited, CAFE, password="wrong") == WRONG
    assert await login(limited, CAFE) == ("RATE_LIMITED", 90)


async def test_a_disabled_account_is_limited_like_any(limited: Chat) -> None:
    await register(limited, HOME)
    await User.all().update(status=UserStatus.DISABLED)
    for _ in range(10):
        assert await login(limited, CAFE) == ("UNAUTHENTICATED", "This account is disabled.")
    assert await login(limited, CAFE) == ("RATE_LIMITED", 90)


@pytest.mark.parametrize("name", ["ada", "ada@example.com", "nobody", "nobody\0"])
async def test_guesses_from_everywhere_are_limited_but_not_for_places_that_signed_in_before(
    limited: Chat, time: Time, name: str
) -> None:
    await register(limited, "2001:db8:0:1::1")
    assert WRONG_PASSWORDS_PER_ACCOUNT.count == 100
    for number in range(100):
        assert await login(limited, f"203.0.113.{number // 8}", name, "wrong") == WRONG
    before = await User.all().values(), await SignIn.all().values()
    for _ in range(12):
        assert await login(limited, CAFE, name) == ("RATE_LIMITED", 36)
    assert (await User.all().values(), await SignIn.all().values()) == before
    if name.startswith("ada"):
        assert isinstance(await login(limited, "2001:db8:0:1::2", name), str)
        assert await login(limited, CAFE, name) == ("RATE_LIMITED", 36)
        for _ in range(10):
            assert await login(limited, "2001:db8:0:1::3", name, "wrong") == WRONG
        assert await login(limited, "2001:db8:0:1::4", name) == ("RATE_LIMITED", 90)
    assert await login(limited, "2001:db8:0:2::1", name) == ("RATE_LIMITED", 36)
    time.seconds += 36
    assert await login(limited, CAFE, name, "wrong") == WRONG


async def test_logins_from_one_place_are_limited_whatever_the_accounts_and_nothing_else_is(
    limited: Chat, time: Time
) -> None:
    token = await register(limited, HOME)
    assert LOGINS_PER_PLACE.count == 100
    for number in range(100):
        assert await login(limited, CAFE, f"nobody{number}") == WRONG
    for name in ("ada", "nobody"):
        assert await login(limited, CAFE, name) == ("RATE_LIMITED", 6)
        assert isinstance(await login(limited, HOME), str)
    assert isinstance(await register(limited, CAFE, "bob"), str)
    assert isinstance(await outcome(limited, CAFE, REFRESH, token=token), str)
    time.seconds += 6
    assert isinstance(await login(limited, CAFE), str)
    assert await login(limited, CAFE) == ("RATE_LIMITED", 6)


async def test_aliases_of_one_request_count_each(limited: Chat) -> None:
    fields = " ".join(f"a{number}: login(input: $input) {{ refreshToken }}" for number in range(12))
    variables = {"input": {"login": "nobody", "password": "wrong"}}
    response = await post(limited, CAFE, f"mutation ($input: LoginInput!) {{ a: __typename {fields} }}", **variables)
    assert [error["path"] for error in response["errors"]] == [[f"a{number}"] for number in range(12)]
    codes = [error["extensions"]["code"] for error in response["errors"]]
    assert codes == ["UNAUTHENTICATED"] * 10 + ["RATE_LIMITED"] * 2
    assert await outcome(limited, CAFE, LOGIN, **variables) == ("RATE_LIMITED", 90)


async def test_all_of_an_ipv6_site_is_one_place(limited: Chat) -> None:
    for number in range(10):
        assert await login(limited, f"2001:db8::{number}:{number}", "nobody") == WRONG
    assert await login(limited, "2001:db8::ffff", "nobody") == ("RATE_LIMITED", 90)
    assert await login(limited, "2001:db8:0:1::", "nobody") == WRONG


async def test_registrations_from_one_place_are_limited_and_what_breaks_a_rule_is_none(
    limited: Chat, time: Time
) -> None:
    assert REGISTRATIONS_PER_PLACE.count == 60
    for _ in range(20):
        assert (await register(limited, CAFE, "bob", "short"))[0] == "BAD_USER_INPUT"
    for number in range(59):
        assert isinstance(await register(limited, CAFE, f"bob{number}"), str)
    # Who asks which names are taken registers too.
    assert await register(limited, CAFE, "bob0") == ("BAD_USER_INPUT", "This username is taken.")
    assert await register(limited, CAFE, "carol") == ("RATE_LIMITED", 60)
    assert await register(limited, CAFE, "bob0") == ("RATE_LIMITED", 60)
    assert await User.all().count() == await SignIn.all().count() == 59
    assert isinstance(await register(limited, HOME, "carol"), str)
    time.seconds += 60
    assert isinstance(await register(limited, CAFE, "dave"), str)


async def test_refreshes_of_one_sign_in_are_limited_and_a_refused_one_rotates_nothing(
    limited: Chat, time: Time
) -> None:
    token, other = await register(limited, HOME), await register(limited, HOME, "bob")
    assert REFRESHES_PER_SIGN_IN.count == 30
    for _ in range(30):
        token = await outcome(limited, HOME, REFRESH, token=token)
    before = await SignIn.all().values()
    for ip in (HOME, CAFE):
        assert await outcome(limited, ip, REFRESH, token=token) == ("RATE_LIMITED", 2)
    assert await SignIn.all().values() == before
    assert isinstance(await outcome(limited, HOME, REFRESH, token=other), str)
    time.seconds += 2
    assert isinstance(await outcome(limited, HOME, REFRESH, token=token), str)


async def test_refreshes_from_one_place_are_limited_made_up_tokens_included(limited: Chat, time: Time) -> None:
    token = await register(limited, HOME)
    assert REFRESHES_PER_PLACE.count == 600
    for _ in range(600):
        assert (await outcome(limited, CAFE, REFRESH, token="made up"))[0] == "UNAUTHENTICATED"
    for junk in (token, "made up"):
        assert await outcome(limited, CAFE, REFRESH, token=junk) == ("RATE_LIMITED", 1)
    assert isinstance(await login(limited, CAFE), str)
    token = await outcome(limited, HOME, REFRESH, token=token)
    time.seconds += 1
    assert isinstance(await outcome(limited, CAFE, REFRESH, token=token), str)


async def test_without_limits_guesses_go_on(time: Time, sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="off") as chat:
        await register(chat, HOME)
        for _ in range(120):
            assert await login(chat, HOME, password="wrong") == WRONG
        assert isinstance(await login(chat, HOME), str)


async def test_every_login_costs_one_bcrypt_of_the_same_cost_whatever_is_wrong_with_it(
    limited: Chat, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    await register(limited, HOME)
    await register(limited, HOME, "carol")
    await User.filter(username="carol").update(status=UserStatus.DISABLED)
    check, costs = bcrypt.checkpw, list[bytes]()

    def noting_check(password: bytes, hashed: bytes) -> bool:
        costs.append(hashed[:7])
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", noting_check)
    names = ["ada", "carol", "ada@example.com", "nobody", "nobody@example.com", "", "nobody\0"]
    passwords = ["wrong", "", "w" * 73, "w" * 10_000, "电池" * 40, "wro\0ng"]
    for name in names:
        time.seconds += 10_000  # two of the names belong to one account
        for password in passwords:
            assert await login(limited, HOME, name, password) == WRONG
    assert costs == [b"$2b$04$"] * len(names) * len(passwords)


async def test_who_is_not_let_into_the_queue_is_told_so_and_has_not_guessed(
    time: Time, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gql_chat.server.services.Passwords", partial(Passwords, cost=4, max_waiting=0))
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on") as chat:
        await register(chat, HOME)
        check, entered, gate = bcrypt.checkpw, asyncio.Event(), Event()
        loop = asyncio.get_running_loop()

        def slow_check(password: bytes, hashed: bytes) -> bool:
            loop.call_soon_threadsafe(entered.set)
            gate.wait()
            return check(password, hashed)

        monkeypatch.setattr(bcrypt, "checkpw", slow_check)
        first = asyncio.create_task(login(chat, HOME))
        await entered.wait()
        busy = ("UNAVAILABLE", 1)  # and the seconds to wait
        try:
            for _ in range(12):
                assert await login(chat, HOME, password="wrong") == busy
            assert await register(chat, HOME, "bob") == busy
        finally:
            gate.set()
        assert all(isinstance(token, str) for token in [await first, await login(chat, HOME)])
        assert await User.all().count() == 1
