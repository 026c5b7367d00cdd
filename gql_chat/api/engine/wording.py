"""graphql-core's messages about a client's values, in JSON instead of Python: `null`, not `None`."""

import math
from importlib import import_module
from typing import Any

import orjson

MAX_VALUE_CHARACTERS = 120

# Each has a name `inspect` of its own, and the last is hidden behind a function of the same name.
_MODULES = ("graphql.type.scalars", "graphql.type.definition", "graphql.utilities.validate_input_value")


def in_client_words(message: str) -> str:
    """Return one of graphql-core's messages as a client understands it."""
    return message.replace(" not to be None.", " not to be null.")


def _as_json(value: object) -> str:
    """Return the value as the client sent it, cut where it is long."""
    if isinstance(value, float) and not math.isfinite(value):
        return "a number beyond those of JSON"
    text = orjson.dumps(value, default=_describe, option=orjson.OPT_NON_STR_KEYS).decode()
    return text if len(text) <= MAX_VALUE_CHARACTERS else f"{text[:MAX_VALUE_CHARACTERS]}…"


def _describe(value: Any) -> str:
    return "(a file)"  # of a multipart request: all else is JSON


for _name in _MODULES:
    import_module(_name).inspect = _as_json  # type: ignore[attr-defined]
