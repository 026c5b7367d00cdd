"""Every setting, read once from `GQL_CHAT_…` variables over a YAML file, checked and frozen."""

import difflib
import os
import re
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FilePath,
    IPvAnyNetwork,
    PrivateAttr,
    SecretBytes,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from gql_chat.infra.crypto import MASTER_KEY_BYTES, derive_key
from gql_chat.infra.mail import SMTP_PORTS, SmtpSecurity, parse_sender
from gql_chat.infra.secret_file import kept_secret

PREFIX = "GQL_CHAT_"
CONFIG_VARIABLE = f"{PREFIX}CONFIG"

# Whoever holds a signed token can try secrets offline: a shorter one could be found.
SECRET_KEY_MIN_LENGTH = 32

# Pictures and films for models that see, and what text is taken from.
DEFAULT_EXTENSIONS = (
    "png", "jpg", "jpeg", "gif", "webp", "mp4", "webm", "pdf", "docx", "txt", "md", "csv", "json", "yaml", "yml",
    "toml", "xml", "html", "css", "js", "ts", "py", "java", "kt", "swift", "c", "h", "cpp", "cs", "go", "rs", "rb",
    "php", "sql", "sh", "log",
)  # fmt: skip

# The name of the master key that comes from the secret key.
DERIVED_KID = "derived"

_KID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_EXTENSION = re.compile(r"[a-z0-9]{1,16}")
_MASTER_KEY_FORM = f"kid:key with the base64 of {MASTER_KEY_BYTES} bytes"

# What pydantic's own words do not make plain.
_REASONS = {
    "bool_parsing": "must be on or off",
    "bool_type": "must be on or off",
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number of seconds",
    "ip_any_network": "must be networks such as 10.0.0.0/8, comma-separated",
    "path_not_file": "must be the path of a file that exists",
}


class SettingsError(Exception):
    """Settings that cannot be used: a line for each wrong one says what is allowed, never what a secret is."""


def _split(value: object) -> object:
    """Comma-separated text, as variables hold it, to the list that a YAML file may hold as well."""
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _parse_master_keys(value: object) -> dict[str, bytes]:
    items = _split(value)
    if not isinstance(items, list) or not items:
        raise ValueError(f"must be {_MASTER_KEY_FORM}, comma-separated")
    keys: dict[str, bytes] = {}
    for number, item in enumerate(items, start=1):
        kid, _, encoded = str(item).partition(":")
        key = _decode_base64(encoded)
        if not _KID.fullmatch(kid) or kid in {DERIVED_KID, *keys} or len(key) != MASTER_KEY_BYTES:
            raise ValueError(f"entry {number} must be {_MASTER_KEY_FORM}, with a kid of its own")
        keys[kid] = key
    return keys


def _decode_base64(encoded: str) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except ValueError:
        return b""


def _check_origin(origin: str) -> str:
    url = urlsplit(origin)
    if origin != "*" and (url.scheme not in ("http", "https") or not url.netloc or url.geturl() != origin or url.path):
        raise ValueError("must be origins such as https://chat.example.com, comma-separated, or *")
    return origin


def _check_secret_key(secret_key: SecretStr) -> SecretStr:
    if len(secret_key.get_secret_value()) < SECRET_KEY_MIN_LENGTH:
        raise ValueError(f"must have at least {SECRET_KEY_MIN_LENGTH} characters")
    return secret_key


def _check_scheme(*schemes: str) -> AfterValidator:
    def check(url: SecretStr) -> SecretStr:
        # Not urlsplit, whose errors quote the address and with it a password.
        if url.get_secret_value().partition("://")[0] not in schemes:
            raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return url

    return AfterValidator(check)


def _check_names_a_database(url: SecretStr) -> SecretStr:
    # asyncpg fills what is missing from its own defaults, and would migrate whatever database these lead to.
    scheme, _, rest = url.get_secret_value().partition("://")
    authority, _, name = rest.partition("?")[0].partition("/")
    host = authority.rpartition("@")[2].partition(":")[0]
    if scheme != "sqlite" and not (host and name):
        raise ValueError("must name a host and a database: postgres://user:password@host:5432/name")
    return url


def _check_http_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address that begins with https:// or http://")
    return url.rstrip("/")


