"""Model parameters: their ranges, and the precedence of a message's parameters over those of its key."""

import re
from collections.abc import Mapping, Set
from math import isfinite
from typing import Any

import msgspec

from gql_chat.errors import BadUserInput

RANGES = {
    "temperature": (0.0, 2.0),
    "top_p": (0.0, 1.0),
    "presence_penalty": (-2.0, 2.0),
    "frequency_penalty": (-2.0, 2.0),
    "max_tokens": (1, 2**31 - 1),
}
MAX_STOPS = 16
MAX_STOP_LENGTH = 200
MAX_EFFORT_LENGTH = 32
MAX_OBJECT_BYTES = 16_384  # it is sent with every call
MAX_DEPTH = 32
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # the JSON escape of the only character that PostgreSQL refuses
RESERVED_EXTRAS = frozenset({"model", "messages", "stream_options"})  # set by this server


def checked_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that are given (snake_case names, not None), each within its range. Raises BadUserInput."""
    given = {name: value for name, value in parameters.items() if value is not None}
    for name, value in given.items():
        fault = _fault_of(name, value)
        if fault is not None:
            raise BadUserInput(f"{_camel_case(name)} {fault}.", field=f"parameters.{name}")
    return given


def merged_parameters(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` overridden by `over`. Their `extra` objects are merged key by key."""
    extra = {**base.get("extra", {}), **over.get("extra", {})}
    return {**base, **over, **({"extra": extra} if extra else {})}


def _fault_of(name: str, value: Any) -> str | None:
    if name in RANGES:
        low, high = RANGES[name]
        return None if low <= value <= high else f"must be from {low} to {high}"
    if name == "stop":
        is_good = len(value) <= MAX_STOPS and all(0 < len(stop) <= MAX_STOP_LENGTH for stop in value)
        fault = None if is_good else f"takes up to {MAX_STOPS} texts of 1 to {MAX_STOP_LENGTH} characters"
    elif name == "reasoning_effort":
        is_good = 0 < len(value) <= MAX_EFFORT_LENGTH and value.isprintable()
        fault = None if is_good else "is a word such as low, medium or high"
    elif name == "response_format":
        fault = _fault_of_object(value)
    elif name == "extra":
        fault = _fault_of_object(value, reserved=RESERVED_EXTRAS)
    else:
        fault = None
    return fault or ("cannot hold a NUL character" if _NUL.search(msgspec.json.encode(value)) else None)


def _fault_of_object(value: object, *, reserved: Set[str] = frozenset()) -> str | None:
    if not isinstance(value, dict):
        return "must be a JSON object"
    if not _is_plain(value, MAX_DEPTH):
        return f"holds numbers beyond 64 bits, or more than {MAX_DEPTH} levels"
    if len(msgspec.json.encode(value)) > MAX_OBJECT_BYTES:
        return f"is larger than {MAX_OBJECT_BYTES} bytes"
    taken = reserved & value.keys()
    return f"cannot set {', '.join(sorted(taken))}" if taken else None


def _is_plain(value: object, levels: int) -> bool:
    """Return whether every JSON library on the way accepts the value."""
    if isinstance(value, dict | list):
        children = value.values() if isinstance(value, dict) else value
        return levels > 0 and all(_is_plain(child, levels - 1) for child in children)
    if isinstance(value, int | float):
        return abs(value) < 2**63 if isinstance(value, int) else isfinite(value)
    return True


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))
