"""Changes of an account's address through the API: the password that they need, and how the old address undoes them."""

import asyncio
import re
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gql_chat.infra import clock
from gql_chat.infra.db.database import database_now, execute
from gql_chat.infra.mail.mailer import Email
from gql_chat.infra.mail.outbox import Outbox
from gql_chat.users.credentials import delete_expired
from gql_chat.users.models import AccessToken, EmailChange, SignIn, User
from gql_chat.users.passwords.hashing import Passwords
from tests.support.chat import Chat, run_chat
from tests.support.client import Client
from tests.support.mailed import LOGIN, REGISTER, RESET, SEND, error_of
from tests.support.stored.rows import all_rows
from tests.users.test_codes import at_a_server_whose_clock_is_off

TAKEN = ("BAD_USER_INPUT", "This email address is registered already.", "input.email")
PASSWORD = "correct horse battery"
OTHER_PASSWORD = "staple of another kind"
HOME, THEIRS = "ada@example.com", "thief@example.net"
UPDATE = "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { username email } }"
REVERT = "mutation ($code: String!) { revertEmailChange(code: $code) }"
ME = "{ me { email } }"
INVALID = ("CODE_INVALID", "This code is wrong, used up or expired; ask for another.", "code")


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gql_chat.server.services.Passwords", partial(Passwords, cost=4))


@pytest.fixture
def emails(monkeypatch: pytest.MonkeyPatch) -> list[Email | None]:
    """Return what the server mails, at once."""
    posted: list[Email | None] = []
    monkeypatch.setattr(Outbox, "enqueue", lambda outbox, email: posted.append(email))
    return posted


@pytest.fixture
async def ada(chat_on_each: Chat) -> Client:
    """Return a user with a password."""
    return await chat_on_each.sign_up("ada", password=PASSWORD)


def newest_to(address: str, emails: list[Email | None]) -> Email:
    """Return the newest email to the address."""
    return [email for email in emails if email is not None and email.to == address][-1]


async def ask_for(client: Client, login: str, purpose: str, to: str, emails: list[Email | None]) -> str:
    """Return a six-digit code."""
    await client.run(SEND, login=login, purpose=purpose)
    return str(re.findall(r"\b\d{6}\b", newest_to(to, emails).text)[0])


async def move(client: Client, address: str, emails: list[Email | None]) -> str:
    """Change the address, and return the code that the old one received."""
    old = (await client.run(ME))["me"]["email"]
    code = await ask_for(client, address, "EMAIL_CHANGE", address, emails)
    wanted = {"email": address, "emailCode": code, "currentPassword": PASSWORD}
    assert (await client.run(UPDATE, input=wanted))["updateProfile"]["email"] == address
    codes: set[str] = set(re.findall(r"[\w-]{43}", newest_to(old, emails).text))
    [revert_code] = codes
    return revert_code


async def test_another_name_or_address_needs_the_password_and_nothing_else_does(
    ada: Client, emails: list[Email | None]
) -> None:
    code = await ask_for(ada, THEIRS, "EMAIL_CHANGE", THEIRS, emails)
    before = await all_rows()
    wanted: list[dict[str, Any]] = [
        {"username": "countess"}, {"username": "Ada"}, {"email": "ADA@example.com", "nickname": "Countess"},
        {"email": THEIRS, "emailCode": code},
    ]  # fmt: skip
    for changes in wanted:
        for password, message in (
            (None, "This change needs your current password. Send it too."),
            ("wrong", "This is not your password."),
            ("", "This is not your password."),
        ):
            error = await error_of(ada, UPDATE, input={**changes, "currentPassword": password})
            assert error == ("BAD_USER_INPUT", message, "input.currentPassword")
    assert await all_rows() == before
    await ada.run(UPDATE, input={"nickname": "Countess", "username": "ada", "email": HOME, "phone": None})
    for changes in wanted:
        await ada.run(UPDATE, input={**changes, "currentPassword": PASSWORD})


