"""Every expected failure, as one tree: each class is a fact with a stable code and a message that is safe to show.

Domains raise these. `api/engine/errors.py` alone translates them for clients.
"""

from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class ProviderErrorCode(StrEnum):
    """The reason why a call to a model's provider failed."""

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


class ConflictReason(StrEnum):
    """The event that came first in a conflict."""

    CHANGED = "CHANGED"
    BRANCH_GREW = "BRANCH_GREW"
    REPLY_STREAMING = "REPLY_STREAMING"
    SESSION_ENDED = "SESSION_ENDED"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    UPLOAD_RUNNING = "UPLOAD_RUNNING"
    UPLOAD_COMPLETED = "UPLOAD_COMPLETED"
    UPLOAD_EXPIRED = "UPLOAD_EXPIRED"
    UPLOAD_MISSING = "UPLOAD_MISSING"
    LAST_ADMIN = "LAST_ADMIN"


class QuotaKind(StrEnum):
    """The kind of thing that a quota limits."""

    TOKENS_PER_MONTH = "TOKENS_PER_MONTH"
    GROUP_TOKENS_PER_MONTH = "GROUP_TOKENS_PER_MONTH"
    REPLIES_AT_ONCE = "REPLIES_AT_ONCE"
    KEYS = "KEYS"
    ACCESS_TOKENS = "ACCESS_TOKENS"
    FILE_BYTES = "FILE_BYTES"


class GqlChatError(Exception):
    """An expected failure. `field` names the input at fault as the domain knows it: `base_url`, `parameters.top_p`.

    `retry_after_seconds` says when to retry what may be retried; None if that is not known, or does not help.
    """

    code = "INTERNAL"

    def __init__(self, message: str, *, field: str | None = None, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.retry_after_seconds = retry_after_seconds


class BadUserInput(GqlChatError):
    """The input breaks a rule. The message says which, and `field` names the input."""

    code = "BAD_USER_INPUT"


class Unauthenticated(GqlChatError):
    """The request has no credential, or one that is not valid."""

    code = "UNAUTHENTICATED"

    def __init__(self, message: str = "Sign in first.") -> None:
        super().__init__(message)


class TokenExpired(Unauthenticated):
    """The access token has expired. Refresh it."""

    code = "TOKEN_EXPIRED"

    def __init__(self, message: str = "The token has expired; refresh it.") -> None:
        super().__init__(message)


class SignInEnded(Unauthenticated):
    """The credential was revoked, or its user was disabled or deleted."""

    def __init__(self) -> None:
        super().__init__("This sign-in has ended; sign in again.")


class AccountDisabled(Unauthenticated):
    """The user has been disabled."""

    def __init__(self) -> None:
        super().__init__("This account is disabled; an admin can enable it.")


class Forbidden(GqlChatError):
    """The viewer is signed in, but not allowed to do this."""

    code = "FORBIDDEN"


class NotFound(GqlChatError):
    """The object does not exist, or belongs to another user: the two look the same on purpose."""

    code = "NOT_FOUND"


def found(thing: T | None, what: str) -> T:
    """Return what was looked for. Raises NotFound, worded like `There is no such session`, if it is None."""
    if thing is None:
        raise NotFound(f"There is no such {what}.")
    return thing


class Conflict(GqlChatError):
    """Another change came first. `head_id` is the id of the message that now ends the branch, if that changed."""

    code = "CONFLICT"

    def __init__(
        self,
        message: str,
        *,
        reason: ConflictReason = ConflictReason.CHANGED,
        field: str | None = None,
        head_id: str | None = None,
    ) -> None:
        super().__init__(message, field=field)
        self.reason = reason
        self.head_id = head_id


class RateLimited(GqlChatError):
    """Too many requests. If there is no `retry_after_seconds`, waiting does not help."""

    code = "RATE_LIMITED"


class QuotaExceeded(RateLimited):
    """A quota is used up: of `limit`, only `remaining` is left. `retry_after_seconds` says when it renews."""

    code = "QUOTA_EXCEEDED"

    def __init__(
        self,
        message: str,
        *,
        quota: QuotaKind,
        limit: int,
        remaining: int = 0,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message, retry_after_seconds=retry_after_seconds)
        self.quota = quota
        self.limit = limit
        self.remaining = remaining


class PayloadTooLarge(GqlChatError):
    """The request or file has too many bytes. The message says how many are allowed."""

    code = "PAYLOAD_TOO_LARGE"


class UnsupportedFile(GqlChatError):
    """The type of a file is not accepted, or does not match its name. The message says which."""

    code = "UNSUPPORTED_FILE"


class CodeInvalid(GqlChatError):
    """A verification or activation code is wrong, used or expired."""

    code = "CODE_INVALID"


class KeyRequired(GqlChatError):
    """No usable key for this message: none for `model`, or the secret of the key `key_id` cannot be read."""

    code = "KEY_REQUIRED"

    def __init__(
        self,
        message: str = "You have no key to reach a model. Create one with createKey.",
        *,
        model: str | None = None,
        key_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.model = model
        self.key_id = key_id


class ProviderFailed(GqlChatError):
    """The model's provider refused (`status_code`, if by HTTP) or could not be reached. The message holds no secret.

    `retry_after_seconds` is the time that the provider asked to wait, if it did.
    """

    code = "PROVIDER"

    def __init__(
        self,
        provider_code: ProviderErrorCode,
        message: str,
        *,
        status_code: int | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message, retry_after_seconds=retry_after_seconds)
        self.provider_code = provider_code
        self.status_code = status_code


class Unavailable(GqlChatError):
    """The server cannot do this now. Retry later, after `retry_after_seconds` if that is known."""

    code = "UNAVAILABLE"


class ShuttingDown(Unavailable):
    """This server is about to end. Another one, or the next, takes the request."""

    def __init__(self) -> None:
        super().__init__("This server is shutting down; send it again.", retry_after_seconds=1)
