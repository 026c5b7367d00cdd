"""The outbox: nobody waits for an email, and the mail server's troubles are its own."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from structlog.typing import EventDict

from gql_chat.infra.mail import outbox
from gql_chat.infra.mail.mailer import Email, EmailNotSent, SmtpMailer, SmtpServer
from gql_chat.infra.mail.outbox import Outbox
from tests.support.backing_services.mail_server import HOST, run_mail_server

EMAIL = Email("ada@example.com", "Your code", "It is 123456.")


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "PAUSES_SECONDS", (0, 0, 0))


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    """Capture the log."""
    with structlog.testing.capture_logs() as events:
        yield events


class BrokenMailer:
    """Fails with these failures, one after the other, then sends."""

    def __init__(self, *failures: EmailNotSent) -> None:
        self.failures = list(failures)
        self.sent: list[Email] = []

    async def send(self, email: Email) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(email)


def failed(*, temporary: bool) -> EmailNotSent:
    return EmailNotSent("The mail server answered.", temporary=temporary)


async def test_enqueuing_does_not_wait_for_the_server_and_closing_does(tmp_path: Path) -> None:
    async with run_mail_server(tmp_path) as server:
        server.held = asyncio.Event()
        async with Outbox(SmtpMailer(SmtpServer(HOST, server.port, "none"), "chat@example.com")) as box:
            box.enqueue(EMAIL)
            await server.tried.acquire()
            assert server.emails == []
            server.held.set()
        assert server.recipients == [["ada@example.com"]]


async def test_nothing_to_send_sends_nothing(logged: list[EventDict]) -> None:
    mailer = BrokenMailer()
    async with Outbox(mailer) as box:
        box.enqueue(None)
    assert (mailer.sent, logged) == ([], [])


async def test_a_temporary_failure_is_tried_again(logged: list[EventDict]) -> None:
    mailer = BrokenMailer(failed(temporary=True), failed(temporary=True))
    async with Outbox(mailer) as box:
        box.enqueue(EMAIL)
    assert (mailer.sent, logged) == ([EMAIL], [])


@pytest.mark.parametrize("failures", [[False], [True, True, True], [True, False]])
async def test_an_email_that_is_given_up_is_logged_without_its_text(
    failures: list[bool], logged: list[EventDict]
) -> None:
    mailer = BrokenMailer(*[failed(temporary=temporary) for temporary in failures])
    async with Outbox(mailer) as box:
        box.enqueue(EMAIL)
    assert (mailer.sent, mailer.failures) == ([], [])
    assert logged == [
        {"event": "email_dropped", "log_level": "warning", "subject": "Your code",
         "reason": "The mail server answered."}
    ]  # fmt: skip


async def test_a_fault_of_ours_is_logged_without_the_email_too(logged: list[EventDict]) -> None:
    class Faulty(BrokenMailer):
        async def send(self, email: Email) -> None:
            raise RuntimeError(email.text)

    async with Outbox(Faulty()) as box:
        box.enqueue(EMAIL)
    assert logged == [
        {"event": "email_dropped", "log_level": "error", "subject": "Your code", "reason": "RuntimeError"}
    ]


async def test_waiting_emails_are_bounded(monkeypatch: pytest.MonkeyPatch, logged: list[EventDict]) -> None:
    monkeypatch.setattr(outbox, "MAX_WAITING", 2)
    mailer = BrokenMailer()
    async with Outbox(mailer) as box:
        for _ in range(3):
            box.enqueue(EMAIL)
    assert len(mailer.sent) == 2
    assert [event["reason"] for event in logged] == ["too many emails are waiting"]


async def test_the_end_does_not_wait_for_a_server_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[EventDict]
) -> None:
    monkeypatch.setattr(outbox, "CLOSE_SECONDS", 0.05)
    async with run_mail_server(tmp_path) as server:
        server.held = asyncio.Event()
        async with Outbox(SmtpMailer(SmtpServer(HOST, server.port, "none"), "chat@example.com")) as box:
            box.enqueue(EMAIL)
            await server.tried.acquire()
        assert server.emails == []
    assert [event["reason"] for event in logged] == ["the server is shutting down"]
