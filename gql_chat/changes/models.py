"""The table of changes."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from gql_chat.infra.db.checked_enum import checked_enum
from gql_chat.infra.db.partial_index import RowNumber


class ChangeKind(StrEnum):
    """The kind of a change to something that a user owns or may use."""

    SESSION_CHANGED = "SESSION_CHANGED"
    SESSIONS_DELETED = "SESSIONS_DELETED"
    MESSAGE_ADDED = "MESSAGE_ADDED"
    MESSAGES_DELETED = "MESSAGES_DELETED"
    REPLY_SETTLED = "REPLY_SETTLED"
    KEYS_CHANGED = "KEYS_CHANGED"
    FILE_CHANGED = "FILE_CHANGED"
    FILES_DELETED = "FILES_DELETED"


class Change(Model):
    """A change to what a user owns, with those that follow it in the same transaction.

    A user's changes are numbered from 1 without a gap. The row has the number of its last one.
    """

    user_id: str
    id = RowNumber(primary_key=True)
    user = fields.ForeignKeyField("models.User", related_name=False, on_delete=fields.CASCADE)
    number = fields.BigIntField()  # the position of the row's last change in the user's log
    kind = checked_enum(ChangeKind, description="such as SESSION_CHANGED")
    ids: fields.Field[list[str]] = fields.JSONField()  # the ids of the objects that changed
    # the kinds and ids of the changes that follow it; null: none
    more: fields.Field[list[tuple[str, list[str]]] | None] = fields.JSONField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "changes"
        unique_together = (("user_id", "number"),)
