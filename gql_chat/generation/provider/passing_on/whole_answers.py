"""Answers in one piece, some of which come where a stream was asked for."""

import json
from codecs import BOM_UTF8
from typing import Any

from gql_chat.generation.provider.completion_body import find_object


def begins_whole(start: bytes) -> bool | None:
    """Return whether an answer that begins so is JSON or a web page, and no stream. None if it takes more to know."""
    start = start.removeprefix(BOM_UTF8).lstrip()
    return None if BOM_UTF8.startswith(start) else start.startswith((b"{", b"[", b"<"))


def as_stream(whole: bytes, *, shows_usage: bool) -> bytes | None:
    """Return the events of a stream that brings a whole completion at once, with all that it holds.

    None for one of more than MAX_VALUES.
    """
    completion = find_object(whole)
    if completion is None:
        return None
    usage = completion.pop("usage", None)
    head = {**completion, "object": "chat.completion.chunk"}
    events = [{**head, "choices": [_with_delta(choice) for choice in completion.get("choices") or ()]}]
    if shows_usage and usage:
        events.append({**head, "choices": [], "usage": usage})
    return b"".join(b"data: %b\n\n" % data for data in [*map(_encode, events), b"[DONE]"])


def _with_delta(choice: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in choice.items() if name != "message"}
    delta = dict(choice.get("message") or {})
    if isinstance(calls := delta.get("tool_calls"), list):  # by whose numbers clients join the parts of a stream
        delta["tool_calls"] = [{"index": index, **call} for index, call in enumerate(calls) if isinstance(call, dict)]
    return {**rest, "delta": delta}


def _encode(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()  # msgspec and orjson refuse a lone surrogate
