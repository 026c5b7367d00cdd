"""Tables of keys, and of the groups that share them."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Key(Model):
    """A credential for one OpenAI-compatible endpoint and model; `secret_sealed` is AES-256-GCM, bound to the id.

    A key with a group is shared with the group's members. `user` is the user who created it.
    """

    user_id: str
    group_id: str | None
    id = fields.CharField(max_length=32, primary_key=True)
    user = fields.ForeignKeyField("models.User", related_name=False, on_delete=fields.CASCADE)
    group = fields.ForeignKeyField("models.Group", related_name=False, on_delete=fields.CASCADE, null=True)
    name = fields.CharField(max_length=100)  # unique among the owner's keys
    secret_sealed = fields.TextField()  # AES-256-GCM, bound to this row
    secret_hint = fields.CharField(max_length=4)  # the last four characters of the secret
    model = fields.CharField(max_length=200)  # the model that the key is for
    base_url = fields.CharField(max_length=2048)  # the provider's address
    parameters: fields.Field[dict[str, Any]] = fields.JSONField()  # default parameters of its calls
    context_tokens = fields.IntField(null=True)  # the model's context; null: as long as the settings allow a prompt
    silence_seconds = fields.IntField(null=True)  # how long its provider may send nothing; null: as the settings say
    # whether the system prompt is sent as the beginning of the user's first message
    folds_system_prompt = fields.BooleanField(db_default=False, default=False)
    headers_sealed = fields.TextField(null=True)  # its own HTTP headers, a JSON object, AES-256-GCM, bound to this row
    header_names: fields.Field[list[str] | None] = fields.JSONField(null=True)  # their names; null: it has none
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField(null=True)  # null: it was never used

    class Meta:
        table = "keys"
        unique_together = (("user_id", "name"),)
        indexes = (("group_id",),)


class StoredServerKey(Model):
    """What admins have set of the server's own key, in one row with the id `server`. The settings apply to the rest.

    `secret_sealed` is AES-256-GCM, bound to the id. Secret and address are null together: one belongs to the other.
    Without them there are no headers either.
    """

    id = fields.CharField(max_length=32, primary_key=True)
    secret_sealed = fields.TextField(null=True)  # AES-256-GCM, bound to this row; null: the settings'
    secret_hint = fields.CharField(max_length=4, null=True)  # the last four characters of the secret
    base_url = fields.CharField(max_length=2048, null=True)  # the provider's address; null: the settings'
    model = fields.CharField(max_length=200, null=True)  # the model that the key is for; null: the settings'
    parameters: fields.Field[dict[str, Any] | None] = fields.JSONField(null=True)  # default parameters of its calls
    headers_sealed = fields.TextField(null=True)  # its own HTTP headers, a JSON object, AES-256-GCM, bound to this row
    # their names; null: the settings' headers, if the address is the settings' too
    header_names: fields.Field[list[str] | None] = fields.JSONField(null=True)
    updated_at = fields.DatetimeField()

    class Meta:
        table = "server_key"


class Group(Model):
    """Users who share keys. Users join with an activation code."""

    id = fields.CharField(max_length=32, primary_key=True)
    name = fields.CharField(max_length=100, unique=True)  # unique
    activation_code = fields.CharField(max_length=64, null=True)  # null: nobody can join
    activation_code_folded = fields.CharField(max_length=64, null=True, unique=True)  # the same, normalized
    monthly_token_quota = fields.BigIntField(null=True)  # null: no limit
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "groups"


class GroupMember(Model):
    """The membership of a user in a group."""

    group_id: str
    user_id: str
    id = fields.CharField(max_length=32, primary_key=True)
    group = fields.ForeignKeyField("models.Group", related_name=False, on_delete=fields.CASCADE)
    user = fields.ForeignKeyField("models.User", related_name=False, on_delete=fields.CASCADE)
    created_at = fields.DatetimeField()

    class Meta:
        table = "group_members"
        unique_together = (("group_id", "user_id"),)
        indexes = (("user_id",),)
