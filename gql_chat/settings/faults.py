"""What is said of settings that cannot be used."""

import difflib
from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gql_chat.settings.fields import Settings, variable_of

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


def explain(failure: ValidationError, variables: Mapping[str, str]) -> dict[str, str]:
    """A line for each setting at fault, by its field, in the order of `Settings`, then the unknown ones."""
    lines: dict[str, str] = {}
    for error in failure.errors():
        # Those wait for another setting, whose fault has its own line.
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
        return f"{shown}: there is no such setting" + (f"; did you mean {similar[0]}?" if similar else "")
    if error["type"] == "value_error":
        return f"{variable}: {error['ctx']['error']}"
    reason = _REASONS.get(error["type"]) or error["msg"].replace("Input should", "must")
    return f"{variable}: {reason}"
