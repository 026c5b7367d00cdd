"""Decoding of the JSON that clients send."""

import json
from typing import Any

import orjson

_HALVES = ("\\ud", "\\uD")  # how the escape of half of a surrogate pair begins


def decode_json(data: str | bytes | bytearray) -> Any:
    """Return the value in a JSON text in UTF-8. Raise ValueError.

    Half of a surrogate pair becomes U+FFFD, as browsers convert texts. A page that cuts a text inside an emoji sends
    one, because JSON.stringify escapes it. orjson refuses such an escape.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        text = data if isinstance(data, str) else data.decode()
        if not any(half in text for half in _HALVES):
            raise
        return orjson.loads(_with_whole_characters(text))


def _with_whole_characters(text: str) -> str:
    try:
        written = json.dumps(json.loads(text), ensure_ascii=False)
    except RecursionError as exc:
        raise ValueError("The JSON is nested too deeply.") from exc
    return written.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
