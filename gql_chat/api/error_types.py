"""Errors in the schema: providers' failures, and the shape of `extensions` for clients that generate their types."""

from typing import Self

import strawberry
from strawberry import field

from gql_chat.api.engine.errors import ErrorCode
from gql_chat.api.engine.fields.scalars import BigInt
from gql_chat.chats.models import Message
from gql_chat.errors import ConflictReason, ProviderErrorCode, ProviderFailed, QuotaKind
from gql_chat.usage.models import Call


@strawberry.type(description="A failure of a model's provider.")
class ProviderError:
    code: ProviderErrorCode = field(description="The kind of failure.")
    message: str = field(description="A sentence for the user. It never holds a secret.")
    retry_after_seconds: int | None = field(
        description="How many seconds the provider asked to wait before the next request, a day at most. Null if it "
        "did not."
    )

    @classmethod
    def of(cls, row: Message | Call) -> Self | None:
        """Build the failure that a row holds. Return None if it holds none."""
        if not row.error_code:
            return None
        code, message = ProviderErrorCode(row.error_code), row.error_message or ""
        return cls(code=code, message=message, retry_after_seconds=row.error_retry_after_seconds)

    @classmethod
    def of_failure(cls, failure: ProviderFailed) -> Self:
        """Build the failure of a call that has just been made."""
        retry_after_seconds = failure.retry_after_seconds
        return cls(code=failure.provider_code, message=failure.message, retry_after_seconds=retry_after_seconds)


@strawberry.type(
    description="The `extensions` of each entry of a response's `errors`. No field returns it. A value that does not "
    "apply is absent, not null. More may be added."
)
class ErrorExtensions:
    code: ErrorCode = field(description="The kind of error, for programs. The messages are for people and may change.")
    field_: str | None = field(
        name="field", description="The path of the input at fault, such as `input.parentId`. For several codes."
    )
    reason: ConflictReason | None = field(description="The event that came first. For CONFLICT.")
    head_id: strawberry.ID | None = field(
        description="The id of the message that now ends the branch, if that is why. For CONFLICT."
    )
    quota: QuotaKind | None = field(description="The quota that is used up. For QUOTA_EXCEEDED.")
    limit: BigInt | None = field(description="How much the quota allows in all. For QUOTA_EXCEEDED.")
    remaining: BigInt | None = field(
        description="How much is left, which is less than this would take. For QUOTA_EXCEEDED."
    )
    retry_after_seconds: int | None = field(
        description="The seconds after which to try again, if that helps. For RATE_LIMITED, QUOTA_EXCEEDED and "
        "UNAVAILABLE."
    )
    model: str | None = field(description="The model that no key reaches. For KEY_REQUIRED.")
    key_id: strawberry.ID | None = field(
        description="The id of the key whose secret must be set again. For KEY_REQUIRED."
    )
    provider_code: ProviderErrorCode | None = field(description="Why the provider failed. For PROVIDER.")
    request_id: str | None = field(description="The request's id in the server's logs. For INTERNAL.")
