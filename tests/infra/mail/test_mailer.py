"""Mail: what both mailers promise, SMTP in every kind of security, and emails that nothing can be smuggled into."""

import asyncio
import io
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gql_chat.infra.mail import mailer
from gql_chat.infra.mail.mailer import (
    ConsoleMailer,
    Email,
    EmailNotSent,
    Mailer,
    SmtpMailer,
    SmtpServer,
    compose,
    parse_sender,
)
from tests.support.backing_services.mail_server import HOST, PASSWORD, USERNAME, MailServer, client_tls, run_mail_server

SENDER = "聊天 <chat@example.com>"
EMAIL = Email("ada@example.com", "Your code / 验证码", "It is 123456.\n.\n您的验证码\n")


@dataclass
class Post:
    """A mailer, and what has arrived: address, subject and text."""

    mailer: Mailer
    arrived: Callable[[], list[tuple[str, str, str]]]


def mailer_to(server: MailServer, tmp_path: Path, **more: Any) -> SmtpMailer:
    options = {"security": "none"} | more
    return SmtpMailer(SmtpServer(HOST, server.port, **options), SENDER, tls=client_tls(tmp_path))


@asynccontextmanager
async def console_post(tmp_path: Path) -> AsyncIterator[Post]:
    output = io.StringIO()
    printed = re.compile(r"--- Mail to (.*): (.*)\n([\s\S]*?\n)---\n")
    yield Post(ConsoleMailer(output), lambda: printed.findall(output.getvalue()))


@asynccontextmanager
async def smtp_post(tmp_path: Path) -> AsyncIterator[Post]:
    async with run_mail_server(tmp_path) as server:
        yield Post(
            mailer_to(server, tmp_path),
            lambda: [(str(m["To"]), str(m["Subject"]), m.get_content().replace("\r\n", "\n")) for m in server.emails],
        )


@pytest.fixture(params=[console_post, smtp_post])
async def post(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Post]:
    async with request.param(tmp_path) as opened:
        yield opened


async def test_an_email_arrives_as_it_was_written(post: Post) -> None:
    await post.mailer.send(EMAIL)
    await post.mailer.send(Email("bob@例子.中国", "Hello", "Bob"))
    assert post.arrived() == [
        (EMAIL.to, EMAIL.subject, EMAIL.text),
        ("bob@xn--fsqu00a.xn--fiqs8s", "Hello", "Bob\n"),
    ]


@pytest.mark.parametrize(
    "email",
    [
        Email("", "s", "t"),
        Email("ada", "s", "t"),
        Email("ada@example.com, bob@example.com", "s", "t"),
        Email("(not) ada@example.com", "s", "t"),
        Email("(not)ada@example.com", "s", "t"),
        Email("ada@example.com\r\nBcc: bob@example.com", "s", "t"),
        Email("李@example.com", "s", "t"),
        Email("ada@" + "a" * 64 + ".com", "s", "t"),
        Email("ada@example.com", "s\r\nBcc: bob@example.com", "t"),
        Email("ada@example.com", "s\nBcc: bob@example.com", "t"),
        Email("ada@example.com", "=?utf-8?q?s=0D=0ABcc:_bob@example.com?=", "t"),
        Email("ada@example.com", "s", "half a \ud83d"),
    ],
    ids=lambda email: ascii(email.to + email.subject)[:60],
)
async def test_an_email_that_cannot_be_written_is_refused_for_good(post: Post, email: Email) -> None:
    with pytest.raises(EmailNotSent, match=r"^The email is invalid: \w+\.$") as failed:
        await post.mailer.send(email)
    assert not failed.value.temporary
    assert post.arrived() == []


@pytest.mark.parametrize(
    ("to", "sent_to"),
    [
        ("Ada@Example.com", "Ada@Example.com"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),  # not strasse.example, which belongs to others
        ("ada@βόλος.example", "ada@xn--nxasmm1c.example"),
        ("ada@MÜLLER.example", "ada@xn--mller-kva.example"),
        ("ada@my_host.example", "ada@my_host.example"),
    ],
)
def test_an_email_is_sent_to_the_mailbox_that_it_names(to: str, sent_to: str) -> None:
    assert compose(Email(to, "s", "t"))["To"] == sent_to


addresses = st.one_of(st.text(), st.from_regex(r"[^@]{1,20}@[a-z.]{1,20}", fullmatch=True), st.just("ada@example.com"))


