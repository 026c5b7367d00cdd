"""Translation of providers' failures to a ProviderErrorCode and a message that is safe to show."""

import re
from typing import Any

import aiohttp

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.infra.net.ssrf import AddressRefused
from gql_chat.infra.telemetry.redaction import Redactor

_MAX_MESSAGE_LENGTH = 500

# How much of a provider's message is examined; the rest would not be shown.
_MAX_READ_LENGTH = 4_000

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

# Wordings of messages, consulted where code and type are unknown and the status leaves the reason open.
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

_NO_SUCH_ADDRESS = "The base URL's host or port does not exist or is not allowed."

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


class TookTooLong(Exception):
    """A limit of time was passed while an answer was read; the message says which."""


def refused(error: Any, *, secret: str, status_code: int | None = None) -> ProviderFailed:
    """Return the failure for a refusal by HTTP status and body, or inside an answer (`status_code` None).

    `error` is the body's `error` member, or whatever stood in its place: a dict, a text, a web page, nothing.
    """
    code = _code_of(error, status_code)
    sentence = _SENTENCES[code]
    if status_code is not None and 300 <= status_code < 400:
        sentence = "The provider answered with a redirect, which is not followed: use the base URL that it leads to."
    reported = _message_of(error)
    message = f"{sentence} It says: {reported}" if reported else sentence
    return ProviderFailed(code, _safe(message, secret), status_code=status_code)


def disconnected(exc: Exception) -> ProviderFailed:
    """Return the failure for a request without an answer; `exc` is aiohttp's."""
    if isinstance(exc, aiohttp.ConnectionTimeoutError):
        return ProviderFailed(
            ProviderErrorCode.TIMEOUT, "The provider could not be connected to in time: try again later."
        )
    if isinstance(exc, aiohttp.ClientConnectorDNSError) or _is_address_refused(exc):
        # One sentence for both: it must not reveal which names exist in the operator's network.
        return ProviderFailed(ProviderErrorCode.UNREACHABLE, _NO_SUCH_ADDRESS)
    if isinstance(exc, aiohttp.ClientConnectorError):
        return ProviderFailed(ProviderErrorCode.UNREACHABLE, "The provider could not be reached: check the base URL.")
    if isinstance(exc, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError):
        return ProviderFailed(ProviderErrorCode.UNREACHABLE, "The provider closed the connection without an answer.")
    return ProviderFailed(ProviderErrorCode.BAD_RESPONSE, "The server at this base URL does not speak HTTP correctly.")


def broken_off(exc: Exception, *, status_code: int) -> ProviderFailed:
    """Return the failure for an answer that had begun and will not be completed."""
    if isinstance(exc, TookTooLong):
        return ProviderFailed(ProviderErrorCode.TIMEOUT, str(exc), status_code=status_code)
    sentence = "The connection was lost before the provider's answer was complete."
    return ProviderFailed(ProviderErrorCode.BAD_RESPONSE, sentence, status_code=status_code)


def refuses_usage(error: Any, status_code: int) -> bool:
    """Return whether a server refused the request because it does not know `stream_options.include_usage`."""
    return status_code in (400, 422) and bool(re.search("stream_options|include_usage", str(error)))


def _is_address_refused(exc: BaseException | None) -> bool:
    while exc is not None and not isinstance(exc, AddressRefused):
        exc = exc.__cause__
    return exc is not None


def _code_of(error: Any, status_code: int | None) -> ProviderErrorCode:
    fields = error if isinstance(error, dict) else {}
    for name in (fields.get("code"), fields.get("type")):
        if isinstance(name, str) and name in _CODES:
            return _CODES[name]
    if status_code is None:
        # Inside an answer, OpenRouter and vLLM send as the code the status that it would have had.
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
    # A web page is no use in a message.
    return "" if text.startswith("<") else text


def _safe(message: str, secret: str) -> str:
    """Return the message on one line, without keys, of a length to be shown and of characters that can be stored."""
    message = Redactor([secret])(message)
    message = " ".join(message.replace("\0", "").encode(errors="replace").decode().split())
    return message if len(message) <= _MAX_MESSAGE_LENGTH else message[: _MAX_MESSAGE_LENGTH - 1] + "…"