def _check_extensions(extensions: tuple[str, ...]) -> tuple[str, ...]:
    plain = tuple(dict.fromkeys(extension.lower().removeprefix(".") for extension in extensions))
    if not all(map(_EXTENSION.fullmatch, plain)):
        raise ValueError("must be extensions such as pdf, comma-separated")
    return plain


def _check_sender(sender: str) -> str:
    try:
        parse_sender(sender)
    except ValueError:
        raise ValueError("must be an address such as chat@example.com, or Chat <chat@example.com>") from None
    return sender


def _shipped(name: str) -> Path:
    """A file that a wheel carries inside the package and a checkout has at its top."""
    packaged = Path(__file__).with_name(name)
    return packaged if packaged.exists() else packaged.parent.with_name(name)


Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)]
HttpUrl = Annotated[str, AfterValidator(_check_http_url)]
DatabaseUrl = Annotated[
    SecretStr, _check_scheme("sqlite", "postgres", "postgresql"), AfterValidator(_check_names_a_database)
]
RedisUrl = Annotated[SecretStr, _check_scheme("redis", "rediss", "unix")]
SecretKey = Annotated[SecretStr, AfterValidator(_check_secret_key)]
Sender = Annotated[str, AfterValidator(_check_sender)]
MasterKeys = Annotated[dict[str, SecretBytes], BeforeValidator(_parse_master_keys)]
Networks = Annotated[tuple[IPvAnyNetwork, ...], BeforeValidator(_split)]
Origins = Annotated[tuple[Annotated[str, AfterValidator(_check_origin)], ...], BeforeValidator(_split)]
Extensions = Annotated[tuple[str, ...], BeforeValidator(_split), AfterValidator(_check_extensions)]


