"""Resetting a password through the API: by a code, once, and with the end of everything that was open before."""

import asyncio
from pathlib import Path

import pytest

from gql_chat.users.models import AccessToken, SignIn, User
from gql_chat.users.passwords.hashing import PasswordUse
from tests.support.mailed import INVALID, LOGIN, RESET, MailedChat, error_of, run_mailed_chat, wrong

PASSWORD = "correct horse battery"
OTHER_PASSWORD = "staple of another kind"
WRONG_LOGIN = ("UNAUTHENTICATED", "The login or the password is wrong.", None)
ME = "{ me { username } }"


async def test_a_forgotten_password_is_reset_by_a_code(mailed_on_each: MailedChat) -> None:
    mailed = mailed_on_each
    ada = await mailed.chat.sign_up("ada", password=PASSWORD)
    elsewhere = await mailed.chat.sign_in(ada.user_id)
    bob = await mailed.chat.sign_up("bob")
    for client in (ada, bob):
        await client.run('mutation { createAccessToken(input: {name: "script", scopes: [CHAT]}) { token } }')
    code = await mailed.ask("ada")
    assert await mailed.verify("ada", code)
    answer = await mailed.stranger.run(RESET, login="ada", code=code, password=OTHER_PASSWORD)
    assert answer == {"resetPassword": True}
    assert await error_of(mailed.stranger, LOGIN, login="ada", password=PASSWORD) == WRONG_LOGIN
    await mailed.stranger.run(LOGIN, login="ada", password=OTHER_PASSWORD)
    for client in (ada, elsewhere):
        assert (await error_of(client, ME))[0] == "UNAUTHENTICATED"
    assert [token.user_id for token in await AccessToken.all()] == [bob.user_id]
    assert await SignIn.filter(user_id=ada.user_id, revoked_at=None).count() == 1
    assert await bob.run(ME) == {"me": {"username": "bob"}}


async def test_a_reset_ends_live_connections_at_once(
    hurried_mail: None, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gql_chat.server.services.SWEEP_SECONDS", 3600)
    async with run_mailed_chat(sqlite_url, tmp_path) as mailed:
        ada = await mailed.chat.sign_up("ada", password=PASSWORD)
        code = await mailed.ask("ada")
        async with ada.connect() as socket:
            await mailed.stranger.run(RESET, login="ada", code=code, password=OTHER_PASSWORD)
            await socket.raw.receive(timeout=10)
            assert socket.raw.close_code == 4401


async def test_of_many_resets_at_once_by_one_code_one_succeeds(mailed_on_each: MailedChat) -> None:
    await mailed_on_each.chat.sign_up("ada", password=PASSWORD)
    code = await mailed_on_each.ask("ada")
    passwords = [f"password number {number}" for number in range(8)]
    answers = await asyncio.gather(
        *[mailed_on_each.stranger.post(RESET, login="ada", code=code, password=password) for password in passwords]
    )
    [won] = [password for password, answer in zip(passwords, answers, strict=True) if "errors" not in answer]
    lost = {answer["errors"][0]["extensions"]["code"] for answer in answers if "errors" in answer}
    assert lost == {"CODE_INVALID"}
    await mailed_on_each.stranger.run(LOGIN, login="ada", password=won)


async def test_a_code_is_used_once_and_ends_with_the_password(mailed: MailedChat) -> None:
    await mailed.chat.sign_up("ada", password=PASSWORD)
    by_name, by_address = await mailed.ask("ada"), await mailed.ask("ada@example.com")
    await mailed.stranger.run(RESET, login="ada", code=by_name, password=OTHER_PASSWORD)
    for login, code in (("ada", by_name), ("ada@example.com", by_address)):
        assert await error_of(mailed.stranger, RESET, login=login, code=code, password=PASSWORD) == INVALID
    await mailed.stranger.run(LOGIN, login="ada", password=OTHER_PASSWORD)


async def test_a_password_that_breaks_a_rule_does_not_use_the_code_up(mailed: MailedChat) -> None:
    await mailed.chat.sign_up("adalovelace")
    code = await mailed.ask("adalovelace@example.com")
    for password in ("short", "a" * 73, "password1", "AdaLovelace"):
        error = await error_of(mailed.stranger, RESET, login="adalovelace@example.com", code=code, password=password)
        assert (error[0], error[2]) == ("BAD_USER_INPUT", "input.newPassword")
    await mailed.stranger.run(RESET, login="adalovelace@example.com", code=code, password=OTHER_PASSWORD)


async def test_a_rule_that_needs_the_account_is_told_only_with_a_right_code(mailed: MailedChat) -> None:
    ada = await mailed.chat.sign_up("adalovelace")
    await User.filter(id=ada.user_id).update(email="mailbox@example.com", email_folded="mailbox@example.com")
    code = await mailed.ask("mailbox@example.com")
    reset = {"login": "mailbox@example.com", "password": "adalovelace 1815"}
    assert await error_of(mailed.stranger, RESET, code=wrong(code), **reset) == INVALID
    error = await error_of(mailed.stranger, RESET, code=code, **reset)
    assert (error[0], error[2]) == ("BAD_USER_INPUT", "input.newPassword")


async def test_a_login_that_was_under_way_does_not_survive_a_reset(mailed: MailedChat) -> None:
    await mailed.chat.sign_up("ada", password=PASSWORD)
    code = await mailed.ask("ada")
    passwords = mailed.chat.services.passwords
    matches = passwords.matches

    async def matches_slowly(password: str, password_hash: str | None, use: PasswordUse) -> bool:
        is_right = await matches(password, password_hash, use)
        await mailed.stranger.run(RESET, login="ada", code=code, password=OTHER_PASSWORD)
        return is_right

    passwords.matches = matches_slowly  # type: ignore[method-assign]
    assert await error_of(mailed.stranger, LOGIN, login="ada", password=PASSWORD) == WRONG_LOGIN
    assert await SignIn.filter(revoked_at=None).count() == 0
