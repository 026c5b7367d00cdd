"""The content of providers' error bodies: the message and the error's names, whatever form the body has.

A body is a dict, a list, a text, a web page or nothing; an error may lie inside another, also as JSON in a text.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

# How much of a provider's message is examined; the rest would not be shown.
_MAX_READ_LENGTH = 4_000

_MAX_DEPTH = 4

# The members that hold a message or another error, the closest first.
_MESSAGES = (
    "message",
    "detail",
    "error",
    "errors",
    "error_msg",  # Baidu, StepFun
    "error_message",  # Perplexity, DashScope's native API
    "msg",  # SiliconFlow, FastAPI's list of details
    "status_msg",  # MiniMax, in base_resp
    "base_resp",
    "error_description",
    "title",
)

# The members that name an error.
_NAMES = ("code", "type", "status", "error_code", "status_code", "error_type", "reason")

# Codes with which a body says that all is well.
_GOOD_CODES = frozenset({"", "0", "200", "20000", "none", "ok", "success", "null"})

_WEB_PAGE = re.compile(r"<(?:!doctype|!--|\?xml|html|head|body|title|h1|center|p|div)\b", re.IGNORECASE)


def reports_error(body: Mapping[str, Any]) -> bool:
    """Return whether a body without choices and without an `error` member reports an error all the same.

    A body with a good code is none: `{"code": 0, "msg": "success"}`, or MiniMax's `base_resp` in every chunk.
    """
    if isinstance(base := body.get("base_resp"), dict):
        return _is_bad(base.get("status_code"))
    codes = [body[name] for name in _NAMES if name in body and name != "type"]
    if any(_is_bad(code) for code in codes):
        return bool(message_of(body))
    return not codes and any(body.get(name) for name in _MESSAGES)


def message_of(error: Any) -> str:
    """Return the error's message in one text, never as Python would show it; nothing for a web page."""
    text = _text_of(error, _MAX_DEPTH).strip()[:_MAX_READ_LENGTH]
    return "" if _WEB_PAGE.match(text) else text


def names_of(error: Any) -> list[str]:
    """Return the error's codes and types as texts, those of the innermost error first."""
    return list(dict.fromkeys(_names_of(error, _MAX_DEPTH)))


def _is_bad(code: Any) -> bool:
    return str(code).lower() not in _GOOD_CODES


def _text_of(error: Any, depth: int) -> str:
    if isinstance(error, str):
        inner = _json_in(error) if depth else None
        return error if inner is None else _text_of(inner, depth - 1) or error
    if error is None or isinstance(error, bool) or not depth:
        return "" if error is None or isinstance(error, bool) else _as_json(error)
    if isinstance(error, list):
        return "; ".join(filter(None, (_text_of(item, depth - 1) for item in error[:10])))
    if isinstance(error, dict):
        return _text_of_members(error, depth)
    return _as_json(error)


def _text_of_members(error: dict[str, Any], depth: int) -> str:
    raw = _raw_of(error)
    found = next((text for name in _MESSAGES if (text := _text_of(error.get(name), depth - 1))), "")
    inner = _text_of(raw, depth - 1)
    if inner and inner not in found:
        found = f"{found}: {inner}" if found else inner
    place = error.get("loc")
    if found and isinstance(place, list):  # FastAPI's: ["body", "temperature"]
        return f"{'.'.join(str(step) for step in place)}: {found}"
    return found


def _raw_of(error: dict[str, Any]) -> Any:
    """Return the upstream's own body, which OpenRouter adds to its error."""
    metadata = error.get("metadata")
    return metadata.get("raw") if isinstance(metadata, dict) else None


def _names_of(error: Any, depth: int) -> Iterator[str]:
    if isinstance(error, str):
        error = _json_in(error)
    if isinstance(error, list):
        error = error[0] if error else None
    if not isinstance(error, dict) or not depth:
        return
    for inner in (_raw_of(error), *(error.get(name) for name in _MESSAGES)):
        yield from _names_of(inner, depth - 1)
    for name in _NAMES:
        value = error.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            yield str(value)


def _json_in(text: str) -> Any:
    """Return what a text holds that is JSON, also behind a sentence, as LiteLLM passes upstreams' errors on."""
    start = text.find("{")
    if start < 0 or len(text) > 16 * _MAX_READ_LENGTH:
        return None
    try:
        inner = json.loads(text[start:])
    except (ValueError, RecursionError):
        return None
    return inner if isinstance(inner, dict) else None


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, TypeError, RecursionError):
        return ""
