"""Tables of sessions, their trees of messages, the workers that write them, texts to search, idempotency keys."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import orjson
from tortoise import fields
from tortoise.models import Model

from gql_chat.infra.db.checked_enum import checked_enum
from gql_chat.infra.db.letter_pairs import UncommonLettersIndex
from gql_chat.infra.db.packed_text import PackedTextField
from gql_chat.infra.db.partial_index import PostgresIndex, RowNumber, SparseIndex
from gql_chat.infra.db.substring_index import SubstringIndex
from gql_chat.usage.models import UsageSource

OWNER_MARK_LENGTH = 3  # characters with which each text to search begins: one entry of the index


class SessionStatus(StrEnum):
    """Whether a session takes messages."""

    ACTIVE = "ACTIVE"
    ENDED = "ENDED"


class MessageRole(StrEnum):
    """The author of a message."""

    USER = "USER"
    ASSISTANT = "ASSISTANT"
    SYSTEM = "SYSTEM"


class MessageStatus(StrEnum):
    """The state of a message; all but STREAMING are final."""

    STREAMING = "STREAMING"
    COMPLETED = "COMPLETED"
    STOPPED = "STOPPED"
    FAILED = "FAILED"
    INTERRUPTED = "INTERRUPTED"


class ContentType(StrEnum):
    """The kind of a part of a message."""

    TEXT = "TEXT"
    IMAGE_URL = "IMAGE_URL"
    VIDEO_URL = "VIDEO_URL"
    FILE = "FILE"
    SOURCE = "SOURCE"


class FinishReason(StrEnum):
    """The reason why the model ended a reply."""

    STOP = "STOP"
    LENGTH = "LENGTH"
    CONTENT_FILTER = "CONTENT_FILTER"
    TOOL_CALLS = "TOOL_CALLS"


@dataclass(frozen=True, slots=True)
class FileAttachment:
    """A file of the session; `type` is how a model is given it."""

    type: ContentType
    file_id: str


@dataclass(frozen=True, slots=True)
class UrlAttachment:
    """An image or a video elsewhere, which the provider fetches."""

    type: ContentType
    url: str


@dataclass(frozen=True, slots=True)
class SourceAttachment:
    """A web page that a reply names as a source; `type` is SOURCE."""

    type: ContentType
    url: str
    title: str | None


Attachment: TypeAlias = FileAttachment | UrlAttachment | SourceAttachment


def _decode_attachments(text: str | bytes) -> list[Attachment]:
    return [_decode_attachment(ContentType(part["type"]), part) for part in orjson.loads(text)]


def _decode_attachment(kind: ContentType, part: dict[str, str]) -> Attachment:
    if kind is ContentType.SOURCE:
        return SourceAttachment(kind, part["url"], part["title"])
    return FileAttachment(kind, part["file_id"]) if "file_id" in part else UrlAttachment(kind, part["url"])


class ChatSession(Model):
    """A conversation. `head_id` is the last message of the selected branch; it changes only under a lock on the row."""

    user_id: str
    key_id: str | None
    id = fields.CharField(max_length=32, primary_key=True)
    user = fields.ForeignKeyField("models.User", related_name=False, on_delete=fields.CASCADE)
    title = fields.CharField(max_length=200)  # empty until the first message
    persona = fields.CharField(max_length=100, null=True)  # null: the user's default
    system_prompt = fields.TextField(null=True)  # in place of the persona's text
    history_messages = fields.IntField(null=True)  # messages in a prompt; null: as many as the settings say
    key = fields.ForeignKeyField("models.Key", related_name=False, on_delete=fields.SET_NULL, null=True)
    model = fields.CharField(max_length=200, null=True)  # null: the key's
    status = checked_enum(SessionStatus, description="ACTIVE or ENDED")
    pinned = fields.BooleanField()  # whether the user pinned it
    head_id = fields.CharField(max_length=32, null=True)  # the last message of the selected branch
    message_count = fields.IntField()  # messages on all branches
    last_message_at = fields.DatetimeField(null=True)  # null: it has no messages
    active_at = fields.DatetimeField()  # when a reply was last started, else the creation: the order of lists
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "sessions"
        indexes = (("user_id", "active_at", "id"), SparseIndex(fields=("key_id",), name="session_key_index"))


class Message(Model):
    """A node of a session's tree of messages.

    `order` is the depth from 1. A chain is a run of messages, each the child of the one before. It is named after its
    first message, and no message ever changes its chain: a fork begins another one. So a branch is a few ranges of
    orders, each of one chain: docs/decisions/0061-chains.md.

    While a reply is STREAMING, its writer `worker_id` must renew its lease in `workers`, and stops once
    `stop_requested_at` is set; `text` and `reasoning` are as they were when it began, and `reply_pieces` has what
    has grown since.
    """

    session_id: str
    key_id: str | None
    id = fields.CharField(max_length=32, primary_key=True)
    session = fields.ForeignKeyField("models.ChatSession", related_name=False, on_delete=fields.CASCADE)
    parent_id = fields.CharField(max_length=32, null=True)  # a plain id: messages are found by their chains
    order = fields.IntField()  # the depth in the tree, from 1
    chain_id = fields.CharField(max_length=32, db_default="")  # the first message of its chain
    # of a chain's first message: the chain above it, or the session; null for the others
    forked_from = fields.CharField(max_length=32, null=True)
    role = checked_enum(MessageRole, description="USER, ASSISTANT or SYSTEM")
    text = fields.TextField()  # of a STREAMING reply, without what `reply_pieces` has
    # the parts that are not text
    attachments: fields.Field[list[Attachment]] = fields.JSONField(decoder=_decode_attachments)
    reasoning = fields.TextField(null=True)  # of a STREAMING reply, without what `reply_pieces` has
    status = checked_enum(MessageStatus, description="STREAMING, COMPLETED, STOPPED, FAILED or INTERRUPTED")
    finish_reason = checked_enum(FinishReason, description="why the model ended", null=True)
    error_code = fields.CharField(max_length=32, null=True)  # of a FAILED reply
    error_message = fields.TextField(null=True)  # of a FAILED reply, safe to show
    error_retry_after_seconds = fields.IntField(null=True)  # of a FAILED reply: how long the provider asked to wait
    key = fields.ForeignKeyField("models.Key", related_name=False, on_delete=fields.SET_NULL, null=True)
    model = fields.CharField(max_length=200, null=True)  # the model that wrote the reply
    prompt_tokens = fields.IntField(null=True)  # summed over all calls of the reply
    completion_tokens = fields.IntField(null=True)  # summed over all calls of the reply
    total_tokens = fields.IntField(null=True)  # the sum of both
    cached_tokens = fields.IntField(null=True)  # of the prompt; null: nobody counted them
    reasoning_tokens = fields.IntField(null=True)  # of the completion; null: nobody counted them
    usage_source = checked_enum(UsageSource, description="PROVIDER or ESTIMATED", null=True)
    # of a settled reply: whether messages before it were too many or too long for its prompt
    history_truncated = fields.BooleanField(db_default=False, default=False)
    worker_id = fields.CharField(max_length=64, null=True)  # the worker that writes a STREAMING reply
    # until when a worker of an older version alone may write it; null: until its lease in `workers` ends
    lease_until = fields.DatetimeField(null=True)
    stop_requested_at = fields.DatetimeField(null=True)  # when a user asked to stop it
    created_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)  # when it settled

    class Meta:
        table = "messages"
        indexes = (
            ("session_id", "chain_id", "order"),
            SparseIndex(fields=("forked_from", "order"), name="fork_index"),
            SparseIndex(fields=("key_id",), name="message_key_index"),
        )

    @property
    def above_id(self) -> str:
        """The chain of its parent, the session for a root: its siblings go on with that chain or fork from it."""
        return self.forked_from or self.chain_id


class ReplyPiece(Model):
    """What a STREAMING reply has grown by between two heartbeats. Settled replies need theirs no more."""

    message_id: str
    id = fields.BigIntField(primary_key=True)
    message = fields.ForeignKeyField("models.Message", related_name=False, on_delete=fields.CASCADE)
    text_at = fields.IntField()  # where `text` begins in the message's, in UTF-16 code units
    reasoning_at = fields.IntField()  # where `reasoning` begins in the message's, in UTF-16 code units
    text = PackedTextField()  # what the text has grown by
    reasoning = PackedTextField()  # what the reasoning has grown by

    class Meta:
        table = "reply_pieces"
        unique_together = (("message_id", "text_at", "reasoning_at"),)


class Worker(Model):
    """A process that writes replies, as long as it renews its lease. Both times are by the database's clock."""

    id = fields.CharField(max_length=64, primary_key=True)  # its host, process id and eight random digits
    renewed_at = fields.DatetimeField()  # when it last renewed its lease
    lease_until = fields.DatetimeField()  # until when it alone may write its replies

    class Meta:
        table = "workers"