class Settings(BaseModel):
    """The settings of one process; a field `data_dir` is `GQL_CHAT_DATA_DIR`, and `data_dir` in the YAML file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: str = Field("127.0.0.1", min_length=1, description="The address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    workers: int = Field(1, ge=1, description="Processes that serve; only 1 until replies can be delivered by Redis.")
    data_dir: Path = Field(Path("data"), description="The folder of the SQLite database and the made secret key.")
    database_url: DatabaseUrl = Field(
        default_factory=lambda data: SecretStr(f"sqlite://{data['data_dir']}/gql-chat.sqlite3"),
        description="`sqlite://path`, or `postgres://user:password@host:5432/name`.",
    )
    database_pool_size: int = Field(10, ge=1, le=1000, description="Connections to PostgreSQL that a worker may open.")
    redis_url: RedisUrl | None = Field(None, description="Checked, and not used yet.")

    secret_key: SecretKey = Field(
        SecretStr(""),
        description=f"Signs tokens; at least {SECRET_KEY_MIN_LENGTH} characters. With SQLite one is made and kept as "
        "`secret_key` in the data folder; with PostgreSQL it must be set.",
    )
    master_keys: MasterKeys = Field(
        default_factory=dict,
        description=f"Encrypt users' keys: `kid:base64 of {MASTER_KEY_BYTES} bytes`, comma-separated; the first "
        "encrypts, all decrypt. Without any, one is derived from the secret key; it decrypts afterwards too.",
    )
    access_token_seconds: int = Field(900, ge=10, le=86_400, description="How long an access token is good for.")
    refresh_token_days: int = Field(30, ge=1, le=365, description="How long a sign-in lasts without being used.")
    allowed_networks: Networks = Field(
        (), description="Networks that users' base URLs may reach besides public addresses: CIDRs, comma-separated."
    )
    allowed_origins: Origins = Field(
        (),
        description="Origins of pages, besides the server's own, that may use the API; comma-separated, or `*`.",
    )
    trusted_proxies: Networks = Field(
        (),
        description="Networks of the proxies before this server: CIDRs, comma-separated. Only they are believed in "
        "`X-Forwarded-For`; without it everybody behind a proxy is taken for one address, and limited as one.",
    )
    rate_limits: bool = Field(True, description="Whether requests per user and per address are limited: `on` or `off`.")
    introspection: bool = Field(True, description="Whether clients may read the schema from the API: `on` or `off`.")

    registration: Literal["open", "code", "closed"] = Field(
        "open",
        description="Who may register: `open`, anybody; `code`, who shows by a code that the e-mail address is theirs; "
        "`closed`, nobody: accounts are made by `gql-chat user create`.",
    )
    mailer: Literal["console", "smtp"] = Field(
        "console", description="Where letters with codes go: `console` prints them, `smtp` sends them."
    )
    mail_from: Sender | None = Field(
        None, description="Who letters are from: `chat@example.com`, or `Chat <chat@example.com>`. For `smtp`."
    )
    smtp_host: str | None = Field(None, min_length=1, description="The mail server that takes our letters.")
    smtp_security: SmtpSecurity = Field(
        "starttls", description="`starttls` or `tls`, with a certificate that this system trusts, or `none`."
    )
    smtp_port: int = Field(
        default_factory=lambda data: SMTP_PORTS[data["smtp_security"]], ge=1, le=65535, description="Its port."
    )
    smtp_username: str | None = Field(None, min_length=1, description="Who we are to the mail server, if it asks.")
    smtp_password: SecretStr | None = Field(None, description="The password to that.")

    log_level: LogLevel = Field(
        "INFO", description="The least level that is logged: `DEBUG`, `INFO`, `WARNING` or `ERROR`."
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="`json`, `text`, or `auto`: text on a terminal, else JSON."
    )

    openai_api_key: SecretStr | None = Field(
        None, description="A key of the server's own that every user may use; users' own keys come first."
    )
    openai_base_url: HttpUrl = Field(
        "https://api.openai.com/v1", description="Where that key is good: any OpenAI-compatible server."
    )
    openai_model: str = Field("gpt-5-mini", min_length=1, description="The model that is asked with that key.")
    demo_model: bool = Field(
        default_factory=lambda data: _is_sqlite(data["database_url"]) and data["openai_api_key"] is None,
        description="Whether the built-in demo model answers who has no key. On by default with SQLite and no "
        "`GQL_CHAT_OPENAI_API_KEY`.",
    )
    personas_file: FilePath = Field(
        default_factory=lambda: _shipped("style.yaml"), description="The personas, reloaded when the file changes."
    )
    max_keys_per_user: int = Field(20, ge=0, description="How many keys a user may have.")

    history_max_messages: int = Field(50, ge=1, description="The newest messages that a prompt takes at most.")
    history_max_tokens: int = Field(16_000, ge=1, description="The tokens of messages that a prompt takes at most.")
    llm_connect_timeout_seconds: Seconds = Field(10, description="To reach a model's server.")
    llm_first_token_timeout_seconds: Seconds = Field(60, description="From the request to the reply's first token.")
    llm_between_tokens_timeout_seconds: Seconds = Field(60, description="From one token to the next.")
    llm_total_timeout_seconds: Seconds = Field(600, description="For a whole reply.")

    upload_max_size_bytes: int = Field(
        20 * 1024 * 1024,
        ge=1,
        le=2**31 - 1,
        description="The largest file. `reloadConfig` reads this and the next two again.",
    )
    upload_allowed_extensions: Extensions = Field(
        DEFAULT_EXTENSIONS, description="What the names of files may end in, comma-separated."
    )
    upload_max_files_per_message: int = Field(10, ge=0, le=20, description="How many files a message may carry.")

    _environ: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @property
    def is_embedded(self) -> bool:
        """Whether the database is SQLite, which serves one machine and needs no care."""
        return _is_sqlite(self.database_url)

    def master_key_ring(self) -> dict[str, bytes]:
        """All master keys by name; the first encrypts, and the one derived from the secret key is last."""
        ring = {kid: key.get_secret_value() for kid, key in self.master_keys.items()}
        ring[DERIVED_KID] = derive_key(self.secret_key.get_secret_value().encode(), "master-keys", MASTER_KEY_BYTES)
        return ring

    def reread(self) -> "Settings":
        """What the same variables and the same file say by now. Raises SettingsError."""
        return load_settings(self._environ)

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.workers > 1:
            raise ValueError("GQL_CHAT_WORKERS: must be 1: more need the delivery by Redis, which is not built yet")
        if self.openai_api_key is None and {"openai_base_url", "openai_model"} & self.model_fields_set:
            raise ValueError("GQL_CHAT_OPENAI_API_KEY: must be set with the others; any text if the server wants none")
        if fault := self._mail_fault():
            raise ValueError(fault)
        if "secret_key" not in self.model_fields_set and not self.is_embedded:
            raise ValueError(
                "GQL_CHAT_SECRET_KEY: must be set with PostgreSQL, where every worker has to know the same one"
            )
        return self

    def _mail_fault(self) -> str | None:
        if self.mailer == "console" and any(name.startswith("smtp_") for name in self.model_fields_set):
            return "GQL_CHAT_MAILER: must be smtp when a mail server is set"
        if self.mailer == "smtp":
            for name in ("smtp_host", "mail_from"):
                if getattr(self, name) is None:
                    return f"{variable_of(name)}: must be set when GQL_CHAT_MAILER is smtp"
        if (self.smtp_username is None) != (self.smtp_password is None):
            missing = "smtp_username" if self.smtp_username is None else "smtp_password"
            return f"{variable_of(missing)}: must be set, or neither the username nor the password"
        if self.smtp_password is not None and self.smtp_security == "none":
            return "GQL_CHAT_SMTP_SECURITY: must be starttls or tls, or the password could be read on the way"
        return None


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check everything; may make the data folder and the secret key in it. Raises SettingsError."""
    environ = os.environ if environ is None else environ
    # An empty variable counts as unset, because compose files pass on what is not there as empty.
    variables = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value}
    config = variables.pop(CONFIG_VARIABLE, None)
    values = _read_file(Path(config)) if config else {}
    values |= {name.removeprefix(PREFIX).lower(): value for name, value in variables.items()}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as exc:
        raise SettingsError("\n".join(_explain(exc, variables))) from None
    if settings.is_embedded:
        _make_data_dir(settings.data_dir)
    if "secret_key" not in settings.model_fields_set:
        settings = settings.model_copy(update={"secret_key": _kept_secret_key(settings.data_dir)})
    settings._environ = environ
    return settings


