"""Rules between settings that are each valid by themselves."""

from collections.abc import Iterator

from gql_chat.settings.fields import Settings, variable_of
from gql_chat.settings.types import lends_key_to_strangers


def broken_rules(settings: Settings) -> Iterator[str]:
    """Yield a line for each broken rule: the variable to change, and the reason."""
    given = settings.model_fields_set
    if settings.workers > 1 and settings.is_embedded:
        yield "GQL_CHAT_DATABASE_URL: must be a PostgreSQL with several workers; SQLite is for one"
    if settings.workers > 1 and settings.redis_url is None:
        yield "GQL_CHAT_REDIS_URL: must be set with several workers, which reach each other by Redis"
    if settings.openai_api_key is None and {"openai_base_url", "openai_model"} & given:
        yield "GQL_CHAT_OPENAI_API_KEY: must be set with the others; any text if the server wants none"
    if "registration" not in given and lends_key_to_strangers(dict(settings)):
        yield (
            "GQL_CHAT_REGISTRATION: must be set with GQL_CHAT_OPENAI_API_KEY on a host that is not a loopback address: "
            "open or code lets strangers use that key, closed does not"
        )
    if "secret_key" not in given and not settings.is_embedded:
        yield "GQL_CHAT_SECRET_KEY: must be set with PostgreSQL, where every worker has to know the same one"
    if settings.metrics_open and settings.metrics_token is not None:
        yield "GQL_CHAT_METRICS_OPEN: must be off where GQL_CHAT_METRICS_TOKEN is set"
    yield from _broken_mail_rules(settings)
    yield from _broken_store_rules(settings)


def _broken_mail_rules(settings: Settings) -> Iterator[str]:
    if settings.mailer == "console":
        if any(name.startswith("smtp_") for name in settings.model_fields_set):
            yield "GQL_CHAT_MAILER: must be smtp when a mail server is set"
        return
    for name in ("smtp_host", "mail_from"):
        if getattr(settings, name) is None:
            yield f"{variable_of(name)}: must be set when GQL_CHAT_MAILER is smtp"
    if (settings.smtp_username is None) != (settings.smtp_password is None):
        missing = "smtp_username" if settings.smtp_username is None else "smtp_password"
        yield f"{variable_of(missing)}: must be set, or neither the username nor the password"
    if settings.smtp_password is not None and settings.smtp_security == "none":
        yield "GQL_CHAT_SMTP_SECURITY: must be starttls or tls, or the password could be read on the way"


def _broken_store_rules(settings: Settings) -> Iterator[str]:
    others = [name for name in settings.model_fields_set if name.startswith("store_") and name != "store_url"]
    if others and not settings.store_url.startswith("s3:"):
        yield "GQL_CHAT_STORE_URL: must be s3://bucket when another GQL_CHAT_STORE_… is set"
    if (settings.store_access_key_id is None) != (settings.store_secret_access_key is None):
        missing = "store_access_key_id" if settings.store_access_key_id is None else "store_secret_access_key"
        yield f"{variable_of(missing)}: must be set, or neither the access key's id nor its secret"
    if settings.store_public_endpoint is not None and settings.store_endpoint is None:
        yield "GQL_CHAT_STORE_ENDPOINT: must be set when GQL_CHAT_STORE_PUBLIC_ENDPOINT is"
