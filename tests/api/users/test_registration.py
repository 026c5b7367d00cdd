"""Who may register: by a code or not at all, where the operators say so."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gql_chat.users.models import User, VerificationCode
from tests.support.chat import run_chat
from tests.support.mailed import INVALID, REGISTER, SEND, MailedChat, error_of, run_mailed_chat, wrong

PASSWORD = "correct horse battery"


@pytest.fixture
async def by_code(hurried_mail: None, sqlite_url: str, tmp_path: Path) -> AsyncIterator[MailedChat]:
    """Yield a server where registering needs a code."""
    async with run_mailed_chat(sqlite_url, tmp_path, REGISTRATION="code") as running:
        yield running


async def test_registering_can_need_a_code(by_code: MailedChat) -> None:
    account = {"username": "ada", "email": "Ada@example.com", "password": PASSWORD}
    error = await error_of(by_code.stranger, REGISTER, input=account)
    assert (error[0], error[2]) == ("BAD_USER_INPUT", "input.code")
    code = await by_code.ask("ada@EXAMPLE.com", "REGISTER")
    assert await error_of(by_code.stranger, REGISTER, input=account | {"code": wrong(code)}) == INVALID
    error = await error_of(by_code.stranger, REGISTER, input=account | {"code": code, "email": "bob@example.com"})
    assert error == INVALID
    assert await User.all().count() == 0
    answer = await by_code.stranger.run(REGISTER, input=account | {"code": code})
    assert answer["register"]["user"] == {"username": "ada", "email": "Ada@example.com"}


async def test_a_taken_username_does_not_use_the_code_up_and_a_taken_address_is_not_told(by_code: MailedChat) -> None:
    await by_code.chat.sign_up("ada")
    account = {"username": "ada", "email": "new@example.com", "password": PASSWORD}
    code = await by_code.ask("new@example.com", "REGISTER")
    error = await error_of(by_code.stranger, REGISTER, input=account | {"code": code})
    assert error == ("BAD_USER_INPUT", "This username is taken.", "input.username")
    taken = account | {"username": "eve", "email": "ada@example.com"}
    assert await error_of(by_code.stranger, REGISTER, input=taken | {"code": code}) == INVALID
    await by_code.stranger.run(REGISTER, input=account | {"username": "eve", "code": code})
    again = account | {"username": "eva", "email": "NEW@example.com"}
    assert await error_of(by_code.stranger, REGISTER, input=again | {"code": code}) == INVALID


async def test_of_two_registrations_at_once_by_one_code_one_wins(by_code: MailedChat) -> None:
    code = await by_code.ask("ada@example.com", "REGISTER")
    accounts = [
        {"username": name, "email": "ada@example.com", "password": PASSWORD, "code": code} for name in ("ada", "eve")
    ]
    answers = await asyncio.gather(*[by_code.stranger.post(REGISTER, input=account) for account in accounts])
    assert sorted(bool(answer["data"]["register"]) for answer in answers) == [False, True]
    assert await User.all().count() == 1


async def test_registration_can_be_closed(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, REGISTRATION="closed") as chat:
        account = {"username": "ada", "email": "ada@example.com", "password": PASSWORD, "code": "123456"}
        closed = ("FORBIDDEN", "Registration is closed on this server. Ask its operators for an account.", None)
        assert await error_of(chat.stranger, REGISTER, input=account) == closed
        assert await error_of(chat.stranger, SEND, login="ada@example.com", purpose="REGISTER") == closed
        assert (await User.all().count(), await VerificationCode.all().count()) == (0, 0)


async def test_a_code_that_was_used_makes_no_second_account(by_code: MailedChat) -> None:
    code = await by_code.ask("ada@example.com", "REGISTER")
    account = {"username": "ada", "email": "ada@example.com", "password": PASSWORD, "code": code}
    await by_code.stranger.run(REGISTER, input=account)
    await User.all().delete()
    assert await error_of(by_code.stranger, REGISTER, input=account) == INVALID
    assert not await by_code.verify("ada@example.com", code, "REGISTER")