def variable_of(field: str) -> str:
    """The environment variable of a field of `Settings`."""
    return f"{PREFIX}{field.upper()}"


def _read_file(path: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"{CONFIG_VARIABLE}: must name a readable file: {exc}") from exc
    except (yaml.YAMLError, ValueError) as exc:
        # Without the error's own text, which may quote a secret.
        mark = getattr(exc, "problem_mark", None)
        raise SettingsError(f"{path}{f', line {mark.line + 1}' if mark else ''}: this is not YAML") from None
    if values is None:
        return {}
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        raise SettingsError(f"{path}: must hold settings, one `name: value` on each line")
    return values


def _explain(failure: ValidationError, variables: Mapping[str, str]) -> list[str]:
    """A line for each setting at fault, in the order of `Settings`, then the unknown ones."""
    lines: dict[str, str] = {}
    for error in failure.errors():
        # Those wait for another setting, whose fault has its own line.
        if error["type"] != "default_factory_not_called":
            name = str(error["loc"][0]) if error["loc"] else ""
            lines.setdefault(name, _explain_one(name, error, variables))
    return list(lines.values())


def _explain_one(name: str, error: ErrorDetails, variables: Mapping[str, str]) -> str:
    variable = variable_of(name)
    if error["type"] == "extra_forbidden":
        shown, known = (
            (variable, map(variable_of, Settings.model_fields))
            if variable in variables
            else (name, Settings.model_fields)
        )
        similar = difflib.get_close_matches(shown, known, n=1)
        return f"{shown}: there is no such setting" + (f"; did you mean {similar[0]}?" if similar else "")
    if error["type"] == "value_error":
        reason = str(error["ctx"]["error"])
        return f"{variable}: {reason}" if name else reason
    reason = _REASONS.get(error["type"]) or error["msg"].replace("Input should", "must")
    return f"{variable}: {reason}"


def _make_data_dir(data_dir: Path) -> None:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        raise SettingsError(f"GQL_CHAT_DATA_DIR: must be a folder that can be written: {exc}") from exc


def _kept_secret_key(data_dir: Path) -> SecretStr:
    path = data_dir / "secret_key"
    try:
        return _check_secret_key(SecretStr(kept_secret(path)))
    except ValueError as exc:
        raise SettingsError(f"{path}: {exc}; restore it, or remove it to have another made") from None
    except OSError as exc:
        raise SettingsError(f"GQL_CHAT_DATA_DIR: must be a folder that can be written: {exc}") from exc


def _is_sqlite(database_url: SecretStr) -> bool:
    return database_url.get_secret_value().startswith("sqlite:")
