"""Sessions: conversations, their settings and their contents."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import argument, field

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import CALL_COST, STATEMENT_COST, TEXT_COST, costs
from gql_chat.api.engine.fields.inputs import (
    MAX_IDS,
    Ids,
    Input,
    checked_ids,
    non_null_fields,
    optional,
    provided_fields,
)
from gql_chat.api.engine.fields.node import Node, from_row
from gql_chat.api.engine.fields.pagination import After, Before, Connection, First, Last, Offset
from gql_chat.api.engine.fields.permissions import SignedIn, mutation, query
from gql_chat.api.files import File
from gql_chat.api.keys import Key
from gql_chat.api.messages import Message
from gql_chat.api.personas import Persona
from gql_chat.chats import models, sessions
from gql_chat.chats.models import SessionStatus
from gql_chat.chats.paths import SelectedBranch
from gql_chat.chats.session_fields import SYSTEM_PROMPT_MAX_LENGTH
from gql_chat.errors import BadUserInput, KeyRequired
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.users.models import Scope
from gql_chat.workflows import deletion, session_settings
from gql_chat.workflows.routing import choose_key

SYSTEM_PROMPT = (
    f"A system prompt of at most {SYSTEM_PROMPT_MAX_LENGTH:,} characters, used in place of the persona's text. A blank "
    "one is none."
)
HISTORY_MESSAGES = (
    "The maximum number of messages in a prompt, including the one that is sent: at least 1, at most the server's "
    "setting, which is the default."
)
RESET_BY_NULL = ("persona", "system_prompt", "history_messages", "key_id", "model")


@strawberry.type(description="A conversation with a model.")
class Session(Node):
    title: str = field(description="The title. Derived from the first message unless set.")
    status: SessionStatus = field(description="The session's status.")
    pinned: bool = field(description="Whether the user pinned the session.")
    message_count: int = field(description="The number of messages on all branches.")
    system_prompt: str | None = field(
        description="The session's own system prompt, which takes the place of the persona's text. Null if there is "
        "none.",
        metadata=costs(TEXT_COST),
    )
    history_messages: int | None = field(
        description="The maximum number of messages in a prompt: the newest ones, including the one that is sent. "
        "Null applies the server's setting."
    )
    last_message_at: datetime | None = field(description="When the newest message was created. Null if there are none.")
    created_at: datetime = field(description="When the session was created.")
    updated_at: datetime = field(description="When the session last changed.")
    row: strawberry.Private[models.ChatSession]

    @strawberry.field(description="The persona of the next message.")
    async def persona(self, info: Info) -> Persona:
        user = await info.context.loaders.viewer.load(None)
        return Persona.of(info.context.services.personas.pick(self.row.persona, user.default_persona))

    @strawberry.field(description="The model of the next message unless that names another. Empty if there is no key.")
    async def model(self, info: Info) -> str:
        keys = await info.context.loaders.own_keys.load(None)
        server_key = info.context.services.starter.router.server_key
        try:
            return choose_key(self.row, keys, model=None, server_key=server_key).model
        except (KeyRequired, BadUserInput):  # none, or several that might be meant
            return self.row.model or ""

    @strawberry.field(description="The key of the next message unless that names another. Null for the default.")
    async def key(self, info: Info) -> Key | None:
        usable = await info.context.loaders.own_keys.load(None)
        return next((Key.of(row) for row in usable if row.id == self.row.key_id), None)

    @strawberry.field(description="The messages of the selected branch, oldest first.", metadata=costs(STATEMENT_COST))
    def messages(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None, offset: Offset = None
    ) -> Connection[Message]:
        request = PageRequest.of(first, after, last, before, offset)
        return Connection[Message].of(SelectedBranch(self.row.id), request, Message.of, copies_rows=True)

    @strawberry.field(
        description="The session's files, oldest first, whether or not they are attached to a message.",
        metadata=costs(items=10),
    )
    async def files(self, info: Info) -> list[File]:
        return [File.of(row) for row in await info.context.loaders.session_files.load(self.row.id)]

    @classmethod
    def of(cls, row: models.ChatSession) -> Self:
        """Build the session from its row."""
        return from_row(cls, row, row=row)


@strawberry.input(description="Conditions for `sessions`. All of them must hold.")
class SessionFilter:
    status: SessionStatus | None = optional("Only sessions with this status.")
    pinned: bool | None = optional("Only pinned sessions, or only others.")
    title: str | None = optional("Only sessions whose title contains this text (up to 200 characters, any case).")


@strawberry.input(description="Parameters for `createSession`. All of them are optional.")
class CreateSessionInput:
    id: strawberry.ID | None = optional(
        "A TypeID `ses_…` of your own. Sending it again returns the same session. Generated by default."
    )
    title: str | None = optional("The title, at most 200 characters. By default derived from the first message.")
    persona: str | None = optional("The persona's name. Defaults to your default persona.")
    system_prompt: str | None = optional(SYSTEM_PROMPT)
    history_messages: int | None = optional(HISTORY_MESSAGES)
    key_id: strawberry.ID | None = optional(
        "The key to use. Defaults to one for the model, else your first, else the server's."
    )
    model: str | None = optional(
        "The model to use, at most 200 characters. Defaults to the key's. Without `keyId`, the session takes the key "
        "for this model, or your only key. If you have several and none is for it, that is BAD_USER_INPUT."
    )


@strawberry.input(
    description="Parameters for `updateSession`. Omitted fields keep their values. So do `title`, `status` and "
    "`pinned` if they are null; null resets the others."
)
class UpdateSessionInput:
    id: strawberry.ID = field(description="The id of the session to change.")
    title: str | None = optional("The new title, at most 200 characters.")
    persona: str | None = optional(
        "The persona from the next message on. A `systemPrompt` keeps precedence. Null applies your default persona."
    )
    system_prompt: str | None = optional(f"{SYSTEM_PROMPT} Null removes it.")
    history_messages: int | None = optional(f"{HISTORY_MESSAGES} Null applies the server's setting.")
    key_id: strawberry.ID | None = optional(
        "The key to use from the next message on. Null applies the default. Another key without `model` brings its own "
        "model."
    )
    model: str | None = optional(
        "The model to use from the next message on, at most 200 characters. Null applies the key's. Without `keyId`, "
        "the session changes to the key for this model, if you have one."
    )
    status: SessionStatus | None = optional("The new status.")
    pinned: bool | None = optional("Whether to pin the session.")


SessionId = Annotated[strawberry.ID, argument(description="The session's id.")]


@strawberry.type
class SessionQueries:
    @query("List your sessions, most recent activity first.", SignedIn(Scope.CHAT), cost=STATEMENT_COST)
    def sessions(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        offset: Offset = None,
        filter: Annotated[
            SessionFilter | None, argument(description="Only sessions that meet these conditions.")
        ] = None,
    ) -> Connection[Session]:
        wanted = sessions.SessionFilter(**non_null_fields(filter)) if filter else sessions.SessionFilter()
        request = PageRequest.of(first, after, last, before, offset)
        listing = sessions.list_sessions(info.context.user_id, wanted)
        return Connection[Session].of(listing, request, Session.of, copies_rows=True)

    @query("Look up one of your sessions by id. Null if no session matches.", SignedIn(Scope.CHAT), cost=STATEMENT_COST)
    async def session(self, info: Info, id: SessionId) -> Session | None:
        row = await sessions.find_session(info.context.user_id, id)
        return Session.of(row) if row else None


@strawberry.type
class SessionMutations:
    @mutation(
        "Create a session. If you already have one with this `id`, return it unchanged. Errors: BAD_USER_INPUT, "
        "NOT_FOUND if the persona or key does not exist.",
        SignedIn(Scope.CHAT),
    )
    async def create_session(self, info: Info, input: Input[CreateSessionInput]) -> Session:
        services, draft = info.context.services, sessions.SessionDraft(**non_null_fields(input))
        row = await session_settings.create_session(
            info.context.user_id,
            draft,
            personas=services.personas,
            router=services.starter.router,
            budget=services.starter.materials.budget,
        )
        return Session.of(row)

    @mutation("Update a session. Errors: BAD_USER_INPUT, NOT_FOUND.", SignedIn(Scope.CHAT))
    async def update_session(self, info: Info, input: Input[UpdateSessionInput]) -> Session:
        services, changes = info.context.services, non_null_fields(input)
        changes |= {name: None for name in RESET_BY_NULL if provided_fields(input).get(name, ...) is None}
        row = await session_settings.update_session(
            info.context.user_id,
            changes.pop("id"),
            changes,
            personas=services.personas,
            router=services.starter.router,
            budget=services.starter.materials.budget,
        )
        return Session.of(row)

    @mutation(
        "Have the model generate a title from the first exchange. Without a usable model, the title is the first "
        "sentence. A title set in the meantime is kept. Errors: BAD_USER_INPUT if the session has no message, "
        "NOT_FOUND, RATE_LIMITED.",
        SignedIn(Scope.CHAT),
        cost=CALL_COST,
    )
    async def generate_title(self, info: Info, session_id: SessionId) -> Session:
        titles = info.context.services.titles
        return Session.of(await titles.generate_title(info.context.user_id, session_id))

    @mutation(
        "Delete sessions with everything in them, all or none, and return their ids. Replies that are streaming are "
        "stopped. Errors: BAD_USER_INPUT, NOT_FOUND.",
        SignedIn(Scope.CHAT),
        items=MAX_IDS,
    )
    async def delete_sessions(self, info: Info, ids: Ids) -> list[strawberry.ID]:
        running = info.context.services.running
        deleted = await deletion.delete_sessions(info.context.user_id, checked_ids(ids), running=running)
        return [strawberry.ID(session_id) for session_id in deleted]

    @mutation("Delete all of your sessions with everything in them, and return their number.", SignedIn(Scope.CHAT))
    async def delete_all_sessions(self, info: Info) -> int:
        return await deletion.delete_all_sessions(info.context.user_id, running=info.context.services.running)

    @mutation(
        "Delete all messages of a session, but not the session; return their number. Errors: NOT_FOUND.",
        SignedIn(Scope.CHAT),
    )
    async def delete_messages(self, info: Info, session_id: SessionId) -> int:
        return await deletion.delete_messages(info.context.user_id, session_id, running=info.context.services.running)
