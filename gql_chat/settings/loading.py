"""Reading settings: `GQL_CHAT_…` variables over a YAML file."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import yaml
from pydantic import SecretStr, ValidationError

from gql_chat.infra.crypto import read_or_create_secret
from gql_chat.settings.faults import SettingsError, explain
from gql_chat.settings.fields import PREFIX, Settings, variable_of
from gql_chat.settings.kinds import check_secret_key
from gql_chat.settings.rules import broken_rules

CONFIG_VARIABLE = f"{PREFIX}CONFIG"

_VARIABLE = re.compile(rf"{PREFIX}[A-Z_]+")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check everything; may make the data folder and the secret key in it. Raises SettingsError."""
    settings = check_settings(environ)
    if settings.is_embedded:
        _make_data_dir(settings.data_dir)
    if "secret_key" not in settings.model_fields_set:
        settings = settings.model_copy(update={"secret_key": _kept_secret_key(settings.data_dir)})
    return settings


def check_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The same, but nothing is made: a secret key that was not given stays empty."""
    environ = os.environ if environ is None else environ
    # An empty variable counts as unset, because compose files pass on what is not there as empty.
    variables = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value}
    config = variables.pop(CONFIG_VARIABLE, None)
    values = _read_file(Path(config)) if config else {}
    values |= {name.removeprefix(PREFIX).lower(): value for name, value in variables.items()}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as exc:
        faults = explain(exc, variables)
        raise SettingsError("\n".join([*faults.values(), *_broken_among_the_rest(values, set(faults))])) from None
    if broken := list(broken_rules(settings)):
        raise SettingsError("\n".join(broken))
    settings._environ = environ
    return settings


def reread(settings: Settings) -> Settings:
    """What the same variables and the same file say by now. Raises SettingsError."""
    return load_settings(settings._environ)


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


def _broken_among_the_rest(values: dict[str, Any], faulty: set[str]) -> list[str]:
    """The rules that are broken whatever the faulty settings were meant to say."""
    settings = Settings.model_validate({name: value for name, value in values.items() if name not in faulty})
    unknown = set(map(variable_of, faulty))
    return [line for line in broken_rules(settings) if unknown.isdisjoint(_VARIABLE.findall(line))]


def _make_data_dir(data_dir: Path) -> None:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryFile(dir=data_dir):
            pass
    except OSError as exc:
        raise SettingsError(f"GQL_CHAT_DATA_DIR: must be a folder that can be written: {exc.strerror}") from exc


def _kept_secret_key(data_dir: Path) -> SecretStr:
    path = data_dir / "secret_key"
    try:
        return check_secret_key(SecretStr(read_or_create_secret(path)))
    except ValueError as exc:
        raise SettingsError(f"{path}: {exc}; restore it, or remove it to have another made") from None
    except OSError as exc:
        raise SettingsError(f"GQL_CHAT_DATA_DIR: must be a folder that can be written: {exc}") from exc
