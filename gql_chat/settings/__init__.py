"""All settings: read from `GQL_CHAT_…` variables and a YAML file, checked and frozen."""

from gql_chat.settings.fields import Settings, effective_settings, variable_of, written
from gql_chat.settings.loading import (
    CONFIG_VARIABLE,
    SettingsError,
    check_settings,
    database_exists,
    follows_file,
    load_settings,
    reread,
    secret_key_file,
)

__all__ = [
    "CONFIG_VARIABLE",
    "Settings",
    "SettingsError",
    "check_settings",
    "database_exists",
    "effective_settings",
    "follows_file",
    "load_settings",
    "reread",
    "secret_key_file",
    "variable_of",
    "written",
]
