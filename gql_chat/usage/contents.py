"""The contents of a request for the ledger: texts and parameters, without files' bytes and without secrets."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from gql_chat.infra.telemetry.redaction import Redactor

OMITTED = "…"
PARAMETER_NAME = re.compile("[a-z_]{1,32}")  # others are no provider's, and may be texts themselves


def kept_messages(messages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return a request's messages. URLs lose their signatures, data URLs all but their type and length."""
    return [_kept_message(message) for message in messages]


def kept_parameters(body: Mapping[str, Any], *, secrets: Iterable[str]) -> str:
    """Return the rest of a request's body as JSON, with everything masked that looks like a credential."""
    rest = {name: value for name, value in body.items() if name not in ("messages", "model")}
    return _json(Redactor(secrets).within(rest))


def parameters_without_texts(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with only their numbers and switches readable: the rest may hold texts of a chat.

    These are stop sequences, the names and descriptions in a `response_format`, and whatever a user put into `extra`.
    """
    return {
        name: value if value is None or isinstance(value, bool | int | float) else OMITTED
        for name, value in parameters.items()
        if PARAMETER_NAME.fullmatch(name)
    }


def _kept_message(message: Mapping[str, Any]) -> Mapping[str, Any]:
    content = message.get("content")
    if not isinstance(content, list):
        return message
    return {**message, "content": [_kept_part(part) for part in content]}


def _kept_part(part: Mapping[str, Any]) -> Mapping[str, Any]:
    name = part.get("type")
    address = part.get(name) if isinstance(name, str) else None
    if not isinstance(address, dict) or not isinstance(address.get("url"), str):
        return part
    return {**part, name: {**address, "url": _kept_url(address["url"])}}  # type: ignore[dict-item]


def _kept_url(url: str) -> str:
    if url.startswith("data:"):
        kind, comma, data = url.partition(",")
        return f"{kind}{comma}{OMITTED} ({len(data)} characters)"
    place, question, _ = url.partition("?")
    return f"{place}{question}{OMITTED}" if question else url


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
