"""Loading of settings from `GQL_CHAT_…` variables and a YAML file, with the rules between them and clear errors."""

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import yaml
from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails

from gql_chat.errors import BadUserInput
from gql_chat.infra.crypto import read_or_create_secret
from gql_chat.settings.fields import PREFIX, Settings, variable_of
from gql_chat.settings.types import check_secret_key, lends_key_to_strangers

CONFIG_VARIABLE = f"{PREFIX}CONFIG"

_VARIABLE = re.compile(rf"{PREFIX}[A-Z_]+")

# Instead of pydantic's messages where they are unclear.
_REASONS = {
    "bool_parsing": "must be on or off",
    "bool_type": "must be on or off",
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number of seconds",
    "ip_any_network": "must be networks such as 10.0.0.0/8, comma-separated",
    "path_not_file": "must be the path of a file that exists",
}


class SettingsError(Exception):
    """Settings that cannot be used: a line for each says what is allowed, and never contains a secret."""


def load_settings(environ: Mapping[str, str] | None = None, *, makes_secret_key: bool = True) -> Settings:
    """Read and check all settings; create the data folder and the secret key if needed. Raises SettingsError.

    Without `makes_secret_key`, a secret key that does not exist yet is empty.
    """
    settings = check_settings(environ)
    if settings.is_embedded:
        _make_data_dir(settings.data_dir)
    if "secret_key" in settings.model_fields_set:
        return settings
    # Looked up first: a process that starts at the same time makes the key before the database.
    was_used, file = database_exists(settings), secret_key_file(settings)
    is_missing = not file.exists()
    if is_missing and not makes_secret_key:
        return settings
    settings = settings.model_copy(update={"secret_key": _kept_secret_key(file)})
    settings._replaces_secret_key = is_missing and was_used
    return settings


def secret_key_file(settings: Settings) -> Path:
    """Return the file that holds the secret key, unless the settings contain one."""
    return settings.data_dir / "secret_key"


def database_exists(settings: Settings) -> bool:
    """Return whether an embedded database has its file already."""
    return Path(settings.database_url.get_secret_value().removeprefix("sqlite://")).exists()


def check_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check all settings without creating anything: the secret key may be empty. Raises SettingsError."""
    environ = os.environ if environ is None else environ
    # An empty variable counts as unset, because compose files pass unset variables on as empty ones.
    variables = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value}
    config = variables.pop(CONFIG_VARIABLE, None)
    values = _read_file(Path(config)) if config else {}
    values |= {name.removeprefix(PREFIX).lower(): value for name, value in variables.items()}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as exc:
        faults = _explain(exc, variables)
        raise SettingsError("\n".join([*faults.values(), *_broken_among_the_rest(values, set(faults))])) from None
    if broken := list(_broken_rules(settings)):
        raise SettingsError("\n".join(broken))
    settings._environ = environ
    return settings


def follows_file(settings: Settings) -> bool:
    """Return whether some of the settings may come from a file, so that `reread` may find others."""
    return bool(settings._environ.get(CONFIG_VARIABLE))


def reread(settings: Settings) -> Settings:
    """Return the settings of the same variables and of the file as it is now. Raises BadUserInput.

    They are loaded again only if the file has changed: this is called every second.
    """
    config = settings._environ.get(CONFIG_VARIABLE)
    try:
        text = _read_text(Path(config)) if config else ""
        if settings._latest is None or settings._latest[0] != text:
            settings._latest = text, load_settings(settings._environ)
    except SettingsError as exc:
        raise BadUserInput(str(exc)) from exc
    return settings._latest[1]


def _read_file(path: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(_read_text(path))
    except (yaml.YAMLError, ValueError) as exc:
        # Without the error's own message, which may quote a secret.
        mark = getattr(exc, "problem_mark", None)
        raise SettingsError(f"{path}{f', line {mark.line + 1}' if mark else ''}: this is not YAML") from None
    if values is None:
        return {}
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        raise SettingsError(f"{path}: must contain settings, one `name: value` on each line")
    return values


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"{CONFIG_VARIABLE}: must name a readable file: {exc}") from exc


def _broken_among_the_rest(values: dict[str, Any], faulty: set[str]) -> list[str]:
    """Return the rules that are broken whatever the values of the faulty settings should be."""
    settings = Settings.model_validate({name: value for name, value in values.items() if name not in faulty})
    unknown = set(map(variable_of, faulty))
    return [line for line in _broken_rules(settings) if unknown.isdisjoint(_VARIABLE.findall(line))]


def _make_data_dir(data_dir: Path) -> None:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryFile(dir=data_dir):
            pass
    except OSError as exc:
        raise SettingsError(f"GQL_CHAT_DATA_DIR: must be a folder that can be written: {exc.strerror}") from exc


def _kept_secret_key(path: Path) -> SecretStr:
    try:
        return check_secret_key(SecretStr(read_or_create_secret(path)))
    except ValueError as exc:
        raise SettingsError(f"{path}: {exc}; restore it, or delete it to generate another") from None
    except OSError as exc:
        raise SettingsError(f"GQL_CHAT_DATA_DIR: must be a folder that can be written: {exc}") from exc


def _explain(failure: ValidationError, variables: Mapping[str, str]) -> dict[str, str]:
    """Return a line for each wrong setting by its field, in the order of `Settings`, then the unknown ones."""
    lines: dict[str, str] = {}
    for error in failure.errors():
        # This default depends on another setting, whose error has its own line.
        if error["type"] != "default_factory_not_called":
            name = str(error["loc"][0])
            lines.setdefault(name, _explain_one(name, error, variables))
    return lines


def _explain_one(name: str, error: ErrorDetails, variables: Mapping[str, str]) -> str:
    variable = variable_of(name)
    if error["type"] == "extra_forbidden":
        shown, known = (
            (variable, map(variable_of, Settings.model_fields))
            if variable in variables
            else (name, Settings.model_fields)
        )
        similar = difflib.get_close_matches(shown, known, n=1)
        return f"{shown}: unknown setting" + (f"; did you mean {similar[0]}?" if similar else "")
    if error["type"] == "value_error":
        return f"{variable}: {error['ctx']['error']}"
    reason = _REASONS.get(error["type"]) or error["msg"].replace("Input should", "must")
    return f"{variable}: {reason}"


def _broken_rules(settings: Settings) -> Iterator[str]:
    """Yield a line for each broken rule: the variable to change, and the reason."""
    given = settings.model_fields_set
    if settings.workers > 1 and settings.is_embedded:
        yield "GQL_CHAT_DATABASE_URL: must be a PostgreSQL with several workers; SQLite is for one"
    if settings.workers > 1 and settings.redis_url is None:
        yield "GQL_CHAT_REDIS_URL: must be set with several workers, which reach each other by Redis"
    if settings.openai_api_key is None and {"openai_base_url", "openai_model", "openai_headers"} & given:
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
    if settings.trusted_documents == "only" and settings.trusted_documents_file is None:
        yield "GQL_CHAT_TRUSTED_DOCUMENTS_FILE: must be set when GQL_CHAT_TRUSTED_DOCUMENTS is only"
    if settings.trusted_documents == "off" and settings.trusted_documents_file is not None:
        yield "GQL_CHAT_TRUSTED_DOCUMENTS: must be on or only when GQL_CHAT_TRUSTED_DOCUMENTS_FILE is set"
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
