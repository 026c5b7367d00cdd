"""Mail: short plain-text letters, printed for whoever runs the server or handed to an SMTP server."""

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

COMMAND_TIMEOUT_SECONDS = 10.0
LETTER_TIMEOUT_SECONDS = 30.0

SmtpSecurity = Literal["none", "starttls", "tls"]
SMTP_PORTS: dict[SmtpSecurity, int] = {"none": 25, "starttls": 587, "tls": 465}  # RFC 5321, 6409, 8314


class MailFailed(Exception):
    """A letter did not leave. `temporary`: another try may help. The message tells nothing of the letter."""

    def __init__(self, message: str, *, temporary: bool) -> None:
        super().__init__(message)
        self.temporary = temporary


@dataclass(frozen=True, slots=True)
class Letter:
    """Plain text to one address. The text may hold a code, so it is not shown."""

    to: str
    subject: str
    text: str = field(repr=False)


class Mailer(Protocol):
    """Sends letters."""

    async def send(self, letter: Letter) -> None:
        """Return when the letter is out of our hands. Raises MailFailed."""
        ...


class ConsoleMailer:
    """Prints letters: for trying things out, and for servers without mail."""

    def __init__(self, output: TextIO | None = None) -> None:
        self._output = output or sys.stdout

    async def send(self, letter: Letter) -> None:
        """See Mailer."""
        message = compose(letter)
        self._output.write(f"--- Mail to {message['To']}: {message['Subject']}\n{letter.text.rstrip()}\n---\n")
        self._output.flush()


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where letters are handed in, and as whom. Without a username there is no authentication."""

    host: str
    port: int
    security: SmtpSecurity
    username: str | None = None
    password: str | None = field(default=None, repr=False)


class SmtpMailer:
    """A connection for each letter: there are few of them, and servers close idle connections anyway."""

    def __init__(self, server: SmtpServer, sender: str, *, tls: ssl.SSLContext | None = None) -> None:
        self._sender = parse_sender(sender)
        self._options: dict[str, Any] = {
            "hostname": server.host,
            "port": server.port,
            "use_tls": server.security == "tls",
            "start_tls": server.security == "starttls",  # demanded, not tried: an offer can be removed on the way
            "username": server.username,
            "password": server.password,
            "timeout": COMMAND_TIMEOUT_SECONDS,
            # Once, because reading the system's certificates takes 20 ms of the event loop.
            "tls_context": tls or ssl.create_default_context(),
        }

    async def send(self, letter: Letter) -> None:
        """See Mailer."""
        message = compose(letter, self._sender)
        try:
            async with asyncio.timeout(LETTER_TIMEOUT_SECONDS):
                await self._hand_in(message)
        except (aiosmtplib.SMTPException, OSError, ValueError) as exc:
            # Not `from exc`: servers quote letters in their answers, and tracebacks show those.
            raise _failure(exc) from None

    async def _hand_in(self, message: EmailMessage) -> None:
        client = aiosmtplib.SMTP(**self._options)
        try:
            await client.connect()
            await client.send_message(message)
            with suppress(aiosmtplib.SMTPException):  # the letter is out of our hands
                await client.quit()
        finally:
            # Not `async with client`, which would still talk to a server that does not answer.
            client.close()


def parse_sender(text: str) -> Address:
    """`chat@example.com` or `Chat <chat@example.com>`. Raises ValueError."""
    message = EmailMessage(SMTP)
    message["From"] = text
    header: Any = message["From"]
    address: Address
    [address] = header.addresses
    if header.defects or not address.domain:
        raise ValueError("not an address")
    return address


def compose(letter: Letter, sender: Address | None = None) -> EmailMessage:
    """The letter as a message with one recipient and no header but ours. Raises MailFailed if it cannot be."""
    message = EmailMessage(SMTP)
    try:
        recipient = _address(letter.to)
        if sender is not None:
            message["From"] = sender
        message["To"] = recipient
        message["Subject"] = _subject(letter.subject)
        message.set_content(letter.text)
    except (ValueError, MessageError) as exc:
        raise MailFailed(f"The letter cannot be written: {type(exc).__name__}.", temporary=False) from None
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=recipient.domain)  # else the name of this machine is looked up
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office notes, please
    return message


def _address(text: str) -> Address:
    local, _, domain = text.rpartition("@")
    plain = f"{local}@{domain.encode('idna').decode()}"
    address = Address(addr_spec=plain)
    if address.addr_spec != plain:  # it held a comment, which is dropped: another mailbox than it seems
        raise ValueError("not a plain address")
    return address


def _subject(text: str) -> str:
    # Encoded words, `=?utf-8?q?…?=`, would be decoded when the header is made: line breaks in them begin new headers.
    if not text.isprintable() or "=?" in text:
        raise ValueError("not a plain subject")
    return text


def _failure(exc: Exception) -> MailFailed:
    if isinstance(exc, aiosmtplib.SMTPRecipientsRefused):
        exc = exc.recipients[0]
    if isinstance(exc, aiosmtplib.SMTPResponseException):
        # RFC 5321, 4.2.1: 4yz may work later, 5yz will not.
        return MailFailed(f"The mail server answered {exc.code}.", temporary=exc.code < 500)
    cause = exc.__cause__ if isinstance(exc, aiosmtplib.SMTPConnectError) else None
    exc = cause if isinstance(cause, Exception) else exc
    name = type(exc).__name__
    # A bad certificate is an OSError and a ValueError; a lack of STARTTLS or AUTH is neither.
    if isinstance(exc, OSError) and not isinstance(exc, ValueError):
        return MailFailed(f"The mail server cannot be reached: {name}.", temporary=True)
    return MailFailed(f"The mail server cannot be used: {name}.", temporary=False)
