"""Model parameters: which there are, what they may be, and how those of a send are laid over those of a key."""

from collections.abc import Mapping
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
MAX_EXTRA_BYTES = 16_384  # it travels with every call
RESERVED_EXTRAS = frozenset({"model", "messages", "stream_options"})  # ours to say


def checked_parameters(parameters: Mapping[str, Any], *, field: str) -> dict[str, Any]:
    """The parameters that are given (snake_case names, not None), each within its range. Raises BadUserInput."""
    given = {name: value for name, value in parameters.items() if value is not None}
    for name, (low, high) in RANGES.items():
        if name in given and not low <= given[name] <= high:
            raise BadUserInput(f"{name} must be from {low} to {high}.", field=field)
    stops = given.get("stop", [])
    if len(stops) > MAX_STOPS or any(not 0 < len(stop) <= MAX_STOP_LENGTH for stop in stops):
        raise BadUserInput(f"stop takes up to {MAX_STOPS} texts of 1 to {MAX_STOP_LENGTH} characters.", field=field)
    if len(given.get("reasoning_effort", "")) > 32:
        raise BadUserInput("reasoningEffort is a word such as low, medium or high.", field=field)
    for name in ("response_format", "extra"):
        _require_small_object(given.get(name, {}), name, field)
    reserved = RESERVED_EXTRAS & given.get("extra", {}).keys()
    if reserved:
        raise BadUserInput(f"extra cannot set {', '.join(sorted(reserved))}.", field=field)
    return given


def merged_parameters(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid on `base`; their `extra` objects are merged key by key."""
    extra = {**base.get("extra", {}), **over.get("extra", {})}
    return {**base, **over, **({"extra": extra} if extra else {})}


def _require_small_object(value: object, name: str, field: str) -> None:
    if not isinstance(value, dict):
        raise BadUserInput(f"{name} must be a JSON object.", field=field)
    if len(msgspec.json.encode(value)) > MAX_EXTRA_BYTES:
        raise BadUserInput(f"{name} is larger than {MAX_EXTRA_BYTES} bytes.", field=field)
