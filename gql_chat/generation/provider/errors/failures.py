"""Translation of providers' failures to a ProviderErrorCode and a message that is safe to show."""

import math
import re
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.provider.errors.bodies import message_of, names_of
from gql_chat.generation.provider.errors.table import BASE_RESP, NAMES, WORDINGS
from gql_chat.infra import clock
from gql_chat.infra.net.connectors import AddressRefused
from gql_chat.infra.telemetry.redaction import Redactor

_MAX_MESSAGE_LENGTH = 500
_MAX_RETRY_AFTER_SECONDS = 24 * 60 * 60  # a provider that asks for more is asked again on the next day

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

# Where the status leaves the reason open, the wording decides. A 429, and a name that says no more than it, may also
# mean money, or an overloaded server: LiteLLM gives every 429 of the provider behind it the same name.
_OPEN_STATUSES = frozenset({None, 400, 403, 404, 413, 422, 500})
_MEANINGS_OF_429 = frozenset({ProviderErrorCode.QUOTA_EXCEEDED, ProviderErrorCode.UNAVAILABLE})

_NO_SUCH_ADDRESS = "The base URL's host or port does not exist or is not allowed."

_STATUSES = {
    401: ProviderErrorCode.AUTHENTICATION,
    402: ProviderErrorCode.QUOTA_EXCEEDED,
    403: ProviderErrorCode.AUTHENTICATION,
    404: ProviderErrorCode.MODEL_NOT_FOUND,
    408: ProviderErrorCode.TIMEOUT,
    413: ProviderErrorCode.CONTEXT_TOO_LONG,
    429: ProviderErrorCode.RATE_LIMITED,
    504: ProviderErrorCode.TIMEOUT,
    524: ProviderErrorCode.TIMEOUT,  # Cloudflare's
}


class TookTooLong(Exception):
    """A limit of time was passed while an answer was read; the message says which."""


def refused(
    error: Any,
    *,
    secrets: Iterable[str] = (),
    shown: Iterable[str] = (),
    status_code: int | None = None,
    retry_after_seconds: int | None = None,
) -> ProviderFailed:
    """Return the failure for a refusal by HTTP status and body, or inside an answer (`status_code` None).

    `error` is the body's `error` member, or whatever stood in its place: see `bodies.py`. `shown` are names that
    are no secrets although they may look like one: the key's model and base URL.
    """
    code = _code_of(error, status_code)
    sentence = _SENTENCES[code]
    if status_code is not None and 300 <= status_code < 400:
        sentence = "The provider answered with a redirect, which is not followed: use the base URL that it leads to."
    reported = message_of(error)
    message = _safe(f"{sentence} It says: {reported}" if reported else sentence, secrets, shown)
    return ProviderFailed(code, message, status_code=status_code, retry_after_seconds=retry_after_seconds)


def retry_after_seconds(headers: Mapping[str, str]) -> int | None:
    """Return how long a provider asks to wait, None if it does not: RFC 9110, 10.2.3, or OpenAI's milliseconds."""
    milliseconds, after = headers.get("retry-after-ms", ""), headers.get("Retry-After", "").strip()
    if milliseconds.isdecimal():
        seconds = math.ceil(int(milliseconds) / 1000)
    elif re.fullmatch(r"\d{1,9}(\.\d{1,9})?", after):
        seconds = math.ceil(float(after))
    else:
        seconds = _seconds_until(after)
    return min(seconds, _MAX_RETRY_AFTER_SECONDS) if seconds > 0 else None


def disconnected(exc: Exception) -> ProviderFailed:
    """Return the failure for a request without an answer; `exc` is aiohttp's."""
    if isinstance(exc, aiohttp.ConnectionTimeoutError):
        return ProviderFailed(
            ProviderErrorCode.TIMEOUT, "The provider could not be connected to in time: try again later."
        )
    if isinstance(exc, aiohttp.ClientConnectorDNSError) or _is_address_refused(exc):
        # One sentence for both: it must not reveal which names exist in the operator's network.
        return ProviderFailed(ProviderErrorCode.UNREACHABLE, _NO_SUCH_ADDRESS)
    if isinstance(exc, aiohttp.ClientConnectorCertificateError):
        sentence = "The provider's certificate is not valid, or this server does not trust its issuer."
        return ProviderFailed(ProviderErrorCode.UNREACHABLE, sentence)
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


def _seconds_until(date: str) -> int:
    """Return the seconds until an HTTP date, 0 for what is none."""
    try:
        until = parsedate_to_datetime(date)
    except ValueError:
        return 0
    return math.ceil(until.timestamp() - clock.now().timestamp()) if until.tzinfo else 0


def _is_address_refused(exc: BaseException | None) -> bool:
    while exc is not None and not isinstance(exc, AddressRefused):
        exc = exc.__cause__
    return exc is not None


def _code_of(error: Any, status_code: int | None) -> ProviderErrorCode:
    names = names_of(error)
    table = BASE_RESP if isinstance(error, dict) and "base_resp" in error else NAMES
    named = next((table[name] for name in names if name in table), None)
    if named is not None and named is not ProviderErrorCode.RATE_LIMITED:
        return named
    if status_code is None:
        # Inside an answer, OpenRouter and vLLM send as the code the status that it would have had.
        status_code = next((int(name) for name in names if re.fullmatch("[45][0-9]{2}", name)), None)
    message = f"{' '.join(names)} {message_of(error)}"
    worded = next((wording.code for wording in WORDINGS if wording.pattern.search(message)), None)
    if named or status_code == 429:
        return worded if worded in _MEANINGS_OF_429 else ProviderErrorCode.RATE_LIMITED
    return worded if worded and status_code in _OPEN_STATUSES else _code_of_status(status_code)


def _code_of_status(status_code: int | None) -> ProviderErrorCode:
    if status_code is None or status_code >= 500:
        return _STATUSES.get(status_code or 500, ProviderErrorCode.UNAVAILABLE)
    if status_code < 400:
        return ProviderErrorCode.BAD_RESPONSE
    return _STATUSES.get(status_code, ProviderErrorCode.BAD_REQUEST)


def _safe(message: str, secrets: Iterable[str], shown: Iterable[str]) -> str:
    """Return the message on one line, without keys, of a length to be shown and of characters that can be stored."""
    message = Redactor(secrets, shown)(message)
    message = " ".join(message.replace("\0", "").encode(errors="replace").decode().split())
    return message if len(message) <= _MAX_MESSAGE_LENGTH else message[: _MAX_MESSAGE_LENGTH - 1] + "…"
