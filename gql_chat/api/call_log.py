"""The call log: every call to a model, with its request, its outcome and its cost."""

from datetime import datetime
from functools import partial
from typing import Annotated, Self

import msgspec
import strawberry
from strawberry import argument, field
from strawberry.scalars import JSON

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import LEDGER_COST, TEXT_COST, costs
from gql_chat.api.engine.fields.inputs import non_null_fields, optional
from gql_chat.api.engine.fields.node import Node, from_row
from gql_chat.api.engine.fields.pagination import After, Connection, First
from gql_chat.api.engine.fields.permissions import SignedIn, query
from gql_chat.api.error_types import ProviderError
from gql_chat.api.messages import TokenUsage
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.usage import call_log, models
from gql_chat.usage.contents import parameters_without_texts
from gql_chat.usage.models import CallPurpose, CallStatus
from gql_chat.users.models import Scope
from gql_chat.users.viewer import Viewer

HIDDEN_ENDPOINT = "the server's own"


@strawberry.type(
    description="A call to a model that has ended. Entries outlive what they refer to: ids of deleted sessions, "
    "messages, keys and groups are null."
)
class CallLog(Node):
    user_id: strawberry.ID = field(description="The id of the user who caused the call.")
    session_id: strawberry.ID | None = field(description="The session's id. Null if there was none or it was deleted.")
    message_id: strawberry.ID | None = field(
        description="The id of the reply that was written. Null for other purposes or if it was deleted."
    )
    key_id: strawberry.ID | None = field(
        description="The key's id. Null for the server's own key or if it was deleted."
    )
    group_id: strawberry.ID | None = field(
        description="The id of the group that shared the key. Null if none did or it was deleted."
    )
    purpose: CallPurpose = field(description="The purpose of the call.")
    model: str = field(description="The model that was requested.")
    endpoint: str = field(
        description="The URL that was called, without credentials and query. For the server's own key, only admins "
        f"see more than “{HIDDEN_ENDPOINT}”."
    )
    status: CallStatus = field(description="How the call ended.")
    status_code: int | None = field(description="The HTTP status of the provider's response. Null if there was none.")
    error: ProviderError | None = field(description="The provider's failure. Null if the provider did not fail.")
    request_parameters: JSON = field(
        description="The rest of the request's body, with credentials masked. In other users' calls, and with a token "
        "that lacks the scope CHAT, only numbers and Booleans are readable; other values are `…`."
    )
    response_text: str | None = field(
        description="The model's answer. Null wherever `requestMessages` is withheld.", metadata=costs(TEXT_COST)
    )
    response_data: JSON | None = field(
        description="The provider's data beside the answer, unchanged: `id`, `model`, `system_fingerprint`, "
        "`finish_reason` and `usage` with all its counts, as far as the provider sent them. Null if it sent none of "
        "them, and for lists of models."
    )
    usage: TokenUsage | None = field(description="The tokens used. Null if neither reported nor possible to estimate.")
    duration_ms: int = field(description="The time from the request to the end of the response, in milliseconds.")
    first_token_ms: int | None = field(
        description="The time to the first token, in milliseconds. Null if none arrived."
    )
    client_ip: str | None = field(description="The IP address of the client that caused the call. Null if unknown.")
    user_agent: str | None = field(description="The user agent of the client that caused the call. Null if unknown.")
    request_id: str | None = field(description="The id of the API request that caused the call. Null if unknown.")
    created_at: datetime = field(description="When the call began.")
    can_read: strawberry.Private[bool]

    @strawberry.field(
        description="The messages that were sent to the model, in OpenAI's format; file contents are replaced by "
        "their sizes. An empty list in other users' calls, with a token that lacks the scope CHAT, and where the "
        "server does not keep contents or no longer does.",
        metadata=costs(10),
    )
    async def request_messages(self, info: Info) -> JSON:
        return JSON(await info.context.loaders.prompts.load(self.id) if self.can_read else [])

    @strawberry.field(
        description="The activation code of the group that shared the key, as it is now. Null if none did, if nobody "
        "can join, if the group was deleted, and for all but admins."
    )
    async def activation_code(self, info: Info) -> str | None:
        viewer = info.context.require_viewer()
        row = await info.context.loaders.groups.load(self.group_id) if self.group_id and viewer.is_admin else None
        return row.activation_code if row else None

    @classmethod
    def of(cls, row: models.Call, viewer: Viewer) -> Self:
        """Build the entry as the viewer may see it: an admin can list others' calls, but not read their chats."""
        can_read = row.user_id == viewer.user_id and (viewer.scopes is None or Scope.CHAT in viewer.scopes)
        parameters = msgspec.json.decode(row.request_parameters)
        hides_endpoint = row.is_server_key and not viewer.is_admin
        return from_row(
            cls,
            row,
            endpoint=HIDDEN_ENDPOINT if hides_endpoint else row.endpoint,
            error=ProviderError.of(row),
            request_parameters=parameters if can_read else parameters_without_texts(parameters),
            can_read=can_read,
            response_text=row.response_text if can_read else None,
            response_data=msgspec.json.decode(row.response_data) if row.response_data else None,
            usage=TokenUsage.of(row),
        )


@strawberry.input(description="Conditions for `callLogs`. All of them must hold.")
class CallLogFilter:
    user_id: strawberry.ID | None = optional("Only calls by this user. Users other than yourself need the role ADMIN.")
    everyone: bool | None = optional("Whether to include all users' calls. Needs the role ADMIN.")
    session_id: strawberry.ID | None = optional("Only calls in this session.")
    key_id: strawberry.ID | None = optional("Only calls with this key.")
    group_id: strawberry.ID | None = optional(
        "Only calls with keys that this group shares. Admins can add `everyone` to see all members' calls."
    )
    model: str | None = optional("Only calls to the model with exactly this name.")
    status: CallStatus | None = optional("Only calls with this status.")
    purpose: CallPurpose | None = optional("Only calls with this purpose.")
    from_: datetime | None = optional("Only calls that began at this time or later.", name="from")
    to: datetime | None = optional("Only calls that began before this time.")


@strawberry.type
class CallQueries:
    @query(
        "List finished calls to models, newest first: your own, or as an admin those of others too. Errors: "
        "BAD_USER_INPUT, FORBIDDEN.",
        SignedIn(Scope.ACCOUNT, Scope.ADMIN),
        cost=LEDGER_COST,
        is_refused_to_some=True,
    )
    def call_logs(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: Annotated[CallLogFilter | None, argument(description="Only calls that meet these conditions.")] = None,
    ) -> Connection[CallLog]:
        viewer = info.context.require_viewer()
        wanted = call_log.CallFilter(**non_null_fields(filter)) if filter else call_log.CallFilter()
        request = PageRequest.of(first, after, None, None)
        return Connection[CallLog].of(call_log.list_calls(viewer, wanted), request, partial(CallLog.of, viewer=viewer))
