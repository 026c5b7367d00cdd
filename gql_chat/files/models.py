"""Tables of files: uploads of users, and the objects in the store that are still to be deleted."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from gql_chat.infra.db.checked_enum import checked_enum


class FileStatus(StrEnum):
    """The state of an upload; all but PENDING are final."""

    PENDING = "PENDING"
    READY = "READY"
    FAILED = "FAILED"


class File(Model):
    """A file of a session. Its bytes are the object `object_key` in the store, there once it is READY.

    `size_bytes` is the announced size while the file is PENDING, and counts towards the user's quota from then on. A
    FAILED file has no object and counts nothing. `expires_at` is the end of a PENDING file. `text` may be long, so only
    the functions that say so load it.
    """

    user_id: str
    session_id: str
    id = fields.CharField(max_length=32, primary_key=True)
    user = fields.ForeignKeyField("models.User", related_name=False, on_delete=fields.CASCADE)
    session = fields.ForeignKeyField("models.ChatSession", related_name=False, on_delete=fields.CASCADE)
    name = fields.CharField(max_length=255)  # the file's name, as the user sees it
    extension = fields.CharField(max_length=16)  # lower case, without the dot
    media_type = fields.CharField(max_length=127)  # by content, not by name
    size_bytes = fields.BigIntField()  # announced while PENDING, then measured
    sha256 = fields.CharField(max_length=64, null=True)  # SHA-256 of the bytes, in hexadecimal
    status = checked_enum(FileStatus, description="PENDING, READY or FAILED")
    failure = fields.TextField(null=True)  # why it is FAILED, for its owner
    object_key = fields.CharField(max_length=200)  # the object's key in the store
    is_processed = fields.BooleanField()  # whether a prompt has contained it
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True, db_index=True)  # the end of a PENDING file
    text = fields.TextField(null=True)  # the extracted text; null for images and videos

    class Meta:
        table = "files"
        indexes = (("session_id", "id"), ("user_id", "status"))


class PendingDeletion(Model):
    """An object that no file needs any more: deleted at `next_try_at`, and tried again until that succeeds.

    A trigger adds one for each file that is deleted, by whichever cascade; see docs/decisions/0012-removal.md. It names
    no user and no session, because they may be gone by then.
    """

    id = fields.BigIntField(primary_key=True)
    object_key = fields.CharField(max_length=200, unique=True)  # the object's key in the store
    attempts = fields.IntField()  # failed attempts so far
    next_try_at = fields.DatetimeField(db_index=True)  # when to try next

    class Meta:
        table = "pending_deletions"
