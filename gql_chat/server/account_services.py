"""The services of accounts, made from settings: sign-ins, email, codes and the encryption of secrets."""

from datetime import timedelta

from gql_chat.infra.crypto import SecretBox, derive_key
from gql_chat.infra.mail.mailer import ConsoleMailer, Mailer, SmtpMailer, SmtpServer
from gql_chat.infra.mail.outbox import Outbox
from gql_chat.infra.rate_limits.limiter import Limit, RateLimiter
from gql_chat.settings import Settings
from gql_chat.users.codes import Codes
from gql_chat.users.sign_in_tokens import SignInTokens
from gql_chat.users.sign_ins import SignIns
from gql_chat.users.sign_outs import SignOuts


def make_sign_ins(settings: Settings, sign_outs: SignOuts) -> SignIns:
    """Make the service of sign-ins, whose tokens last as long as the settings say."""
    tokens = SignInTokens(
        access_key=_derived_key(settings, "access-tokens"),
        refresh_key=_derived_key(settings, "refresh-tokens"),
        access_lifetime=timedelta(seconds=settings.access_token_seconds),
    )
    return SignIns(tokens, idle_lifetime=timedelta(days=settings.refresh_token_days), sign_outs=sign_outs)


def make_mailer(settings: Settings) -> Mailer:
    """Make the mailer that the settings name."""
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
    """Make the service of verification codes, which the outbox delivers."""
    wrong_codes = Limit(settings.wrong_codes_per_hour, 3600)
    return Codes(_derived_key(settings, "verification-codes"), outbox, limiter, wrong_codes)


def make_secret_box(settings: Settings) -> SecretBox:
    """Make the box that encrypts users' secrets."""
    ring = settings.master_key_ring()
    return SecretBox(ring, primary=next(iter(ring)))


def _derived_key(settings: Settings, purpose: str) -> bytes:
    return derive_key(settings.secret_key.get_secret_value().encode(), purpose)
