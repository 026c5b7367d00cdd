"""From settings to what accounts need: sign-ins, letters and codes, and the box that secrets are sealed in."""

from datetime import timedelta

from gql_chat.infra.crypto import SecretBox, derive_key
from gql_chat.infra.mail.mailer import ConsoleMailer, Mailer, SmtpMailer, SmtpServer
from gql_chat.infra.mail.outbox import Outbox
from gql_chat.infra.rate_limits.limiter import RateLimiter
from gql_chat.settings import Settings
from gql_chat.users.codes import Codes
from gql_chat.users.sign_ins import SignIns
from gql_chat.users.sign_outs import SignOuts
from gql_chat.users.tokens import Tokens


def make_sign_ins(settings: Settings, sign_outs: SignOuts) -> SignIns:
    """How users sign in, and for how long."""
    tokens = Tokens(
        access_key=_derived_key(settings, "access-tokens"),
        refresh_key=_derived_key(settings, "refresh-tokens"),
        access_lifetime=timedelta(seconds=settings.access_token_seconds),
    )
    return SignIns(tokens, idle_lifetime=timedelta(days=settings.refresh_token_days), sign_outs=sign_outs)


def make_mailer(settings: Settings) -> Mailer:
    """Where letters go."""
    if settings.mailer == "console":
        return ConsoleMailer()
    assert settings.smtp_host is not None, "settings are checked together"
    assert settings.mail_from is not None
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    server = SmtpServer(
        settings.smtp_host, settings.smtp_port, settings.smtp_security, settings.smtp_username, password
    )
    return SmtpMailer(server, settings.mail_from)


def make_codes(settings: Settings, outbox: Outbox, limiter: RateLimiter) -> Codes:
    """Verification codes, by letters from the outbox."""
    return Codes(_derived_key(settings, "verification-codes"), outbox, limiter)


def make_secret_box(settings: Settings) -> SecretBox:
    """The box that users' secrets are sealed in."""
    ring = settings.master_key_ring()
    return SecretBox(ring, primary=next(iter(ring)))


def _derived_key(settings: Settings, purpose: str) -> bytes:
    return derive_key(settings.secret_key.get_secret_value().encode(), purpose)
