"""Settings of accounts and of the email that they get."""

from typing import Literal

from pydantic import Field, SecretStr

from gql_chat.infra.mail.mailer import SMTP_PORTS, SmtpSecurity
from gql_chat.settings.sections.section import Section
from gql_chat.settings.types import Sender


class AccountSettings(Section):
    """Accounts and email: who may register, and how codes are sent."""

    registration: Literal["open", "code", "closed"] = "open"
    """`open`: anybody may register. `code`: only with a code sent to the email address. `closed`: only `gql-chat
    user create` makes accounts. It must be set where `GQL_CHAT_OPENAI_API_KEY` is and the host is not a loopback
    address: `open` and `code` let strangers use that key."""
    mailer: Literal["console", "smtp"] = "console"
    """`smtp` sends email. `console` prints it instead, for development."""
    mail_from: Sender | None = None
    """The sender of email: `chat@example.com` or `Chat <chat@example.com>`. Required for `smtp`."""
    smtp_host: str | None = Field(None, min_length=1)
    """The mail server. Required for `smtp`."""
    smtp_security: SmtpSecurity = "starttls"
    """`starttls` or `tls`, with a certificate that this system trusts, or `none`."""
    smtp_port: int = Field(default_factory=lambda data: SMTP_PORTS[data["smtp_security"]], ge=1, le=65535)
    """The port of the mail server."""
    smtp_username: str | None = Field(None, min_length=1)
    """The username for the mail server, if it requires one."""
    smtp_password: SecretStr | None = None
    """The password for the mail server."""
