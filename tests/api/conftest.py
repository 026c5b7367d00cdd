"""Fixtures of tests through the API."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, tzinfo
from functools import partial
from pathlib import Path

import pytest

from gql_chat.infra import clock
from gql_chat.infra.mail import outbox
from gql_chat.users.models import UserRole
from gql_chat.users.passwords.hashing import Passwords
from tests.support.chat import Chat
from tests.support.client import Client
from tests.support.mailed import MailedChat, run_mailed_chat


@pytest.fixture
async def admin(chat: Chat) -> Client:
    """Return an admin."""
    return await chat.sign_up("admin", UserRole.ADMIN)


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin the test at noon, so that no day and no month ends during it. The time goes on from there."""
    began_at = datetime.now(UTC)
    ahead = began_at.replace(hour=12, minute=0) - began_at

    class MovedDatetime(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # not of this class
            return datetime.now(tz) + ahead

    monkeypatch.setattr(clock, "datetime", MovedDatetime)  # not `now`, which defaults of fields hold


@pytest.fixture
def hurried_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let emails leave at once, and passwords be hashed quickly."""
    monkeypatch.setattr("gql_chat.server.services.Passwords", partial(Passwords, cost=4))
    monkeypatch.setattr(outbox, "PAUSES_SECONDS", (0, 0, 0))


@pytest.fixture
async def mailed(hurried_mail: None, sqlite_url: str, tmp_path: Path) -> AsyncIterator[MailedChat]:
    """Yield the whole server with a mail server, on SQLite."""
    async with run_mailed_chat(sqlite_url, tmp_path) as running:
        yield running


@pytest.fixture
async def mailed_on_each(hurried_mail: None, database_url: str, tmp_path: Path) -> AsyncIterator[MailedChat]:
    """Yield the whole server with a mail server, on SQLite and on PostgreSQL."""
    async with run_mailed_chat(database_url, tmp_path) as running:
        yield running
