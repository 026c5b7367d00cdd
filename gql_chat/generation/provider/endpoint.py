"""The endpoint that a request goes to, and the body of a request for a completion."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from gql_chat.infra.net.destinations import DEFAULT_PORTS, Allowed
from gql_chat.keys.headers import secrets_in

_PARAMETERS = frozenset(
    {
        "temperature",
        "top_p",
        "max_tokens",
        "presence_penalty",
        "frequency_penalty",
        "stop",
        "seed",
        "reasoning_effort",
        "response_format",
    }
)
COMPLETIONS_PATH, MODELS_PATH = "/chat/completions", "/models"  # below the base URL
USAGE_OPTIONS = {"stream_options": {"include_usage": True}}  # asks for the count of tokens at the end of a stream
KEPT_URLS = 1_000  # base URLs whose parts are remembered, of the keys in use
_NOT_EXTRA = frozenset({"model", "messages", "stream", "stream_options"})


@dataclass(frozen=True, slots=True)
class Reach:
    """Networks that users' endpoints may reach beside public addresses, and hosts that get the trace id of a request.

    Any other host could tell by that id which requests belong together.
    """

    allowed_networks: Sequence[Allowed] = ()
    allowed_ports: Sequence[range] = DEFAULT_PORTS
    traced_hosts: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model at a provider. `trusted` is for addresses that the operator named, which are not guarded.

    `parameters` are in snake case. Their `extra` is merged into the request's body, but cannot replace model, messages
    or stream_options. `extra: {"stream": false}` is for servers that cannot stream. `headers` are sent beside ours.
    `silence_seconds` replaces the time that a provider may send nothing, before the first token and between two.
    """

    base_url: str
    secret: str = field(repr=False)
    model: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    trusted: bool = False
    is_server_key: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    folds_system_prompt: bool = False
    silence_seconds: int | None = None

    def url_of(self, path: str) -> str:
        """Return the URL for a path below the base URL, whose query stays at the end: Azure's is `?api-version=…`.

        It has no credentials where the secret is sent instead.
        """
        return _url_of(self.base_url, path, has_secret=bool(self.secret))

    @property
    def secrets(self) -> tuple[str, ...]:
        """The texts that must never be shown or logged."""
        return (self.secret, *secrets_in(self.headers)) if self.headers else (self.secret,)

    def logged_url(self, path: str) -> str:
        """Return the URL of requests for this path, as it may be shown: without credentials and query."""
        return without_credentials(self.base_url).rstrip("/") + path

    @property
    def shown(self) -> tuple[str, ...]:
        """The names in a provider's messages that are no secrets, although they may look like one."""
        return self.model, self.logged_url("")

    @property
    def host_and_port(self) -> tuple[str | None, int | None]:
        """Host and port, each None where the base URL names none: it may hold anything."""
        return _host_and_port(self.base_url)


def request_body(endpoint: Endpoint, messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Build the body as OpenAI defines it, without stream_options: the sender knows whether the server takes them."""
    if not endpoint.parameters:
        return {"model": endpoint.model, "messages": list(messages), "stream": True}
    given: Mapping[str, Any] = endpoint.parameters.get("extra") or {}
    extra = {name: value for name, value in given.items() if name not in _NOT_EXTRA}
    body = {name: value for name, value in endpoint.parameters.items() if name in _PARAMETERS and value is not None}
    if "max_tokens" in body and _is_openai(endpoint):
        # https://platform.openai.com/docs/api-reference/chat/create: deprecated, and refused by reasoning models.
        # Which of the two another server takes is learned from its refusal: see `dialects.py`.
        body["max_completion_tokens"] = body.pop("max_tokens")
    streams = given.get("stream") is not False
    return {**body, **extra, "model": endpoint.model, "messages": list(messages), "stream": streams}


@lru_cache(KEPT_URLS)
def without_credentials(base_url: str) -> str:
    """Return the URL without the name and password that an operator's may hold; users' are refused with them."""
    parts = urlsplit(base_url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


@lru_cache(KEPT_URLS)
def _url_of(base_url: str, path: str, *, has_secret: bool) -> str:
    parts = urlsplit(base_url)
    host = parts.netloc.rpartition("@")[2] if has_secret else parts.netloc
    return parts._replace(netloc=host, path=parts.path.rstrip("/") + path, fragment="").geturl()


@lru_cache(KEPT_URLS)
def _host_and_port(base_url: str) -> tuple[str | None, int | None]:
    try:
        parts = urlsplit(base_url)
        return parts.hostname, parts.port
    except ValueError:
        return None, None


def _is_openai(endpoint: Endpoint) -> bool:
    """Return whether the endpoint is OpenAI's own or Azure's, which serves the same models."""
    host = endpoint.host_and_port[0] or ""
    return host == "api.openai.com" or host.endswith((".api.openai.com", ".openai.azure.com", ".services.ai.azure.com"))
