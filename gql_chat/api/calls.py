"""The call log: every call to a model, what it was asked and what it cost."""

from datetime import datetime
from functools import partial
from typing import Annotated, Self

import msgspec
import strawberry
from strawberry.scalars import JSON

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.inputs import non_null_fields, optional
from gql_chat.api.engine.node import Node, from_row
from gql_chat.api.engine.pagination import After, Connection, First
from gql_chat.api.engine.permissions import SignedIn
from gql_chat.api.keys import ProviderError
from gql_chat.api.messages import TokenUsage
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.usage import call_log, models
from gql_chat.usage.models import CallPurpose, CallStatus
from gql_chat.users.models import Scope
from gql_chat.users.viewer import Viewer

HIDDEN_ENDPOINT = "the server's own"


@strawberry.type(description="A call to a model, as it ended. Ids of what has been deleted since are null.")
class CallLog(Node):
    user_id: strawberry.ID = strawberry.field(description="Who asked for it.")
    session_id: strawberry.ID | None = strawberry.field(description="In which session.")
    message_id: strawberry.ID | None = strawberry.field(description="The reply that it wrote, or a part of.")
    key_id: strawberry.ID | None = strawberry.field(description="With which key; null too for the server's own.")
    group_id: strawberry.ID | None = strawberry.field(description="The group that shared the key.")
    purpose: CallPurpose = strawberry.field(description="What it was for.")
    model: str = strawberry.field(description="The model that was asked for.")
    endpoint: str = strawberry.field(
        description=f"The base URL; of the server's own key admins only see it, others “{HIDDEN_ENDPOINT}”."
    )
    status: CallStatus = strawberry.field(description="How it ended.")
    status_code: int | None = strawberry.field(description="The provider's HTTP status, if it answered.")
    error: ProviderError | None = strawberry.field(description="How the provider failed.")
    request_messages: JSON = strawberry.field(
        description="What the model was given: OpenAI's messages, of files' data only the size. Empty in others' "
        "calls, with a token without the scope CHAT, and when the server does not keep it or no longer."
    )
    request_parameters: JSON = strawberry.field(description="The rest of the request's body, credentials masked.")
    response_text: str | None = strawberry.field(description="What it answered; null where `requestMessages` is empty.")
    usage: TokenUsage | None = strawberry.field(
        description="What it cost; null where the provider told nothing and nothing could be estimated."
    )
    duration_ms: int = strawberry.field(description="From the request to the end, in milliseconds.")
    first_token_ms: int | None = strawberry.field(description="From the request to the first text, in milliseconds.")
    client_ip: str | None = strawberry.field(description="From which address it was asked for.")
    user_agent: str | None = strawberry.field(description="With what.")
    request_id: str | None = strawberry.field(description="In which request.")
    created_at: datetime = strawberry.field(description="When it began.")

    @classmethod
    def of(cls, row: models.Call, viewer: Viewer) -> Self:
        """As the viewer may see it: an admin counts others' calls, and does not read their chats."""
        can_read = row.user_id == viewer.user_id and (viewer.scopes is None or Scope.CHAT in viewer.scopes)
        hides_endpoint = row.is_server_key and not viewer.is_admin
        return from_row(
            cls,
            row,
            endpoint=HIDDEN_ENDPOINT if hides_endpoint else row.endpoint,
            error=ProviderError.of(row),
            request_messages=msgspec.json.decode(row.request_messages) if can_read else [],
            request_parameters=msgspec.json.decode(row.request_parameters),
            response_text=row.response_text if can_read else None,
            usage=TokenUsage.of(row),
        )


@strawberry.input(description="Which calls; all conditions hold at once.")
class CallLogFilter:
    user_id: strawberry.ID | None = optional("This user's; another than oneself for admins only.")
    everyone: bool | None = optional("All users'; for admins only.")
    session_id: strawberry.ID | None = optional("In this session.")
    key_id: strawberry.ID | None = optional("With this key.")
    group_id: strawberry.ID | None = optional("With keys of this group; admins add `everyone`.")
    model: str | None = optional("Of exactly this model.")
    status: CallStatus | None = optional("That ended so.")
    purpose: CallPurpose | None = optional("For this.")
    from_: datetime | None = optional("That began then or later.", name="from")
    to: datetime | None = optional("That began before.")


@strawberry.type
class CallQueries:
    @strawberry.field(
        description="Calls to models that have ended, the newest first: one's own, or as an admin others' too.",
        extensions=[SignedIn(Scope.ACCOUNT, Scope.ADMIN)],
    )
    async def call_logs(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: Annotated[CallLogFilter | None, strawberry.argument(description="Only these.")] = None,
    ) -> Connection[CallLog]:
        viewer = info.context.require_viewer()
        wanted = call_log.CallFilter(**non_null_fields(filter)) if filter else call_log.CallFilter()
        page = await call_log.list_calls(viewer, wanted, PageRequest.of(first, after, None, None))
        wrap, count = partial(CallLog.of, viewer=viewer), partial(call_log.count_calls, viewer, wanted)
        return Connection[CallLog].of(page, call_log.NEWEST_FIRST, wrap, count)
