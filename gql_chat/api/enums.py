"""The domains' enums as GraphQL publishes them, each value with its description."""

from enum import Enum
from typing import TypeVar

import strawberry

from gql_chat.api.engine.errors import ErrorCode
from gql_chat.chats.models import ContentType, FinishReason, MessageRole, MessageStatus, SessionStatus
from gql_chat.errors import ConflictReason, ProviderErrorCode, QuotaKind
from gql_chat.files.models import FileStatus
from gql_chat.generation.delivery.growing import DeltaKind
from gql_chat.keys.server_key import ServerKeySource
from gql_chat.usage.aggregates import UsageDimension
from gql_chat.usage.models import CallPurpose, CallStatus, UsageSource
from gql_chat.users.models import CodePurpose, Scope, UserRole, UserStatus

E = TypeVar("E", bound=type[Enum])


def _publish(enum: E, description: str, **values: str) -> E:
    published = strawberry.enum(enum, description=description)
    for value in published.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]
    return published


_publish(
    UserRole,
    "The role of a user.",
    USER="May use whatever the account owns.",
    ADMIN="May also manage users, groups, shared keys and the configuration.",
)
_publish(
    UserStatus,
    "The status of an account.",
    ACTIVE="The user may sign in.",
    DISABLED="The user may not sign in. The account's data is kept.",
)
_publish(
    CodePurpose,
    "The purpose of a verification code.",
    REGISTER="Register with an email address.",
    PASSWORD_RESET="Reset a forgotten password.",  # noqa: S106 - a purpose
    EMAIL_CHANGE="Change the email address of an account.",
)
_publish(
    Scope,
    "An area that a personal access token grants access to. A sign-in with a password has all scopes.",
    CHAT="Sessions, messages, replies and personas.",
    KEYS="Keys.",
    FILES="Files.",
    ACCOUNT="The account itself, its access tokens, groups and usage.",
    ADMIN="Everything that needs the role ADMIN, which the user must have too.",
    COMPLETIONS="Completions for OpenAI clients at `/v1`, and nothing else.",
)
_publish(
    SessionStatus,
    "The status of a session.",
    ACTIVE="The session accepts messages.",
    ENDED="The session accepts no messages until it is ACTIVE again.",
)
_publish(
    MessageRole, "The author of a message.", USER="The user.", ASSISTANT="The model.", SYSTEM="The server's operator."
)
_publish(
    MessageStatus,
    "The status of a message. All but STREAMING are final, and each keeps the text that had arrived.",
    STREAMING="The reply is being written. Follow it with the subscription `reply`.",
    COMPLETED="The message is complete.",
    STOPPED="The reply was stopped at a user's request.",
    FAILED="The provider failed. `error` has the details.",
    INTERRUPTED="The server ended while it was writing the reply.",
)
_publish(
    FinishReason,
    "Why the model ended a reply.",
    STOP="The reply is complete.",
    LENGTH="The reply reached its maximum length.",
    CONTENT_FILTER="The provider's content filter cut the reply off.",
    TOOL_CALLS="The model requested a tool call.",
)
_publish(
    ContentType,
    "The kind of a message's part.",
    TEXT="A text.",
    IMAGE_URL="An image, stored as a file or elsewhere.",
    VIDEO_URL="A video, stored as a file or elsewhere.",
    FILE="Any other stored file.",
    SOURCE="A web page that a reply names as one of its sources.",
)
_publish(
    FileStatus,
    "The status of a file's upload.",
    PENDING="The file is announced. Its content must be uploaded and completed.",
    READY="The file can be downloaded and attached to messages.",
    FAILED="The file cannot be used. `failure` says why.",
)
_publish(
    UsageSource,
    "The source of token counts.",
    PROVIDER="The provider reported the counts.",
    ESTIMATED="The server estimated the counts from the texts.",
)
_publish(
    CallPurpose,
    "The purpose of a call to a model.",
    REPLY="To write or continue a reply.",
    TITLE="To generate a session's title.",
    TEST="To test a key.",
    COMPLETION="To pass on a request of an OpenAI client. Its texts are not kept.",
)
_publish(
    ServerKeySource,
    "Where the server's own key comes from.",
    SETTINGS="The settings, or the built-in demo model.",
    STORED="An admin has stored it, or a part of it.",
)
_publish(
    UsageDimension,
    "A dimension to group usage by.",
    DAY="The day on which the call began.",
    MODEL="The model that was requested.",
    KEY="The key that was used.",
    USER="The user who caused the call.",
)
_publish(
    CallStatus,
    "How a call to a model ended.",
    SUCCESS="The response was complete, or a user stopped it.",
    ERROR="The provider failed, as `error` describes; without an `error`, this server interrupted the call.",
)
_publish(
    DeltaKind,
    "Which of a reply's two texts a delta belongs to.",
    TEXT="The answer.",
    REASONING="The reasoning before the answer.",
)
_publish(
    ProviderErrorCode,
    "Why a call to a provider failed.",
    UNREACHABLE="No connection was possible. The base URL may be wrong or not allowed, or the provider may be down.",
    TIMEOUT="The provider took too long to respond.",
    AUTHENTICATION="The secret is wrong or lacks a permission.",
    RATE_LIMITED="The provider received too many requests. Try again later.",
    QUOTA_EXCEEDED="The quota or balance at the provider is used up.",
    MODEL_NOT_FOUND="The provider does not have this model.",
    CONTEXT_TOO_LONG="The conversation is longer than the model's context.",
    CONTENT_FILTERED="The provider's content filter refused the request.",
    BAD_REQUEST="The provider refused the request for another reason.",
    BAD_RESPONSE="The provider's response was malformed or incomplete.",
    UNAVAILABLE="The provider is temporarily unavailable.",
)
_publish(
    ErrorCode,
    "The code of an error: `extensions.code` of each entry of a response's `errors`. More codes may be added.",
    **{code.name: code.description for code in ErrorCode},
)
_publish(
    ConflictReason,
    "The event that came first in a conflict: `extensions.reason` of an error with the code CONFLICT.",
    CHANGED="The object has changed. Load it again.",
    BRANCH_GREW="The branch has grown. `headId` is its last message.",
    REPLY_STREAMING="The last reply is being written. Wait for its end, or stop it.",
    SESSION_ENDED="The session has ended. Set its status to ACTIVE first.",
    IDEMPOTENCY_KEY_REUSED="The idempotency key was used for something else. Use a new one.",
    CURSOR_EXPIRED="The log of changes no longer reaches back to the cursor. Load everything again.",
    UPLOAD_RUNNING="The file is being uploaded already. Wait for that upload to end.",
    UPLOAD_COMPLETED="The file has been uploaded already. Announce a new one.",
    UPLOAD_EXPIRED="The time to upload the file is over. Announce it again.",
    UPLOAD_MISSING="The file has not been uploaded yet. Upload it, then complete it.",
    LAST_ADMIN="The user is the last active admin. Make another user an admin first.",
)
_publish(
    QuotaKind,
    "The resource that a quota bounds: `extensions.quota` of an error with the code QUOTA_EXCEEDED.",
    TOKENS_PER_MONTH="The user's tokens in a calendar month (UTC).",
    GROUP_TOKENS_PER_MONTH="The tokens of the group that shares the key, in a calendar month (UTC).",
    REPLIES_AT_ONCE="The user's replies, titles and tests of keys that are under way at once.",
    KEYS="The number of the user's keys.",
    ACCESS_TOKENS="The number of the user's personal access tokens.",
    FILE_BYTES="The bytes of the user's files.",
)
