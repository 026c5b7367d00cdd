"""A right code can be used once, whoever holds it and however many try at once."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from gql_chat.errors import CodeInvalid, RateLimited
from gql_chat.infra import clock
from gql_chat.infra.db.database import transaction
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.mail.mailer import Email
from gql_chat.infra.mail.outbox import Outbox
from gql_chat.infra.rate_limits.limiter import Limit, LocalRateLimiter, NoRateLimiter
from gql_chat.users.codes import LIFETIME, Codes, RightCode
from gql_chat.users.credentials import delete_expired
from gql_chat.users.models import CodePurpose

LOGIN = "ada@example.com"


class Mailbox:
    """Keeps emails."""

    def __init__(self) -> None:
        self.emails: list[Email] = []

    async def send(self, email: Email) -> None:
        """See Mailer."""
        self.emails.append(email)


@pytest.fixture
async def _database(database_url: str) -> AsyncIterator[None]:
    async with open_database(database_url, model_modules()):
        yield


@pytest.fixture
async def codes(_database: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Codes]:
    """Let all codes be 000042."""
    monkeypatch.setattr("gql_chat.users.codes.secrets.randbelow", lambda below: 42)
    monkeypatch.setattr("gql_chat.infra.mail.outbox.PAUSES_SECONDS", (0,))
    async with Outbox(Mailbox()) as outbox:
        yield Codes(b"k" * 32, outbox, NoRateLimiter())


async def guess(codes: Codes, code: str = "000042") -> RightCode:
    return await codes.check(LOGIN, CodePurpose.REGISTER, code, client_ip=None)


async def use(code: RightCode) -> bool:
    try:
        async with transaction():
            await code.use()
    except CodeInvalid:
        return False
    return True


async def test_of_several_who_guessed_right_one_uses_the_code(codes: Codes) -> None:
    await codes.send(LOGIN, CodePurpose.REGISTER, client_ip=None)
    guessed = [await guess(codes) for _ in range(5)]
    assert sorted(await asyncio.gather(*map(use, guessed))) == [False, False, False, False, True]
    with pytest.raises(CodeInvalid):
        await guess(codes)


async def test_what_is_undone_does_not_use_the_code_up(codes: Codes) -> None:
    await codes.send(LOGIN, CodePurpose.REGISTER, client_ip=None)
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await (await guess(codes)).use()
            raise ZeroDivisionError
    assert await use(await guess(codes))


async def test_another_key_finds_no_code_right(codes: Codes) -> None:
    await codes.send(LOGIN, CodePurpose.REGISTER, client_ip=None)
    async with Outbox(Mailbox()) as outbox:
        with pytest.raises(CodeInvalid):
            await guess(Codes(b"o" * 32, outbox, NoRateLimiter()))
    await guess(codes)


@contextmanager
def at_a_server_whose_clock_is_off(by: timedelta) -> Iterator[None]:
    right = clock.now
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: right() + by)
        yield


@pytest.mark.parametrize("ahead", [LIFETIME, -LIFETIME])
async def test_a_code_is_as_good_at_a_server_whose_clock_is_off(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, ahead: timedelta
) -> None:
    numbers = iter((40, 41, 42))
    monkeypatch.setattr("gql_chat.users.codes.secrets.randbelow", lambda below: next(numbers))
    async with open_database(postgres_url, model_modules()), Outbox(Mailbox()) as outbox:
        codes = Codes(b"k" * 32, outbox, NoRateLimiter())
        await codes.send(LOGIN, CodePurpose.REGISTER, client_ip=None)
        with at_a_server_whose_clock_is_off(ahead):
            await codes.send(LOGIN, CodePurpose.REGISTER, client_ip=None)
        await guess(codes, "000041")
        await codes.send(LOGIN, CodePurpose.REGISTER, client_ip=None)
        await guess(codes, "000042")
        with at_a_server_whose_clock_is_off(ahead):
            await delete_expired()
            assert await use(await guess(codes))


async def test_wrong_guesses_at_all_accounts_from_everywhere_have_one_limit_and_right_ones_do_not_count(
    codes: Codes,
) -> None:
    limited = Codes(b"k" * 32, codes._outbox, LocalRateLimiter(lambda: 0), Limit(20, 3600))
    await limited.send(LOGIN, CodePurpose.REGISTER, client_ip="192.0.2.1")
    for _ in range(5):
        await guess(limited)
    answers: list[type[Exception]] = []
    for number in range(30):
        with pytest.raises((CodeInvalid, RateLimited)) as refused:
            name = f"user{number}@example.com"
            await limited.check(name, CodePurpose.PASSWORD_RESET, "000001", client_ip=f"198.51.100.{number}")
        answers.append(refused.type)
    assert answers == [CodeInvalid] * 20 + [RateLimited] * 10
