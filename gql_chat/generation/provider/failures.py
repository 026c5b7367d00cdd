"""Providers' failures in our words: which ProviderErrorCode it is, and a message that is safe to show."""

import re
from typing import Any

import httpx2

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.infra.net.ssrf import AddressRefused
from gql_chat.infra.telemetry.redaction import Redactor

_MAX_MESSAGE_LENGTH = 500

# How much of what a provider says is looked at; the rest would not be shown.
_MAX_READ_LENGTH = 4_000

# A local server's key is often a word such as "none" or "ollama"; that is no secret and may be part of a sentence.

_SENTENCES = {
    ProviderErrorCode.UNREACHABLE: "The provider could not be reached.",
    ProviderErrorCode.TIMEOUT: "The provider took too long.",
    ProviderErrorCode.AUTHENTICATION: "The provider does not accept the key.",
    ProviderErrorCode.RATE_LIMITED: "The provider takes no more requests for now.",
    ProviderErrorCode.QUOTA_EXCEEDED: "The quota or balance at the provider is used up.",
    ProviderErrorCode.MODEL_NOT_FOUND: "The provider has no such model, or there is nothing at this base URL.",
    ProviderErrorCode.CONTEXT_TOO_LONG: "The conversation is too long for the model.",
    ProviderErrorCode.CONTENT_FILTERED: "The provider's content filter refused the request.",
    ProviderErrorCode.BAD_REQUEST: "The provider refused the request.",
    ProviderErrorCode.BAD_RESPONSE: "The provider's answer could not be understood.",
    ProviderErrorCode.UNAVAILABLE: "The provider is not able to answer now.",
}

# What providers write into the error's `code` or `type`.
_CODES = {
    "context_length_exceeded": ProviderErrorCode.CONTEXT_TOO_LONG,
    "exceed_context_size_error": ProviderErrorCode.CONTEXT_TOO_LONG,  # llama.cpp
    "insufficient_quota": ProviderErrorCode.QUOTA_EXCEEDED,
    "billing_hard_limit_reached": ProviderErrorCode.QUOTA_EXCEEDED,
    "Arrearage": ProviderErrorCode.QUOTA_EXCEEDED,  # DashScope
    "rate_limit_exceeded": ProviderErrorCode.RATE_LIMITED,
    "rate_limit_error": ProviderErrorCode.RATE_LIMITED,
    "invalid_api_key": ProviderErrorCode.AUTHENTICATION,
    "authentication_error": ProviderErrorCode.AUTHENTICATION,
    "permission_error": ProviderErrorCode.AUTHENTICATION,
    "no_db_connection": ProviderErrorCode.AUTHENTICATION,  # LiteLLM without a database knows its master key only
    "model_not_found": ProviderErrorCode.MODEL_NOT_FOUND,
    "content_filter": ProviderErrorCode.CONTENT_FILTERED,
    "content_policy_violation": ProviderErrorCode.CONTENT_FILTERED,
    "data_inspection_failed": ProviderErrorCode.CONTENT_FILTERED,  # DashScope
    "timeout": ProviderErrorCode.TIMEOUT,
}

# What they say where code and type tell nothing; only consulted for statuses that leave it open.
_QUOTA = re.compile(
    r"insufficient[ _](balance|quota|credit|funds)|exceeded your current quota|credit balance|arrears", re.IGNORECASE
)
_WORDINGS = {
    ProviderErrorCode.CONTEXT_TOO_LONG: re.compile(
        r"context (length|window|size)|max_model_len|(prompt|input|request) is too long"
        r"|too many (input |prompt )?tokens|input length|input token count|reduce the length",
        re.IGNORECASE,
    ),
    ProviderErrorCode.QUOTA_EXCEEDED: _QUOTA,
    ProviderErrorCode.CONTENT_FILTERED: re.compile(
        r"content[ _](filter|management|policy|exists risk)|moderation|flagged", re.IGNORECASE
    ),
    ProviderErrorCode.AUTHENTICATION: re.compile(
        r"api[ _-]?key (is )?(not valid|invalid|missing|expired)|invalid api[ _-]?key", re.IGNORECASE
    ),
    ProviderErrorCode.MODEL_NOT_FOUND: re.compile(
        r"model\b.{0,200}\bnot (exist|found)\b|(unknown|no such) model|invalid model (name|id)",
        re.IGNORECASE | re.DOTALL,
    ),
}
_OPEN_STATUSES = frozenset({None, 400, 403, 404, 413, 422, 500})

_STATUSES = {
    401: ProviderErrorCode.AUTHENTICATION,
    402: ProviderErrorCode.QUOTA_EXCEEDED,
    403: ProviderErrorCode.AUTHENTICATION,
    404: ProviderErrorCode.MODEL_NOT_FOUND,
    408: ProviderErrorCode.TIMEOUT,
    429: ProviderErrorCode.RATE_LIMITED,
    504: ProviderErrorCode.TIMEOUT,
    524: ProviderErrorCode.TIMEOUT,  # Cloudflare's
}


