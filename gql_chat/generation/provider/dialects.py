"""OpenAI's parameters that servers refuse, remembered per base URL and model after the first refusal."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from gql_chat.generation.provider.endpoint import USAGE_OPTIONS, Endpoint
from gql_chat.generation.provider.errors.bodies import message_of, names_of

# How many are remembered: users choose base URLs and models, so there may be any number.
_MAX_REMEMBERED = 10_000

# OpenAI's reasoning models take the second only, most other servers the first only.
_LIMITS = ("max_tokens", "max_completion_tokens")

_REFUSED = re.compile(
    r"unsupported|not supported|unrecognized|unknown|unexpected|not permitted|not allowed|instead|extra", re.IGNORECASE
)


class Dialect(NamedTuple):
    """How a request is changed before it is sent: the first form is OpenAI's own."""

    counts_usage: bool = True
    swaps_limit: bool = False

    def of_body(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the body as this server takes it."""
        spoken = dict(body)
        if self.counts_usage and body.get("stream"):
            spoken["stream_options"] = {**(spoken.get("stream_options") or {}), **USAGE_OPTIONS["stream_options"]}
        else:
            spoken.pop("stream_options", None)
        if self.swaps_limit and (limit := _limit_in(body)):
            spoken[_other(limit)] = spoken.pop(limit)
        return spoken

    def after_refusal(self, body: Mapping[str, Any], error: Any, status_code: int) -> "Dialect | None":
        """Return the dialect to try next where the server refused a parameter of this one, else None."""
        if status_code not in (400, 422):
            return None
        message = f"{' '.join(names_of(error))} {message_of(error)} {_parameter_in(error)}"
        if self.counts_usage and body.get("stream") and re.search("stream_options|include_usage", message):
            return self._replace(counts_usage=False)
        limit = _limit_in(self.of_body(body))
        refuses_limit = limit and re.search(rf"\b{limit}\b", message) and _REFUSED.search(message)
        return self._replace(swaps_limit=True) if refuses_limit and not self.swaps_limit else None


_OPENAI = Dialect()


class Dialects:
    """The dialects of all servers that refused something."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Dialect] = {}

    def get(self, endpoint: Endpoint) -> Dialect:
        """Return the dialect of an endpoint: OpenAI's, as long as it refused nothing."""
        return self._known.get((endpoint.base_url, endpoint.model), _OPENAI) if self._known else _OPENAI

    def remember(self, endpoint: Endpoint, dialect: Dialect) -> None:
        """Speak this dialect to the endpoint from now on."""
        if len(self._known) >= _MAX_REMEMBERED:
            self._known.clear()
        self._known[endpoint.base_url, endpoint.model] = dialect


def _limit_in(body: Mapping[str, Any]) -> str | None:
    return next((name for name in _LIMITS if name in body), None)


def _other(limit: str) -> str:
    return _LIMITS[1 - _LIMITS.index(limit)]


def _parameter_in(error: Any) -> str:
    """Return the parameter that OpenAI's error names."""
    if isinstance(error, dict):
        error = error.get("error") if isinstance(error.get("error"), dict) else error
        return str(error.get("param") or "")
    return ""
