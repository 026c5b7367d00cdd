"""A real SMTP server on the test's loop, with a certificate of its own, that refuses on request."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gql_chat.infra.mail.mailer import SmtpSecurity

HOST = "localhost"
USERNAME, PASSWORD = "gql-chat", "mail-server-password"


@dataclass
class MailServer:
    """The emails that the server received. It answers an email's data with `answer`, after waiting for `held`."""

    port: int = 0
    answer: str = "250 OK"
    held: asyncio.Event | None = None
    emails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)
    tried: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))  # released by each try
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    _read: int = 0

    async def next_email(self) -> EmailMessage:
        """Wait for the oldest email that was not returned yet, and return it."""
        async with asyncio.timeout(10), self._arrived:
            await self._arrived.wait_for(lambda: len(self.emails) > self._read)
        self._read += 1
        return self.emails[self._read - 1]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Receive an email."""
        self.tried.release()
        if self.held is not None:
            await self.held.wait()
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=default)
            self.emails.append(message)
            self.recipients.append(envelope.rcpt_tos)
            async with self._arrived:
                self._arrived.notify_all()
        return self.answer

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        """Accept the one username and password."""
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login)
        return AuthResult(success=(data.login, data.password) == (USERNAME.encode(), PASSWORD.encode()), handled=False)


@asynccontextmanager
async def run_mail_server(
    tmp_path: Path, security: SmtpSecurity = "none", *, auth: bool = False
) -> AsyncIterator[MailServer]:
    """Run the server on a free port until the block ends. It offers the given security only."""
    server = MailServer()
    tls = None if security == "none" else server_tls(tmp_path)
    options: dict[str, Any] = {"hostname": HOST, "enable_SMTPUTF8": True}
    if security == "starttls":
        options |= {"tls_context": tls, "require_starttls": True}
    if auth:
        options |= {"auth_required": True, "authenticator": server.authenticate, "auth_require_tls": security != "tls"}

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it does not see that implicit TLS is TLS
            return SMTP(server, loop=asyncio.get_running_loop(), **options)

    listening = await asyncio.get_running_loop().create_server(
        protocol, "127.0.0.1", 0, ssl=tls if security == "tls" else None
    )
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


def server_tls(tmp_path: Path) -> ssl.SSLContext:
    """Return the server's side, with the certificate that `client_tls` trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_certificate(tmp_path))
    return context


def client_tls(tmp_path: Path) -> ssl.SSLContext:
    """Return a client's side that trusts the server."""
    return ssl.create_default_context(cafile=str(own_certificate(tmp_path)))


def own_certificate(tmp_path: Path) -> Path:
    """Return a file with a key and a certificate for HOST that nobody else trusts. Make it if it is absent."""
    file = tmp_path / "mail-server.pem"
    if not file.exists():
        key, name, now = ec.generate_private_key(ec.SECP256R1()), _name(), datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        plain = serialization.NoEncryption()
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
        file.write_bytes(private + certificate.public_bytes(pem))
    return file


def _name() -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