def refused(error: Any, *, secret: str, status_code: int | None = None) -> ProviderFailed:
    """The provider said no: with an HTTP status and a body, or inside an answer that had begun (`status_code` None).

    `error` is the body's `error` member, or whatever stood in its place: a dict, a text, a web page, nothing.
    """
    code = _code_of(error, status_code)
    sentence = _SENTENCES[code]
    if status_code is not None and 300 <= status_code < 400:
        sentence = "The provider answered with a redirect, which is not followed: give the base URL that it leads to."
    said = _message_of(error)
    words = f"{sentence} It says: {said}" if said else sentence
    return ProviderFailed(code, _safe(words, secret), status_code=status_code)


def disconnected(exc: BaseException | None) -> ProviderFailed:
    """There was no answer; `exc` is httpx2's failure."""
    if isinstance(exc, httpx2.TimeoutException):
        return failed(ProviderErrorCode.TIMEOUT, "The provider could not be connected to in time.")
    if isinstance(exc, httpx2.RemoteProtocolError | httpx2.DecodingError):
        return failed(ProviderErrorCode.BAD_RESPONSE, "What is at this base URL does not speak HTTP as it should.")
    if _was_refused_by_us(exc):
        return failed(ProviderErrorCode.UNREACHABLE, "The base URL's address is not allowed: it is not a public one.")
    if isinstance(exc, httpx2.ReadError):
        return failed(ProviderErrorCode.UNREACHABLE, "The provider closed the connection without an answer.")
    return failed(ProviderErrorCode.UNREACHABLE, "The provider could not be reached: check the base URL.")


def broken_off(exc: httpx2.TransportError, *, status_code: int) -> ProviderFailed:
    """An answer had begun and will not be completed: the connection was lost or we waited long enough."""
    if isinstance(exc, httpx2.TimeoutException):
        return failed(ProviderErrorCode.TIMEOUT, str(exc), status_code=status_code)
    sentence = "The connection was lost before the provider's answer was complete."
    return failed(ProviderErrorCode.BAD_RESPONSE, sentence, status_code=status_code)


def failed(code: ProviderErrorCode, sentence: str, *, status_code: int | None = None) -> ProviderFailed:
    """Something went wrong that no provider told us; the sentence is ours."""
    return ProviderFailed(code, sentence, status_code=status_code)


def refuses_usage(error: Any, status_code: int) -> bool:
    """Whether a server refused the request because it does not know `stream_options.include_usage`."""
    return status_code in (400, 422) and bool(re.search("stream_options|include_usage", str(error)))


def _was_refused_by_us(exc: BaseException | None) -> bool:
    while exc is not None and not isinstance(exc, AddressRefused):
        exc = exc.__cause__
    return exc is not None


def _code_of(error: Any, status_code: int | None) -> ProviderErrorCode:
    fields = error if isinstance(error, dict) else {}
    for name in (fields.get("code"), fields.get("type")):
        if isinstance(name, str) and name in _CODES:
            return _CODES[name]
    if status_code is None:
        # Inside an answer the status that it would have had comes as the code: OpenRouter, vLLM.
        status_code = _http_status(fields.get("code"))
    message = f"{fields.get('code')} {_message_of(error)}"
    if status_code in _OPEN_STATUSES:
        for code, pattern in _WORDINGS.items():
            if pattern.search(message):
                return code
    if status_code == 429 and _QUOTA.search(message):
        return ProviderErrorCode.QUOTA_EXCEEDED
    return _code_of_status(status_code)


def _code_of_status(status_code: int | None) -> ProviderErrorCode:
    if status_code is None or status_code >= 500:
        return _STATUSES.get(status_code or 500, ProviderErrorCode.UNAVAILABLE)
    if status_code < 400:
        return ProviderErrorCode.BAD_RESPONSE
    return _STATUSES.get(status_code, ProviderErrorCode.BAD_REQUEST)


def _http_status(code: Any) -> int | None:
    digits = str(code)
    return int(digits) if re.fullmatch("[45][0-9]{2}", digits) else None


def _message_of(error: Any) -> str:
    if isinstance(error, dict):
        error = error.get("message") or error.get("detail") or error.get("error") or ""
    text = (error if isinstance(error, str) else str(error or "")).strip()[:_MAX_READ_LENGTH]
    # A web page tells nobody anything.
    return "" if text.startswith("<") else text


def _safe(message: str, secret: str) -> str:
    """One line without keys, of a length to be shown and of characters that can be stored."""
    message = Redactor([secret])(message)
    message = " ".join(message.replace("\0", "").encode(errors="replace").decode().split())
    return message if len(message) <= _MAX_MESSAGE_LENGTH else message[: _MAX_MESSAGE_LENGTH - 1] + "…"
