"""Verification codes through the API: who gets one, what it is good for, and when it ends."""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gql_chat.infra import clock
from gql_chat.infra.mail.outbox import Outbox
from gql_chat.users.codes import LIFETIME
from gql_chat.users.models import User, UserStatus, VerificationCode
from tests.support.chat import run_chat
from tests.support.client import Client
from tests.support.mailed import INVALID, LOGIN, RESET, SEND, VERIFY, MailedChat, code_in, error_of, wrong
from tests.support.stored.rows import all_rows

PASSWORD = "correct horse battery"
OTHER_PASSWORD = "staple of another kind"


@dataclass
class Time:
    """The server's clock in the test's hand."""

    moment: datetime

    def advance(self, delta: timedelta) -> None:
        self.moment += delta


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Return a clock that stands still."""
    stopped = Time(clock.now())
    monkeypatch.setattr(clock, "now", lambda: stopped.moment)
    return stopped


@pytest.mark.parametrize("login", ["ada", "ADA", " ada ", "ada@example.com", "Ada@Example.COM"])
async def test_the_letter_goes_to_the_accounts_own_address_whatever_login_was_typed(
    mailed: MailedChat, login: str
) -> None:
    await mailed.chat.sign_up("ada", password=PASSWORD)
    code = await mailed.ask(login)
    assert mailed.mail.recipients == [["ada@example.com"]]
    assert await mailed.verify(login.strip().upper(), code)


async def test_a_letter_says_what_it_is_for_in_two_languages(mailed: MailedChat) -> None:
    ada = await mailed.chat.sign_up("ada")
    for purpose, login, english, chinese in [
        ("PASSWORD_RESET", "ada", "Your code to reset your password is ", "您用于重置密码的验证码是 "),
        ("REGISTER", "new@example.com", "Your code to register is ", "您用于注册账号的验证码是 "),
        ("EMAIL_CHANGE", "other@example.com", "Your code to use this address for your account is ",
         "您用于更换邮箱的验证码是 "),
    ]:  # fmt: skip
        await ada.run(SEND, login=login, purpose=purpose)
        letter = await mailed.mail.next_email()
        assert str(letter["Subject"]) == "Your code / 验证码"
        assert english + code_in(letter) + "\n" in letter.get_content().replace("\r\n", "\n")
        assert chinese + code_in(letter) + "\n" in letter.get_content().replace("\r\n", "\n")


async def test_a_code_is_typed_as_keyboards_and_clipboards_give_it(mailed: MailedChat) -> None:
    await mailed.chat.sign_up("ada")
    code = await mailed.ask("ada")
    wide = code.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    for typed in (code, f" {code}\n", f"{code[:3]} {code[3:]}", wide):
        assert await mailed.verify("ada", typed), typed
    for typed in ("", code[:5], code + "0", f"{code[:3]}-{code[3:]}"):
        assert not await mailed.verify("ada", typed), typed


async def test_the_database_holds_no_code(mailed: MailedChat) -> None:
    await mailed.chat.sign_up("ada")
    codes = [await mailed.ask("ada") for _ in range(3)]
    rows = repr(await VerificationCode.all().values())
    assert [code for code in codes if code in rows] == []


async def test_a_code_is_good_for_ten_minutes(mailed: MailedChat, time: Time) -> None:
    await mailed.chat.sign_up("ada")
    before = time.moment
    sent = (await mailed.stranger.run(SEND, login="ada"))["sendVerificationCode"]
    assert (sent["sent"], datetime.fromisoformat(sent["expiresAt"])) == (True, before + timedelta(minutes=10))
    code = code_in(await mailed.mail.next_email())
    time.advance(LIFETIME - timedelta(microseconds=1))
    assert await mailed.verify("ada", code)
    time.advance(timedelta(microseconds=1))
    assert not await mailed.verify("ada", code)
    assert await error_of(mailed.stranger, RESET, login="ada", code=code, password=OTHER_PASSWORD) == INVALID


async def test_five_wrong_guesses_end_a_code_and_a_right_one_is_none(mailed: MailedChat) -> None:
    await mailed.chat.sign_up("ada")
    code = await mailed.ask("ada")
    for number in range(1, 5):
        assert not await mailed.verify("ada", wrong(code, number))
        assert await mailed.verify("ada", code)
    assert await error_of(mailed.stranger, RESET, login="ada", code=wrong(code), password=OTHER_PASSWORD) == INVALID
    before = await all_rows()
    assert not await mailed.verify("ada", code)
    assert await error_of(mailed.stranger, RESET, login="ada", code=code, password=OTHER_PASSWORD) == INVALID
    assert await all_rows() == before


async def test_of_fifty_guesses_at_once_five_count(mailed_on_each: MailedChat) -> None:
    await mailed_on_each.chat.sign_up("ada")
    code = await mailed_on_each.ask("ada")
    guesses = [mailed_on_each.verify("ada", wrong(code, number)) for number in range(1, 51)]
    assert await asyncio.gather(*guesses) == [False] * 50
    assert [row.attempts for row in await VerificationCode.all()] == [5]
    assert not await mailed_on_each.verify("ada", code)


async def test_a_newer_code_replaces_the_older_for_good(mailed: MailedChat) -> None:
    await mailed.chat.sign_up("ada")
    first = await mailed.ask("ada")
    while (second := await mailed.ask("ada")) == first:
        pass
    assert not await mailed.verify("ada", first)
    assert await mailed.verify("ada", second)
    await mailed.stranger.run(RESET, login="ada", code=second, password=OTHER_PASSWORD)
    assert not await mailed.verify("ada", first)


async def test_a_code_is_good_for_its_login_and_its_purpose_only(mailed: MailedChat) -> None:
    ada = await mailed.chat.sign_up("ada")
    await mailed.chat.sign_up("bob")
    code = await mailed.ask("new@example.com", "EMAIL_CHANGE", ada)
    assert not await mailed.verify("new@example.com", code, "REGISTER")
    assert not await mailed.verify("new@example.com", code, "PASSWORD_RESET")
    assert not await mailed.verify("newer@example.com", code, "EMAIL_CHANGE", ada)
    assert await mailed.verify("new@example.com", code, "EMAIL_CHANGE", ada)
    code = await mailed.ask("ada")
    assert not await mailed.verify("bob", code)
    assert not await mailed.verify("ada@example.com", code)
    assert not await mailed.verify("ada", code, "REGISTER")


@pytest.mark.parametrize("purpose", ["REGISTER", "EMAIL_CHANGE"])
async def test_a_code_proves_no_other_mailbox_that_only_compares_equal(mailed: MailedChat, purpose: str) -> None:
    ada = await mailed.chat.sign_up("ada")
    code = await mailed.ask("new@strasse.example", purpose, ada)
    assert not await mailed.verify("new@straße.example", code, purpose, ada)
    assert not await mailed.verify("ｎew@strasse.example", code, purpose, ada)
    assert await mailed.verify(" NEW@Strasse.Example ", code, purpose, ada)


async def test_a_name_that_changes_hands_takes_no_code_along(mailed: MailedChat) -> None:
    ada = await mailed.chat.sign_up("ada")
    code = await mailed.ask("ada")
    await User.filter(id=ada.user_id).update(username="eve", username_folded="eve")
    bob = await mailed.chat.sign_up("bob", password=PASSWORD)
    await User.filter(id=bob.user_id).update(username="ada", username_folded="ada")
    assert not await mailed.verify("ada", code)
    assert await error_of(mailed.stranger, RESET, login="ada", code=code, password=OTHER_PASSWORD) == INVALID
    await mailed.stranger.run(LOGIN, login="ada", password=PASSWORD)


async def test_a_code_ends_when_the_account_gets_another_address_or_is_disabled(mailed: MailedChat) -> None:
    ada = await mailed.chat.sign_up("ada")
    account = User.filter(id=ada.user_id)
    code = await mailed.ask("ada")
    await account.update(email_folded="new@example.com")
    assert not await mailed.verify("ada", code)
    await account.update(email_folded="ada@example.com", status=UserStatus.DISABLED)
    assert not await mailed.verify("ada", code)
    await account.update(status=UserStatus.ACTIVE)
    assert await mailed.verify("ada", code)


async def test_changing_an_address_needs_a_sign_in_that_may(mailed: MailedChat) -> None:
    ada = await mailed.chat.sign_up("ada")
    create = 'mutation { createAccessToken(input: {name: "script", scopes: [CHAT]}) { token } }'
    token = (await ada.run(create))["createAccessToken"]["token"]
    script = Client(mailed.chat.http, mailed.chat.origin, token)
    asked = {"login": "new@example.com", "purpose": "EMAIL_CHANGE"}
    for query, more in ((SEND, {}), (VERIFY, {"code": "123456"})):
        assert (await error_of(mailed.stranger, query, **asked, **more))[0] == "UNAUTHENTICATED"
        assert (await error_of(script, query, **asked, **more))[0] == "FORBIDDEN"
    assert await VerificationCode.all().count() == 0
    code = await mailed.ask("new@example.com", "EMAIL_CHANGE", ada)
    bob = await mailed.chat.sign_up("bob")
    assert not await mailed.verify("new@example.com", code, "EMAIL_CHANGE", bob)
    assert await mailed.verify("new@example.com", code, "EMAIL_CHANGE", ada)


@pytest.mark.parametrize("purpose", ["REGISTER", "EMAIL_CHANGE"])
async def test_only_the_owner_learns_that_an_address_is_taken(mailed: MailedChat, purpose: str) -> None:
    await mailed.chat.sign_up("ada")
    bob = await mailed.chat.sign_up("bob")
    sent = (await bob.run(SEND, login="ADA@example.com", purpose=purpose))["sendVerificationCode"]
    assert sent["sent"] is True
    letter = await mailed.mail.next_email()
    assert mailed.mail.recipients == [["ada@example.com"]]
    assert str(letter["Subject"]) == "Your account / 您的账号"
    assert re.findall("[0-9]{4,}", letter.get_content()) == []


async def test_a_disabled_account_is_sent_nothing_for_its_password(
    mailed: MailedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted: list[object] = []
    monkeypatch.setattr(Outbox, "enqueue", lambda outbox, letter: posted.append(letter))
    ada = await mailed.chat.sign_up("ada")
    await User.filter(id=ada.user_id).update(status=UserStatus.DISABLED)
    for login in ("ada", "ada@example.com"):
        await mailed.stranger.run(SEND, login=login)
    assert posted == [None, None]


@pytest.mark.parametrize("purpose", ["REGISTER", "EMAIL_CHANGE"])
@pytest.mark.parametrize("login", ["", "ada", "ada@", "a b@example.com", "ada@example.com\nBcc: bob@example.com"])
async def test_what_is_no_address_is_told(mailed: MailedChat, purpose: str, login: str) -> None:
    ada = await mailed.chat.sign_up("ada")
    error = await error_of(ada, SEND, login=login, purpose=purpose)
    assert error == ("BAD_USER_INPUT", "This is not an e-mail address.", "input.login")


@pytest.mark.parametrize("login", ["a" * 301, "ﷺ" * 20, "ada\0"], ids=["long", "long when folded", "NUL"])
async def test_what_cannot_be_a_login_is_told(mailed_on_each: MailedChat, login: str) -> None:
    error = ("BAD_USER_INPUT", "This is neither a username nor an e-mail address.", "input.login")
    assert await error_of(mailed_on_each.stranger, SEND, login=login) == error
    assert await error_of(mailed_on_each.stranger, VERIFY, login=login, code="123456") == error


async def test_without_a_mail_server_codes_are_printed(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with run_chat(sqlite_url, tmp_path) as chat:
        await chat.sign_up("ada")
        await chat.stranger.run(SEND, login="ada")
    printed = capsys.readouterr().out
    assert re.search(r"--- Mail to ada@example.com: Your code / 验证码\nYour code to reset .* is [0-9]{6}\n", printed)


@pytest.mark.parametrize(("factor", "allowed"), [(1, 20), (2, 40)])
async def test_an_operator_may_multiply_the_limits_of_an_address(
    sqlite_url: str, tmp_path: Path, factor: int, allowed: int
) -> None:
    async with run_chat(sqlite_url, tmp_path, RATE_LIMITS="on", ADDRESS_LIMITS_FACTOR=factor) as chat:
        logins = [f"user{number}@example.com" for number in range(allowed + 1)]
        answers = [await chat.stranger.post(SEND, login=login, purpose="REGISTER") for login in logins]
    codes = [[error["extensions"]["code"] for error in answer.get("errors", [])] for answer in answers]
    assert codes == [[]] * allowed + [["RATE_LIMITED"]]
