"""Every setting, read once from `GQL_CHAT_…` variables over a YAML file, checked and frozen."""

from gql_chat.settings.faults import SettingsError
from gql_chat.settings.fields import Settings, variable_of
from gql_chat.settings.loading import CONFIG_VARIABLE, load_settings, reread

__all__ = ["CONFIG_VARIABLE", "Settings", "SettingsError", "load_settings", "reread", "variable_of"]
