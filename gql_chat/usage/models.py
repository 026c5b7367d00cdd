"""Tables of the ledger: calls that have ended, calls under way, and sums of calls."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from gql_chat.infra.db.checked_enum import checked_enum
from gql_chat.infra.db.packed_text import PackedTextField
from gql_chat.infra.db.partial_index import PartialIndex, RowNumber, SparseIndex

ENDPOINT_MAX_LENGTH = 2048  # characters


class CallPurpose(StrEnum):
    """Purpose of a call to a model."""

    REPLY = "REPLY"
    TITLE = "TITLE"
    TEST = "TEST"
    COMPLETION = "COMPLETION"


class CallStatus(StrEnum):
    """How a call ended."""

    SUCCESS = "SUCCESS"
    ERROR = "ERROR"


class UsageSource(StrEnum):
    """Where token counts come from."""

    PROVIDER = "PROVIDER"
    ESTIMATED = "ESTIMATED"


class _AnyCall(Model):
    """The columns of a call that are known before it is made."""

    user_id: str
    id = fields.CharField(max_length=32, primary_key=True)
    user = fields.ForeignKeyField("models.User", related_name=False, on_delete=fields.CASCADE)
    purpose = checked_enum(CallPurpose, description="REPLY, TITLE, TEST or COMPLETION")
    model = fields.CharField(max_length=200)  # the model that was asked
    endpoint = fields.CharField(max_length=ENDPOINT_MAX_LENGTH)  # the URL that was asked, without credentials
    is_server_key = fields.BooleanField()  # whether the operator's key was used
    keeps_contents = fields.BooleanField()  # whether texts are kept
    request_messages = fields.TextField()  # what is new in the prompt as JSON, without the data of files
    earlier_call_id = fields.CharField(max_length=32, null=True)  # the call whose prompt has the rest, of the same day
    request_parameters = fields.TextField()  # the parameters as JSON, secrets masked
    client_ip = fields.CharField(max_length=45, null=True)  # where the request came from
    user_agent = fields.CharField(max_length=300, null=True)  # what the request came from
    request_id = fields.CharField(max_length=128, null=True)  # the id of the request in the log
    created_at = fields.DatetimeField()

    class Meta:
        abstract = True


class Call(_AnyCall):
    """A call to a model, written once, when it has ended; it outlives the session, message, key and group.

    `request_messages`, `request_parameters` and `response_data` are JSON; texts are empty unless `keeps_contents`.
    `endpoint` is the URL that was asked, the server's own if `is_server_key`. `created_at` is when the call began.
    Token counts are null together where nothing is known: never a zero that nobody counted.
    """

    session_id: str | None
    message_id: str | None
    key_id: str | None
    group_id: str | None
    session = fields.ForeignKeyField("models.ChatSession", related_name=False, on_delete=fields.SET_NULL, null=True)
    message = fields.ForeignKeyField("models.Message", related_name=False, on_delete=fields.SET_NULL, null=True)
    key = fields.ForeignKeyField("models.Key", related_name=False, on_delete=fields.SET_NULL, null=True)
    group = fields.ForeignKeyField("models.Group", related_name=False, on_delete=fields.SET_NULL, null=True)
    status = checked_enum(CallStatus, description="SUCCESS or ERROR")
    status_code = fields.IntField(null=True)  # the provider's HTTP status
    error_code = fields.CharField(max_length=32, null=True)  # null: a success, or an error of this server
    error_message = fields.TextField(null=True)  # safe to show
    error_retry_after_seconds = fields.IntField(null=True)  # how long the provider asked to wait
    response_text = PackedTextField(null=True)  # the answer
    response_data = fields.TextField(null=True)  # what came beside the text, as JSON: id, model, usage …
    prompt_tokens = fields.IntField(null=True)  # null: unknown
    completion_tokens = fields.IntField(null=True)  # null: unknown
    cached_tokens = fields.IntField(null=True)  # of the prompt; null: nobody counted them
    reasoning_tokens = fields.IntField(null=True)  # of the completion; null: nobody counted them
    usage_source = checked_enum(UsageSource, description="PROVIDER or ESTIMATED", null=True)
    duration_ms = fields.IntField()  # from the request to the end
    first_token_ms = fields.IntField(null=True)  # from the request to the first text

    class Meta:
        table = "calls"
        indexes = (
            ("user_id", "created_at", "model"),
            ("session_id", "created_at"),
            ("message_id",),
            SparseIndex(fields=("key_id", "created_at"), name="call_index_by_key"),
            SparseIndex(fields=("group_id", "created_at"), name="call_index_by_group"),
            PartialIndex(fields=("created_at", "id"), name="failed_call_index", condition="\"status\" = 'ERROR'"),
            ("created_at", "keeps_contents"),
        )


class OpenCall(_AnyCall):
    """A call under way, or one whose worker has died: all that its row in the ledger will need, and what it reserves.

    It names rows that may be gone when it ends. `text_before` and `reasoning_before` are the characters that the
    message had when it began, `prompt_tokens` is an estimate. After `dead_after` no worker can be busy with it,
    nor once the lease of `worker_id` has run out.
    """

    session_id = fields.CharField(max_length=32, null=True)  # a plain id: the session may be deleted
    message_id = fields.CharField(max_length=32, null=True)  # a plain id: the message may be deleted
    key_id = fields.CharField(max_length=32, null=True)  # a plain id: the key may be deleted
    group_id = fields.CharField(max_length=32, null=True)  # a plain id: the group may be deleted
    prompt_tokens = fields.IntField()  # an estimate
    reserved_tokens = fields.BigIntField()  # reserved from the quotas until the call ends
    text_before = fields.IntField()  # characters of text that the reply had before
    reasoning_before = fields.IntField()  # characters of reasoning that the reply had before
    dead_after = fields.DatetimeField()  # when no worker can be writing it any more
    worker_id = fields.CharField(max_length=64, null=True)  # the worker that makes it; null: unknown

    class Meta:
        table = "open_calls"
        indexes = (("user_id",), SparseIndex(fields=("group_id",), name="open_call_group_index"))


class CallLogStart(Model):
    """From when on the log is complete, in one row with the id `log`, or in none if no call was ever too old for it.

    No call that began at `complete_from` or later has been deleted because of its age: `usage_buckets` has as many.
    """

    id = fields.CharField(max_length=32, primary_key=True)
    complete_from = fields.DatetimeField()  # the start of a bucket; it never moves back

    class Meta:
        table = "call_log_start"


class UsageBucket(Model):
    """The sums of a user's calls with one key and model that began in the same 15 minutes.

    The days of every time zone begin at such a bucket's start, `bucket_at`. `key_id` is empty for calls without a key,
    and stays when the key is deleted.
    """

    user_id: str
    id = fields.BigIntField(primary_key=True)
    user = fields.ForeignKeyField("models.User", related_name=False, on_delete=fields.CASCADE)
    bucket_at = fields.DatetimeField()  # the start of the 15 minutes, UTC
    key_id = fields.CharField(max_length=32)  # a plain id, empty for the server's key
    model = fields.CharField(max_length=200)  # the model
    calls = fields.BigIntField()  # all calls
    errors = fields.BigIntField()  # calls that failed
    prompt_tokens = fields.BigIntField()  # the sum
    completion_tokens = fields.BigIntField()  # the sum
    duration_ms = fields.BigIntField()  # the sum

    class Meta:
        table = "usage_buckets"
        unique_together = (("user_id", "bucket_at", "key_id", "model"),)
        indexes = (("bucket_at",),)


class CallTotal(Model):
    """The number of a user's calls that began in a period of whole weeks, which is over: no call is added to it.

    A period begins where the one before it ends, the first with the first call. Users without a call in it have no row.
    """

    user_id: str
    id = RowNumber(primary_key=True)
    user = fields.ForeignKeyField("models.User", related_name=False, on_delete=fields.CASCADE)
    ends_at = fields.DatetimeField()  # the end of the period, a Monday at midnight, UTC
    calls = fields.BigIntField()  # all calls

    class Meta:
        table = "call_totals"
        unique_together = (("user_id", "ends_at"),)
        indexes = (("ends_at", "calls"),)  # from which everyone's calls are added up


class GroupMonth(Model):
    """The tokens of a group's calls that began in one month, in UTC; `month` is its first moment."""

    group_id: str
    id = fields.BigIntField(primary_key=True)
    group = fields.ForeignKeyField("models.Group", related_name=False, on_delete=fields.CASCADE)
    month = fields.DatetimeField()  # the first moment of the month, UTC
    tokens = fields.BigIntField()  # tokens used in the month with the group's keys

    class Meta:
        table = "group_months"
        unique_together = (("group_id", "month"),)
