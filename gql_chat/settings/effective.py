"""The effective settings with their sources, in the notation of variables, without secrets."""

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import SecretBytes, SecretStr

from gql_chat.infra.telemetry.redaction import REDACTED, Redactor
from gql_chat.settings.fields import Settings, variable_of


class Effective(NamedTuple):
    """A setting; its source is `environment`, `file` or `default`."""

    variable: str
    value: str
    source: str


def effective_settings(settings: Settings) -> Iterator[Effective]:
    """Yield all settings in their order."""
    for name in Settings.model_fields:
        variable = variable_of(name)
        given = "environment" if settings._environ.get(variable) else "file"
        source = given if name in settings.model_fields_set else "default"
        yield Effective(variable, written(getattr(settings, name)), source)


def written(value: object) -> str:
    """Return a value as a variable holds it, with secrets and the passwords of addresses masked."""
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        return Redactor()(secret) if "://" in secret else REDACTED * bool(secret)
    if isinstance(value, SecretBytes):
        return REDACTED
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, range):
        return f"{value.start}" if len(value) == 1 else f"{value.start}-{value.stop - 1}"
    if isinstance(value, tuple):
        return ",".join(map(written, value))
    if isinstance(value, dict):
        return ",".join(f"{name}:{written(item)}" for name, item in value.items())
    return str(value)