@given(addresses, st.text(), st.text())
@example("a@b.c\nBcc: x@y.z", "subject", "text")
@example("ada@", "subject", "text")
@example("ada@example.com", "subject\r\n\r\nbody", "text")
@example("ada@example.com", "=?utf-8?q?a=0D=0ABcc:_x@y.z?=", "\r\n.\r\nRCPT TO:<x@y.z>")
def test_nothing_can_be_smuggled_into_an_email(to: str, subject: str, text: str) -> None:
    try:
        raw = compose(Email(to, subject, text), parse_sender(SENDER)).as_bytes()
    except EmailNotSent:
        return
    message: Any = message_from_bytes(raw, policy=default)
    assert message.keys() == [
        "From", "To", "Subject", "Content-Type", "Content-Transfer-Encoding", "MIME-Version", "Date", "Message-ID",
        "Auto-Submitted",
    ]  # fmt: skip
    assert [address.addr_spec for address in message["From"].addresses] == ["chat@example.com"]
    assert len(message["To"].addresses) == 1
    assert not message.is_multipart()
    assert message.get_content_type() == "text/plain"


def test_an_email_shows_no_text() -> None:
    assert "123456" not in repr(EMAIL)
    assert PASSWORD not in repr(SmtpServer(HOST, 25, "tls", USERNAME, PASSWORD))


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_an_email_travels_encrypted_and_authenticated(security: Any, tmp_path: Path) -> None:
    async with run_mail_server(tmp_path, security, auth=True) as server:
        mailer = mailer_to(server, tmp_path, security=security, username=USERNAME, password=PASSWORD)
        await mailer.send(EMAIL)
        [message] = server.emails
        assert (message["From"], message["Auto-Submitted"]) == (SENDER, "auto-generated")
        assert server.recipients == [["ada@example.com"]]
        assert server.logins == [USERNAME.encode()]


async def failure_of(mailer: SmtpMailer, email: Email = EMAIL) -> tuple[str, bool]:
    with pytest.raises(EmailNotSent) as failed:
        await mailer.send(email)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
    return str(failed.value), failed.value.temporary


async def test_a_wrong_password_is_told_by_its_number(tmp_path: Path) -> None:
    async with run_mail_server(tmp_path, "tls", auth=True) as server:
        mailer = mailer_to(server, tmp_path, security="tls", username=USERNAME, password="wrong")
        assert await failure_of(mailer) == ("The mail server answered 535.", False)
        assert server.emails == []


async def test_nothing_is_sent_in_the_clear_where_starttls_is_demanded(tmp_path: Path) -> None:
    async with run_mail_server(tmp_path, "none") as server:
        mailer = mailer_to(server, tmp_path, security="starttls")
        assert await failure_of(mailer) == ("The mail server cannot be used: SMTPException.", False)
        assert server.emails == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_that_is_not_trusted_is_refused(security: Any, tmp_path: Path) -> None:
    async with run_mail_server(tmp_path, security, auth=True) as server:
        details = SmtpServer(HOST, server.port, security, USERNAME, PASSWORD)
        message = "The mail server cannot be used: SSLCertVerificationError."
        assert await failure_of(SmtpMailer(details, SENDER)) == (message, False)
        assert (server.logins, server.emails) == ([], [])


@pytest.mark.parametrize(("answer", "temporary"), [("451 Greylisted: 123456", True), ("550 No: 123456", False)])
async def test_a_refusal_is_told_by_its_number_alone(answer: str, temporary: bool, tmp_path: Path) -> None:
    async with run_mail_server(tmp_path) as server:
        server.answer = answer
        assert await failure_of(mailer_to(server, tmp_path)) == (f"The mail server answered {answer[:3]}.", temporary)


async def test_a_server_that_is_down_may_be_up_later(tmp_path: Path) -> None:
    async with run_mail_server(tmp_path) as server:
        mailer = mailer_to(server, tmp_path)
    assert await failure_of(mailer) == ("The mail server cannot be reached: ConnectionRefusedError.", True)


async def test_a_server_that_does_not_answer_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailer, "SEND_TIMEOUT_SECONDS", 0.1)
    async with run_mail_server(tmp_path) as server:
        server.held = asyncio.Event()
        assert await failure_of(mailer_to(server, tmp_path)) == (
            "The mail server cannot be reached: TimeoutError.", True,
        )  # fmt: skip
