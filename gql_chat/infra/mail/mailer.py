"""Short plain-text emails, printed on the console or handed to an SMTP server."""

import asyncio
import ssl
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Any, Literal, Protocol, TextIO

import aiosmtplib

from gql_chat.infra import clock
from gql_chat.infra.mail.recipients import parse_recipient

COMMAND_TIMEOUT_SECONDS = 10.0
SEND_TIMEOUT_SECONDS = 30.0

SmtpSecurity = Literal["none", "starttls", "tls"]
SMTP_PORTS: dict[SmtpSecurity, int] = {"none": 25, "starttls": 587, "tls": 465}  # RFC 5321, 6409, 8314


class EmailNotSent(Exception):
    """An email was not sent. `temporary`: another try may help. The message quotes nothing from the email."""

    def __init__(self, message: str, *, temporary: bool) -> None:
        super().__init__(message)
        self.temporary = temporary


@dataclass(frozen=True, slots=True)
class Email:
    """Plain text to one address. The text may hold a code, so `repr` leaves it out."""

    to: str
    subject: str
    text: str = field(repr=False)


class Mailer(Protocol):
    """Sends emails."""

    async def send(self, email: Email) -> None:
        """Return once the mail server has accepted the email. Raises EmailNotSent."""
        ...


class ConsoleMailer:
    """Prints emails, for development and for servers without mail."""

    def __init__(self, output: TextIO | None = None) -> None:
        self._output = output or sys.stdout

    async def send(self, email: Email) -> None:
        message = compose(email)
        self._output.write(f"--- Mail to {message['To']}: {message['Subject']}\n{email.text.rstrip()}\n---\n")
        self._output.flush()


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The SMTP server to send through. Without a username there is no authentication."""

    host: str
    port: int
    security: SmtpSecurity
    username: str | None = None
    password: str | None = field(default=None, repr=False)


class SmtpMailer:
    """Opens a connection for each email: there are few of them, and servers close idle connections anyway."""

    def __init__(self, server: SmtpServer, sender: str, *, tls: ssl.SSLContext | None = None) -> None:
        self._sender = parse_sender(sender)
        self._options: dict[str, Any] = {
            "hostname": server.host,
            "port": server.port,
            "use_tls": server.security == "tls",
            # Required, not opportunistic: an attacker in between can remove the offer.
            "start_tls": server.security == "starttls",
            "username": server.username,
            "password": server.password,
            "timeout": COMMAND_TIMEOUT_SECONDS,
            # Made once, because reading the system's certificates takes 20 ms of the event loop.
            "tls_context": tls or ssl.create_default_context(),
        }

    async def send(self, email: Email) -> None:
        await self._connect_and_send(compose(email, self._sender))

    async def check(self) -> None:
        """Connect and sign in, and send nothing. Raises EmailNotSent."""
        await self._connect_and_send(None)

    async def _connect_and_send(self, message: EmailMessage | None) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
                await self._transmit(message)
        except (aiosmtplib.SMTPException, OSError, ValueError) as exc:
            # Not `from exc`: servers quote emails in their answers, and tracebacks show those.
            raise _failure(exc) from None

    async def _transmit(self, message: EmailMessage | None) -> None:
        client = aiosmtplib.SMTP(**self._options)
        try:
            await client.connect()
            if message is not None:
                await client.send_message(message)
            with suppress(aiosmtplib.SMTPException):  # the server has accepted the email
                await client.quit()
        finally:
            # Not `async with client`, which would still send QUIT to a server that does not answer.
            client.close()


def parse_sender(text: str) -> Address:
    """Parse `chat@example.com` or `Chat <chat@example.com>`. Raises ValueError."""
    message = EmailMessage(SMTP)
    message["From"] = text
    header: Any = message["From"]
    address: Address
    [address] = header.addresses
    if header.defects or not address.domain:
        raise ValueError("not an address")
    return address


def compose(email: Email, sender: Address | None = None) -> EmailMessage:
    """Return the email as a message with one recipient and only our headers. Raises EmailNotSent for invalid input."""
    message = EmailMessage(SMTP)
    try:
        recipient = parse_recipient(email.to)
        if sender is not None:
            message["From"] = sender
        message["To"] = recipient
        message["Subject"] = _subject(email.subject)
        message.set_content(email.text)
    except (ValueError, MessageError) as exc:
        raise EmailNotSent(f"The email is invalid: {type(exc).__name__}.", temporary=False) from None
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=recipient.domain)  # the default would look up this machine's name
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies
    return message


def _subject(text: str) -> str:
    # The header decodes encoded words, `=?utf-8?q?…?=`, and a line break in one would begin a new header.
    if not text.isprintable() or "=?" in text:
        raise ValueError("not a plain subject")
    return text


def _failure(exc: Exception) -> EmailNotSent:
    if isinstance(exc, aiosmtplib.SMTPRecipientsRefused):
        exc = exc.recipients[0]
    if isinstance(exc, aiosmtplib.SMTPResponseException):
        # RFC 5321, 4.2.1: 4yz may work later, 5yz will not.
        return EmailNotSent(f"The mail server answered {exc.code}.", temporary=exc.code < 500)
    cause = exc.__cause__ if isinstance(exc, aiosmtplib.SMTPConnectError) else None
    exc = cause if isinstance(cause, Exception) else exc
    name = type(exc).__name__
    # A bad certificate is both an OSError and a ValueError; missing STARTTLS or AUTH is neither.
    if isinstance(exc, OSError) and not isinstance(exc, ValueError):
        return EmailNotSent(f"The mail server cannot be reached: {name}.", temporary=True)
    return EmailNotSent(f"The mail server cannot be used: {name}.", temporary=False)