async def test_wrong_passwords_of_changes_count_with_the_others(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on") as chat:
        ada = await chat.sign_up("ada", password=PASSWORD)
        tries = [{"username": "countess", "currentPassword": "wrong"}] * 11
        codes = [(await error_of(ada, UPDATE, input=wanted))[0] for wanted in tries]
        assert codes == ["BAD_USER_INPUT"] * 10 + ["RATE_LIMITED"]
        right = {"username": "countess", "currentPassword": PASSWORD}
        assert (await error_of(ada, UPDATE, input=right))[0] == "RATE_LIMITED"
        assert (await ada.run(UPDATE, input={"nickname": "Countess"}))["updateProfile"]["username"] == "ada"


async def test_the_old_address_undoes_the_change_and_ends_what_was_opened_meanwhile(
    chat_on_each: Chat, ada: Client, emails: list[Email | None]
) -> None:
    chat = chat_on_each
    thief = await chat.sign_in(ada.user_id)
    code = await move(thief, THEIRS, emails)
    notice = newest_to(HOME, emails)
    assert "127.0.0.1" in notice.text
    assert f"{clock.now():%Y-%m-%d}" in notice.text
    assert code not in notice.subject
    assert code not in str(await all_rows())
    await thief.run('mutation { createAccessToken(input: {name: "x", scopes: [CHAT]}) { token } }')
    assert await chat.stranger.run(REVERT, code=f" {code}\n") == {"revertEmailChange": True}
    for ended in (ada, thief):
        assert (await error_of(ended, ME))[0] == "UNAUTHENTICATED"
    assert await AccessToken.all().count() == await SignIn.filter(revoked_at=None).count() == 0
    for login in ("ada", HOME, THEIRS):
        assert (await error_of(chat.stranger, LOGIN, login=login, password=PASSWORD))[0] == "UNAUTHENTICATED"
    assert await error_of(chat.stranger, REVERT, code=code) == INVALID
    assert "Reset it" in newest_to(HOME, emails).text
    reset = await ask_for(chat.stranger, "ada", "PASSWORD_RESET", HOME, emails)
    await chat.stranger.run(RESET, login="ada", code=reset, password=OTHER_PASSWORD)
    await chat.stranger.run(LOGIN, login=HOME, password=OTHER_PASSWORD)
    assert newest_to(HOME, emails).text.startswith("The password of your account was reset.")


async def test_a_code_of_a_later_change_does_not_undo_the_undoing(
    chat_on_each: Chat, ada: Client, emails: list[Email | None]
) -> None:
    first = await move(ada, THEIRS, emails)
    second = await move(ada, "thief@example.org", emails)
    await chat_on_each.stranger.run(REVERT, code=first)
    assert await error_of(chat_on_each.stranger, REVERT, code=second) == INVALID
    assert (await User.get()).email == HOME


async def test_the_order_of_changes_does_not_depend_on_the_servers_clocks(
    postgres_url: str, tmp_path: Path, emails: list[Email | None]
) -> None:
    async with run_chat(postgres_url, tmp_path) as chat:
        ada = await chat.sign_up("ada", password=PASSWORD)
        first = await move(ada, THEIRS, emails)
        with at_a_server_whose_clock_is_off(-timedelta(seconds=30)):
            second = await move(ada, "thief@example.org", emails)
        await execute("UPDATE email_changes SET id = 'emc_0' WHERE old_email = $1", THEIRS)  # as that server's ids are
        await chat.stranger.run(REVERT, code=first)
        assert await error_of(chat.stranger, REVERT, code=second) == INVALID
        assert await EmailChange.all().count() == 0


async def test_the_72_hours_do_not_depend_on_the_servers_clocks(
    postgres_url: str, tmp_path: Path, emails: list[Email | None]
) -> None:
    async with run_chat(postgres_url, tmp_path) as chat:
        code = await move(await chat.sign_up("ada", password=PASSWORD), THEIRS, emails)
        account = {"username": "bob", "email": HOME, "password": PASSWORD}
        with at_a_server_whose_clock_is_off(timedelta(hours=73)):
            await delete_expired()
            assert await error_of(chat.stranger, REGISTER, input=account) == TAKEN
            await chat.stranger.run(REVERT, code=code)
        assert (await User.get()).email == HOME


async def test_the_first_address_still_undoes_after_the_second_did(
    chat_on_each: Chat, ada: Client, emails: list[Email | None]
) -> None:
    first = await move(ada, THEIRS, emails)
    second = await move(ada, "thief@example.org", emails)
    for code, address in ((second, THEIRS), (first, HOME)):
        await chat_on_each.stranger.run(REVERT, code=code)
        assert (await User.get()).email == address
    assert await EmailChange.all().count() == 0


async def test_undoing_a_change_leaves_those_of_other_users(
    chat_on_each: Chat, ada: Client, emails: list[Email | None]
) -> None:
    bob = await chat_on_each.sign_up("bob", password=PASSWORD)
    of_ada, of_bob = await move(ada, THEIRS, emails), await move(bob, "bob@example.net", emails)
    for code, login in ((of_ada, HOME), (of_bob, "bob@example.com")):
        assert await chat_on_each.stranger.run(REVERT, code=code) == {"revertEmailChange": True}
        assert newest_to(login, emails).text.startswith("The change of your account's email address was undone")


async def test_of_many_who_undo_at_once_one_does(chat_on_each: Chat, ada: Client, emails: list[Email | None]) -> None:
    code = await move(ada, THEIRS, emails)
    answers = await asyncio.gather(*[chat_on_each.stranger.post(REVERT, code=code) for _ in range(5)])
    assert [answer["data"] for answer in answers if "errors" not in answer] == [{"revertEmailChange": True}]
    assert {answer["errors"][0]["extensions"]["code"] for answer in answers if "errors" in answer} == {"CODE_INVALID"}


async def test_after_72_hours_nothing_is_undone_and_the_old_address_is_free(
    chat_on_each: Chat, ada: Client, emails: list[Email | None]
) -> None:
    chat = chat_on_each
    code, change = await move(ada, THEIRS, emails), await EmailChange.get()
    assert change.expires_at - change.created_at == timedelta(hours=72)
    account = {"username": "bob", "email": HOME, "password": PASSWORD}
    await EmailChange.all().update(expires_at=await database_now() + timedelta(hours=1))
    assert await error_of(chat.stranger, REGISTER, input=account) == TAKEN
    bob = await chat.sign_up("bobby", password=PASSWORD)
    asked = await ask_for(bob, HOME, "EMAIL_CHANGE", HOME, emails)
    wanted = {"email": HOME, "emailCode": asked, "currentPassword": PASSWORD}
    assert await error_of(bob, UPDATE, input=wanted) == TAKEN
    await delete_expired()
    assert await EmailChange.all().count() == 1
    await EmailChange.all().update(expires_at=await database_now())
    for wrong in (code, "", "x" * 10_000, "\0"):
        assert await error_of(chat.stranger, REVERT, code=wrong) == INVALID
    await delete_expired()
    assert await EmailChange.all().count() == 0
    await chat.stranger.run(REGISTER, input=account)


async def test_its_user_may_take_the_old_address_back(ada: Client, emails: list[Email | None]) -> None:
    await move(ada, THEIRS, emails)
    await move(ada, HOME, emails)
    assert (await ada.run(ME))["me"]["email"] == HOME


async def test_another_spelling_of_the_same_mailbox_sends_no_code(ada: Client, emails: list[Email | None]) -> None:
    await ada.run(UPDATE, input={"email": "ADA@Example.com", "currentPassword": PASSWORD})
    assert emails == []
    assert await EmailChange.all().count() == 0


async def test_a_new_name_a_new_password_and_a_new_token_are_reported(ada: Client, emails: list[Email | None]) -> None:
    await ada.run(UPDATE, input={"username": "countess", "currentPassword": PASSWORD})
    await ada.run('mutation { createAccessToken(input: {name: "backup", scopes: [CHAT, KEYS]}) { token } }')
    change = """mutation ($old: String!, $new: String!) {
        updatePassword(input: {currentPassword: $old, newPassword: $new}) { user { id } } }"""
    await ada.run(change, old=PASSWORD, new=OTHER_PASSWORD)
    name, token, password = (email for email in emails if email is not None)
    assert [email.to for email in (name, token, password)] == [HOME] * 3
    assert name.text.startswith("The username of your account was changed to countess.")
    assert token.text.startswith("A personal access token was created for your account: backup (CHAT, KEYS).")
    assert password.text.startswith("The password of your account was changed.")
    for email in (name, token, password):
        assert email.text.count("127.0.0.1") == email.text.count(f"{clock.now():%Y-%m-%d %H}") == 2
        assert "gqlchat_" not in email.text