class SearchText(Model):
    """The searched form of a settled message: `folded` is its owner's mark and its normalized text.

    It is a table of its own, because a reply's row is written repeatedly until it has settled, and because rows of
    SQLite keep their numbers only with an integer key.
    """

    message_id: str
    id = RowNumber(primary_key=True)
    user_id = fields.CharField(max_length=32)  # a plain id: the text is deleted with its message
    message = fields.ForeignKeyField("models.Message", related_name=False, on_delete=fields.CASCADE)
    folded = fields.TextField()  # the message's text, normalized; on PostgreSQL as one word

    class Meta:
        table = "search_texts"
        unique_together = (("message_id",),)
        # SQLite finds a user's texts by the owner's mark alone.
        indexes = (
            PostgresIndex(fields=("user_id", "id")),
            SubstringIndex(column="folded", name="search_index"),
            UncommonLettersIndex(
                fields=("user_id", "id"), column="folded", skipped=OWNER_MARK_LENGTH, name="search_uncommon_letters"
            ),
        )


class SendClaim(Model):
    """An idempotency key of a request: a repeat gets the first answer, another payload a conflict."""

    user_id: str
    user_message_id: str
    reply_id: str
    id = fields.CharField(max_length=32, primary_key=True)
    user = fields.ForeignKeyField("models.User", related_name=False, on_delete=fields.CASCADE)
    idempotency_key = fields.CharField(max_length=200)  # unique for the user
    payload_hash = fields.CharField(max_length=64)  # SHA-256 of the request under this key
    user_message = fields.ForeignKeyField("models.Message", related_name=False, on_delete=fields.CASCADE)
    reply = fields.ForeignKeyField("models.Message", related_name=False, on_delete=fields.CASCADE)
    created_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "send_claims"
        unique_together = (("user_id", "idempotency_key"),)
        indexes = (("user_message_id",), ("reply_id",))
