"""Every failure that we expect, as one tree; each class is a fact with a stable code and a message safe to show.

GqlChatError
├── BadUserInput            BAD_USER_INPUT       `field` names the input at fault
├── Unauthenticated         UNAUTHENTICATED
│   └── TokenExpired        TOKEN_EXPIRED
├── Forbidden               FORBIDDEN
├── NotFound                NOT_FOUND            also what belongs to somebody else
├── Conflict                CONFLICT             `head_id`: the current end of the branch, where that is what changed
├── RateLimited             RATE_LIMITED         `retry_after_seconds`
├── QuotaExceeded           QUOTA_EXCEEDED       `retry_after_seconds`
├── PayloadTooLarge         PAYLOAD_TOO_LARGE
├── UnsupportedFile         UNSUPPORTED_FILE
├── CodeInvalid             CODE_INVALID
├── KeyRequired             KEY_REQUIRED
├── ProviderFailed          PROVIDER             `provider_code`
└── Unavailable             UNAVAILABLE

Domains raise these; `api/engine/errors.py` alone translates them for clients.
"""

from enum import StrEnum


class ProviderErrorCode(StrEnum):
    """Why a call to a model's provider failed."""

    UNREACHABLE = "UNREACHABLE"
    TIMEOUT = "TIMEOUT"
    AUTHENTICATION = "AUTHENTICATION"
    RATE_LIMITED = "RATE_LIMITED"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    MODEL_NOT_FOUND = "MODEL_NOT_FOUND"
    CONTEXT_TOO_LONG = "CONTEXT_TOO_LONG"
    CONTENT_FILTERED = "CONTENT_FILTERED"
    BAD_REQUEST = "BAD_REQUEST"
    BAD_RESPONSE = "BAD_RESPONSE"
    UNAVAILABLE = "UNAVAILABLE"


class GqlChatError(Exception):
    """An expected failure. `field` names the input at fault as the domain knows it: `base_url`, `parameters.top_p`."""

    code = "INTERNAL"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class BadUserInput(GqlChatError):
    """The input breaks a rule; the message says which."""

    code = "BAD_USER_INPUT"


class Unauthenticated(GqlChatError):
    """No sign-in, or one that is not valid."""

    code = "UNAUTHENTICATED"

    def __init__(self, message: str = "Sign in first.") -> None:
        super().__init__(message)


class TokenExpired(Unauthenticated):
    """The access token was good once; refresh it."""

    code = "TOKEN_EXPIRED"

    def __init__(self, message: str = "The token has expired; refresh it.") -> None:
        super().__init__(message)


class Forbidden(GqlChatError):
    """Signed in, but not allowed to do this."""

    code = "FORBIDDEN"


class NotFound(GqlChatError):
    """There is no such thing, or it belongs to somebody else: the two look the same on purpose."""

    code = "NOT_FOUND"


class Conflict(GqlChatError):
    """Something else got there first. `head_id` is the id of the message that now ends the branch."""

    code = "CONFLICT"

    def __init__(self, message: str, *, field: str | None = None, head_id: str | None = None) -> None:
        super().__init__(message, field=field)
        self.head_id = head_id


class RateLimited(GqlChatError):
    """Too many requests; `retry_after_seconds` says when the next one may pass, None that waiting does not help."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class QuotaExceeded(RateLimited):
    """A quota is used up; `retry_after_seconds` says when it renews."""

    code = "QUOTA_EXCEEDED"


class PayloadTooLarge(GqlChatError):
    """More bytes than are taken; the message says how many those are."""

    code = "PAYLOAD_TOO_LARGE"


class UnsupportedFile(GqlChatError):
    """A file is of a kind that is not taken, or not of the kind that its name says; the message says which."""

    code = "UNSUPPORTED_FILE"


class CodeInvalid(GqlChatError):
    """A verification code is wrong, used up or expired."""

    code = "CODE_INVALID"


class KeyRequired(GqlChatError):
    """No key can be used for this message."""

    code = "KEY_REQUIRED"

    def __init__(self, message: str = "There is no key to reach a model with: create one with createKey.") -> None:
        super().__init__(message)


class ProviderFailed(GqlChatError):
    """The model's provider refused (`status_code`, if by HTTP) or could not be reached. The message holds no secret."""

    code = "PROVIDER"

    def __init__(self, provider_code: ProviderErrorCode, message: str, *, status_code: int | None = None) -> None:
        super().__init__(message)
        self.provider_code = provider_code
        self.status_code = status_code


class Unavailable(GqlChatError):
    """The server cannot do this now; trying again later is right."""

    code = "UNAVAILABLE"
