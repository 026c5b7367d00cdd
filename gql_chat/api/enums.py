"""The domain's enums as GraphQL sees them, each value with its meaning."""

from enum import Enum
from typing import TypeVar

import strawberry

from gql_chat.chats.models import (
    ContentType,
    FinishReason,
    MessageRole,
    MessageStatus,
    SessionStatus,
)
from gql_chat.errors import ProviderErrorCode
from gql_chat.files.models import FileStatus
from gql_chat.generation.delivery.growing import DeltaKind
from gql_chat.usage.aggregates import UsageDimension
from gql_chat.usage.models import CallPurpose, CallStatus, UsageSource
from gql_chat.users.models import CodePurpose, Scope, UserRole, UserStatus

E = TypeVar("E", bound=type[Enum])


def _publish(enum: E, description: str, **values: str) -> E:
    published = strawberry.enum(enum, description=description)
    for value in published.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]
    return published


_publish(UserRole, "What an account may do.", USER="Its own things.", ADMIN="Also users, groups and configuration.")
_publish(UserStatus, "Whether an account may sign in.", ACTIVE="It may.", DISABLED="It may not; its data stays.")
_publish(
    CodePurpose,
    "What a verification code is good for.",
    REGISTER="To register with an e-mail address.",
    PASSWORD_RESET="To set a new password.",  # noqa: S106 - a purpose
    EMAIL_CHANGE="To change an account's address to another.",
)
_publish(
    Scope,
    "What a personal access token is good for.",
    CHAT="Sessions, messages and replies.",
    KEYS="Keys.",
    FILES="Files.",
    ACCOUNT="The account itself.",
    ADMIN="What an admin may do.",
)
_publish(SessionStatus, "Whether a session takes messages.", ACTIVE="It does.", ENDED="It does not.")
_publish(MessageRole, "Who speaks.", USER="The user.", ASSISTANT="The model.", SYSTEM="The operator.")
_publish(
    MessageStatus,
    "Where a message stands. All but STREAMING are final, and each keeps what had arrived.",
    STREAMING="It is being written; follow it with the subscription `reply`.",
    COMPLETED="It is whole.",
    STOPPED="Somebody stopped it.",
    FAILED="The provider failed; `error` says how.",
    INTERRUPTED="The server that wrote it ended.",
)
_publish(
    FinishReason,
    "Why the model ended a reply.",
    STOP="It was done.",
    LENGTH="It reached a limit on its length.",
    CONTENT_FILTER="The provider's filter cut it.",
    TOOL_CALLS="It wants to call a tool.",
)
_publish(
    ContentType,
    "What a part of a message is.",
    TEXT="Text.",
    IMAGE_URL="An image, by its address or as a file.",
    VIDEO_URL="A video, by its address or as a file.",
    FILE="Any other file.",
)
_publish(
    FileStatus,
    "Where a file's upload stands.",
    PENDING="It is announced; its bytes are to come, and to be completed.",
    READY="It is here, and can be attached.",
    FAILED="It cannot be used; `failure` says why.",
)
_publish(
    UsageSource,
    "Where token counts come from.",
    PROVIDER="The provider reported them.",
    ESTIMATED="They are estimated from the texts.",
)
_publish(
    CallPurpose,
    "What a call to a model was for.",
    REPLY="A reply, written anew or continued.",
    TITLE="A session's title.",
    TEST="To try a key.",
)
_publish(
    UsageDimension,
    "By what usage is told apart.",
    DAY="By the day on which calls began.",
    MODEL="By the model that was asked for.",
    KEY="By the key.",
    USER="By who asked.",
)
_publish(
    CallStatus,
    "How a call to a model ended.",
    SUCCESS="With all that was asked for, or until somebody stopped it.",
    ERROR="The provider failed, as `error` says; without `error`, this server broke off.",
)
_publish(DeltaKind, "Which of a reply's two texts grows.", TEXT="The answer.", REASONING="The reasoning before it.")
_publish(
    ProviderErrorCode,
    "Why a call to a model's provider failed.",
    UNREACHABLE="No connection: a wrong address, a dead server, or an address that is not allowed.",
    TIMEOUT="The provider took too long.",
    AUTHENTICATION="The secret is wrong or may not do this.",
    RATE_LIMITED="Too many requests for now.",
    QUOTA_EXCEEDED="The account at the provider is used up.",
    MODEL_NOT_FOUND="The provider has no such model.",
    CONTEXT_TOO_LONG="The chat is longer than the model can read.",
    CONTENT_FILTERED="The provider's filter refused the request.",
    BAD_REQUEST="The provider refused the request for another reason.",
    BAD_RESPONSE="What the provider sent cannot be understood, or breaks off.",
    UNAVAILABLE="The provider is down.",
)
