"""Asking for codes and guessing them tells nobody which accounts exist: answers, work and limits are alike."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from tortoise.context import require_context

from gql_chat.infra.rate_limits.limiter import LocalRateLimiter
from gql_chat.users.models import User, UserStatus, VerificationCode
from tests.support.chat import run_chat
from tests.support.client import Client
from tests.support.mailed import (  # fmt: skip
    INVALID,
    REGISTER,
    RESET,
    SEND,
    VERIFY,
    MailedChat,
    error_of,
    mail_settings,
    run_mailed_chat,
    wrong,
)

PASSWORD = "correct horse battery"
HOUR = 3600


@pytest.fixture
async def limited(hurried_mail: None, sqlite_url: str, tmp_path: Path) -> AsyncIterator[MailedChat]:
    """Yield a server with rate limits, whose time stands still."""
    async with run_mailed_chat(sqlite_url, tmp_path, RATE_LIMITS="on") as running:
        move_time(running, to=0)
        yield running


def move_time(mailed: MailedChat, *, to: float) -> None:
    """Move the time of the limits, in seconds."""
    limiter = mailed.chat.services.limiter
    assert isinstance(limiter, LocalRateLimiter)
    limiter._monotonic = lambda: 1e6 + to


async def work_of(client: Client, query: str, **variables: Any) -> tuple[dict[str, Any], list[str]]:
    """Return the response and the SQL that it took, without its values."""
    run: list[str] = []
    database: Any = require_context().db()
    for connection in database.connections:
        await connection.set_trace_callback(lambda sql: run.append(re.sub(r"'[^']*'|\b\d+\b", "?", sql)))
    try:
        return await client.post(query, **variables), run
    finally:
        for connection in database.connections:
            await connection.set_trace_callback(None)


async def test_asking_for_a_code_is_the_same_work_with_and_without_an_account(mailed: MailedChat) -> None:
    await mailed.chat.sign_up("ada")
    disabled = await mailed.chat.sign_up("eve")
    await User.filter(id=disabled.user_id).update(status=UserStatus.DISABLED)
    for purpose, known, *unknown in [
        ("PASSWORD_RESET", "ada", "bob", "eve"),
        ("PASSWORD_RESET", "ada@example.com", "bob@example.com", "eve@example.com"),
        ("REGISTER", "ada@example.com", "bob@example.com", "eve@example.com"),
    ]:
        expected, work = await work_of(mailed.stranger, SEND, login=known, purpose=purpose)
        assert next(sql for sql in work if "verification_codes" in sql).startswith("INSERT ")
        for login in unknown:
            response, its_work = await work_of(mailed.stranger, SEND, login=login, purpose=purpose)
            assert its_work == work
            payload = response["data"]["sendVerificationCode"]
            assert payload.keys() == expected["data"]["sendVerificationCode"].keys()
            assert payload["sent"] is True
    assert await VerificationCode.all().count() == 9


async def test_guessing_is_the_same_work_with_and_without_an_account(mailed: MailedChat) -> None:
    await mailed.chat.sign_up("ada")
    code = await mailed.ask("ada")
    await mailed.stranger.run(SEND, login="bob")
    for query, more in ((VERIFY, {}), (RESET, {"password": PASSWORD})):
        for guess in (wrong(code), "", "no digits"):
            expected = await work_of(mailed.stranger, query, login="ada", code=guess, **more)
            assert len(expected[1]) == 2
            assert await work_of(mailed.stranger, query, login="bob", code=guess, **more) == expected


async def test_a_code_that_was_sent_to_nobody_is_never_right(
    mailed: MailedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gql_chat.users.codes.secrets.randbelow", lambda below: 42)
    ada = await mailed.chat.sign_up("ada")
    assert await mailed.ask("ada") == "000042"
    assert await mailed.verify("ada", "000042")
    await mailed.stranger.run(SEND, login="bob")
    await mailed.stranger.run(SEND, login="ada@example.com", purpose="REGISTER")
    await mailed.chat.sign_up("bob")
    assert not await mailed.verify("bob", "000042")
    await User.filter(id=ada.user_id).delete()
    assert not await mailed.verify("ada@example.com", "000042", "REGISTER")


async def test_nobody_waits_for_the_mail_server(mailed: MailedChat) -> None:
    mailed.mail.held = asyncio.Event()
    await mailed.chat.sign_up("ada")
    await mailed.stranger.run(SEND, login="ada")
    await mailed.mail.tried.acquire()
    assert mailed.mail.emails == []
    mailed.mail.held.set()
    await mailed.mail.next_email()


async def test_a_mail_server_that_is_down_changes_no_answer_and_its_log_holds_no_code(
    hurried_mail: None, sqlite_url: str, tmp_path: Path, unused_tcp_port: int
) -> None:
    with structlog.testing.capture_logs() as events:
        async with run_chat(sqlite_url, tmp_path, **mail_settings(unused_tcp_port)) as chat:
            await chat.sign_up("ada")
            for login in ("ada", "bob"):
                answer = await chat.stranger.run(SEND, login=login)
                assert answer["sendVerificationCode"]["sent"] is True
    reason = "The mail server cannot be reached: ConnectionRefusedError."
    assert [event for event in events if event["event"] == "email_dropped"] == [
        {"event": "email_dropped", "log_level": "warning", "subject": "Your code / 验证码", "reason": reason}
    ]


async def refusal(client: Client, query: str, **variables: Any) -> int | None:
    """Return the seconds to wait; None if it was not refused for being too often."""
    response = await client.post(query, **variables)
    for error in response.get("errors", []):
        if error["extensions"]["code"] == "RATE_LIMITED":
            seconds: int = error["extensions"]["retryAfterSeconds"]
            return seconds
    return None


async def test_a_login_gets_a_code_a_minute_and_five_at_once_an_hour_whether_or_not_it_exists(
    limited: MailedChat,
) -> None:
    await limited.chat.sign_up("ada")
    for login in ("ada", "bob"):
        waits = []
        for minute in range(6):
            move_time(limited, to=minute * 60)
            waits += [await refusal(limited.stranger, SEND, login=login) for _ in range(2)]
        # After five, the hour's bucket has room for one more each twelve minutes.
        assert waits == [None, 60] * 5 + [12 * 60 - 5 * 60, 12 * 60 - 5 * 60]
    assert await VerificationCode.all().count() == 10


async def test_a_place_gets_twenty_codes_an_hour_for_whatever_logins(limited: MailedChat) -> None:
    await limited.chat.sign_up("user19")
    waits = [await refusal(limited.stranger, SEND, login=f"user{number}") for number in range(21)]
    assert waits == [None] * 20 + [HOUR // 20]
    assert await VerificationCode.all().count() == 20


@pytest.mark.parametrize("login", ["ada", "bob"])
async def test_a_login_can_be_guessed_fifteen_times_an_hour_whether_or_not_it_exists(
    limited: MailedChat, login: str
) -> None:
    await limited.chat.sign_up("ada")
    waits = [await refusal(limited.stranger, VERIFY, login=login, code="123456") for _ in range(15)]
    guess = {"login": login, "code": "123456", "password": PASSWORD}
    assert [*waits, await refusal(limited.stranger, RESET, **guess)] == [None] * 15 + [HOUR // 15]


async def test_a_place_guesses_sixty_times_an_hour(limited: MailedChat) -> None:
    waits = [await refusal(limited.stranger, VERIFY, login=f"user{number % 10}", code="123456") for number in range(61)]
    assert waits == [None] * 60 + [HOUR // 60]


async def test_registering_by_code_counts_as_guessing(hurried_mail: None, sqlite_url: str, tmp_path: Path) -> None:
    async with run_mailed_chat(sqlite_url, tmp_path, RATE_LIMITS="on", REGISTRATION="code") as mailed:
        move_time(mailed, to=0)
        account = {"username": "ada", "email": "ada@example.com", "password": PASSWORD, "code": "123456"}
        for _ in range(15):
            assert await error_of(mailed.stranger, REGISTER, input=account) == INVALID
        assert await refusal(mailed.stranger, REGISTER, input=account) == HOUR // 15
