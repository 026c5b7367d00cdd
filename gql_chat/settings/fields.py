"""All settings of one process."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pydantic import ConfigDict, PrivateAttr, SecretBytes, SecretStr

from gql_chat.infra.crypto import MASTER_KEY_BYTES, derive_key
from gql_chat.infra.telemetry.redaction import REDACTED, Redactor
from gql_chat.keys.headers import secrets_in
from gql_chat.settings.sections.accounts import AccountSettings
from gql_chat.settings.sections.clients import ApiSettings, ConnectionSettings, LimitSettings
from gql_chat.settings.sections.files import FileSettings, StoreSettings
from gql_chat.settings.sections.replies import ModelSettings, ReplySettings, UsageSettings
from gql_chat.settings.sections.server import SecuritySettings, ServerSettings, TelemetrySettings
from gql_chat.settings.types import DERIVED_KID, is_sqlite

PREFIX = "GQL_CHAT_"


class Settings(
    StoreSettings,
    FileSettings,
    UsageSettings,
    ReplySettings,
    ModelSettings,
    TelemetrySettings,
    AccountSettings,
    ApiSettings,
    LimitSettings,
    ConnectionSettings,
    SecuritySettings,
    ServerSettings,
):
    """The settings of one process, frozen.

    pydantic takes the fields of the last section first: a default may depend on settings of the sections below it.
    """

    model_config = ConfigDict(defer_build=False)

    # The environment that these were read from, for `reread`.
    _environ: Mapping[str, str] = PrivateAttr(default_factory=dict)
    # The file's text and its settings as `reread` found them last.
    _latest: tuple[str, "Settings"] | None = PrivateAttr(None)
    _replaces_secret_key: bool = PrivateAttr(False)

    @property
    def is_embedded(self) -> bool:
        """Whether the database is SQLite, which one server uses and migrates by itself."""
        return is_sqlite(self.database_url)

    @property
    def replaces_secret_key(self) -> bool:
        """Whether the secret key was generated just now, although there is a database, which was used with another."""
        return self._replaces_secret_key

    def secrets(self) -> Iterator[str]:
        """Yield every value that must not appear in logs."""
        yield from (value.get_secret_value() for _, value in self if isinstance(value, SecretStr))
        yield from secrets_in({name: value.get_secret_value() for name, value in self.openai_headers.items()})
        yield from (b64encode(key.get_secret_value()).decode() for key in self.master_keys.values())

    def master_key_ring(self) -> dict[str, bytes]:
        """Return all master keys by name: the first encrypts, and the last is derived from the secret key."""
        ring = {kid: key.get_secret_value() for kid, key in self.master_keys.items()}
        ring[DERIVED_KID] = derive_key(self.secret_key.get_secret_value().encode(), "master-keys", MASTER_KEY_BYTES)
        return ring


def variable_of(field: str) -> str:
    """Return the environment variable of a field of `Settings`."""
    return f"{PREFIX}{field.upper()}"


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
