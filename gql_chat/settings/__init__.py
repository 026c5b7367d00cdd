"""All settings: read from `GQL_CHAT_…` variables and a YAML file, checked and frozen."""

from gql_chat.settings.fields import Settings, effective_settings, variable_of, written
from gql_chat.settings.loading import (
    CONFIG_VARIABLE,
    SettingsError,
    check_settings,
    follows_file,
    load_settings,
    reread,
)

__all__ = [
    "CONFIG_VARIABLE",
    "Settings",
    "SettingsError",
    "check_settings",
    "effective_settings",
    "follows_file",
    "load_settings",
    "reread",
    "variable_of",
    "written",
]
