"""What is asked of a provider: the endpoint, and the body of a request for a completion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_PARAMETERS = (
    "temperature",
    "top_p",
    "max_tokens",
    "presence_penalty",
    "frequency_penalty",
    "stop",
    "seed",
    "reasoning_effort",
    "response_format",
)
_OURS = frozenset({"model", "messages", "stream", "stream_options"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model somewhere. `trusted` is for the operator's own endpoints: their address is not guarded.

    `parameters` are in snake case; its `extra` is merged into the request's body but cannot replace model, messages or
    stream_options. `extra: {"stream": false}` is for servers that cannot stream.
    """

    base_url: str
    secret: str = field(repr=False)
    model: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    trusted: bool = False


def request_body(endpoint: Endpoint, messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The body in OpenAI's words, without stream_options: who sends it knows whether the server takes them."""
    parameters = endpoint.parameters
    extra = {name: value for name, value in (parameters.get("extra") or {}).items() if name not in _OURS}
    body = {name: parameters[name] for name in _PARAMETERS if parameters.get(name) is not None}
    if "max_tokens" in body and _is_openai(endpoint.base_url):
        # https://platform.openai.com/docs/api-reference/chat/create: deprecated, and refused by reasoning models.
        body["max_completion_tokens"] = body.pop("max_tokens")
    streams = (parameters.get("extra") or {}).get("stream") is not False
    return {**body, **extra, "model": endpoint.model, "messages": list(messages), "stream": streams}


def _is_openai(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    return host == "api.openai.com" or host.endswith(".api.openai.com")
