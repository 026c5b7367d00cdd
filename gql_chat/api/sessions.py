"""Sessions: conversations and what they hold."""

from datetime import datetime
from functools import partial
from typing import Annotated, Self

import strawberry

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.node import Node, checked_ids
from gql_chat.api.engine.pagination import After, Before, Connection, First, Last
from gql_chat.api.engine.permissions import SignedIn
from gql_chat.api.engine.scalars import given, stated
from gql_chat.api.files import File
from gql_chat.api.keys import Key
from gql_chat.api.messages import Message
from gql_chat.api.personas import Persona
from gql_chat.chats import messages, models, sessions
from gql_chat.chats.models import SessionStatus
from gql_chat.errors import KeyRequired
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.keys.keyring import get_key
from gql_chat.users.models import Scope
from gql_chat.workflows import deletion
from gql_chat.workflows.routing import choose_key


@strawberry.type(description="A conversation.")
class Session(Node):
    title: str = strawberry.field(description="Its title; made from the first message unless given.")
    status: SessionStatus = strawberry.field(description="Whether it takes messages.")
    pinned: bool = strawberry.field(description="Whether its owner keeps it at hand.")
    message_count: int = strawberry.field(description="How many messages it has, on all branches.")
    last_message_at: datetime | None = strawberry.field(description="When the newest message was stored.")
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    row: strawberry.Private[models.ChatSession]

    @strawberry.field(description="Who the model plays; from the next message on.")
    async def persona(self, info: Info) -> Persona:
        user = await info.context.loaders.viewer.load(None)
        return Persona.of(info.context.services.personas.pick(self.row.persona, user.default_persona))

    @strawberry.field(
        description="The model of the next message, unless that says otherwise; empty while there is no key."
    )
    async def model(self, info: Info) -> str:
        keys = await info.context.loaders.own_keys.load(None)
        server_key = info.context.services.router.server_key
        try:
            return choose_key(self.row, keys, model=None, server_key=server_key).model
        except KeyRequired:
            return self.row.model or ""

    @strawberry.field(description="The key of the next message, unless that says otherwise; null: the default.")
    async def key(self, info: Info) -> Key | None:
        usable = await info.context.loaders.own_keys.load(None)
        return next((Key.of(row) for row in usable if row.id == self.row.key_id), None)

    @strawberry.field(description="The selected branch, oldest first.")
    async def messages(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Message]:
        page = await messages.list_messages(self.row.id, PageRequest.of(first, after, last, before))
        count = partial(messages.count_messages, self.row.id)
        return Connection[Message].of(page, messages.OLDEST_FIRST, Message.of, count)

    @strawberry.field(description="Its files, oldest first, whether or not a message carries them.")
    async def files(self, info: Info) -> list[File]:
        return [File.of(row) for row in await info.context.loaders.session_files.load(self.row.id)]

    @classmethod
    def of(cls, row: models.ChatSession) -> Self:
        """From its row."""
        return cls(
            id=strawberry.ID(row.id),
            title=row.title,
            status=row.status,
            pinned=row.pinned,
            message_count=row.message_count,
            last_message_at=row.last_message_at,
            created_at=row.created_at,
            updated_at=row.updated_at,
            row=row,
        )


@strawberry.input(description="Which sessions; all conditions hold at once.")
class SessionFilter:
    status: SessionStatus | None = strawberry.field(default=strawberry.UNSET, description="Of this status.")
    pinned: bool | None = strawberry.field(default=strawberry.UNSET, description="Pinned or not.")
    title: str | None = strawberry.field(default=strawberry.UNSET, description="With this in the title.")


@strawberry.input(description="A new session; all of it may be left out.")
class CreateSessionInput:
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="A TypeID `ses_…` of the client's making: sending it again returns the same session unchanged.",
    )
    title: str | None = strawberry.field(default=strawberry.UNSET, description="Its title, on one line.")
    persona: str | None = strawberry.field(default=strawberry.UNSET, description="A persona's name.")
    key_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="The key to use.")
    model: str | None = strawberry.field(default=strawberry.UNSET, description="The model to use.")


@strawberry.input(
    description="What to change of a session; what is absent stays, as does a null title, status or pinned."
)
class UpdateSessionInput:
    id: strawberry.ID = strawberry.field(description="Which session.")
    title: str | None = strawberry.field(default=strawberry.UNSET, description="Another title.")
    persona: str | None = strawberry.field(
        default=strawberry.UNSET, description="Another persona, from the next message on; null: one's default."
    )
    key_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Another key; null: the default."
    )
    status: SessionStatus | None = strawberry.field(default=strawberry.UNSET, description="Whether it takes messages.")
    pinned: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether to keep it at hand.")


SessionId = Annotated[strawberry.ID, strawberry.argument(description="The session's id.")]


@strawberry.type
class SessionQueries:
    @strawberry.field(description="One's sessions, newest activity first.", extensions=[SignedIn(Scope.CHAT)])
    async def sessions(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[SessionFilter | None, strawberry.argument(description="Only these.")] = None,
    ) -> Connection[Session]:
        wanted = sessions.SessionFilter(**stated(filter)) if filter else sessions.SessionFilter()
        user_id = info.context.user_id
        page = await sessions.list_sessions(user_id, wanted, PageRequest.of(first, after, last, before))
        count = partial(sessions.count_sessions, user_id, wanted)
        return Connection[Session].of(page, sessions.NEWEST_ACTIVITY_FIRST, Session.of, count)

    @strawberry.field(description="One session; null if there is none such.", extensions=[SignedIn(Scope.CHAT)])
    async def session(self, info: Info, id: SessionId) -> Session | None:
        row = await sessions.find_session(info.context.user_id, id)
        return Session.of(row) if row else None


@strawberry.type
class SessionMutations:
    @strawberry.mutation(
        description="Make a session. With an `id` that is one's own already: return that one unchanged.",
        extensions=[SignedIn(Scope.CHAT)],
    )
    async def create_session(
        self, info: Info, input: Annotated[CreateSessionInput, strawberry.argument(description="The session.")]
    ) -> Session:
        fields, user_id = stated(input), info.context.user_id
        made_before = await sessions.find_session(user_id, fields["id"]) if "id" in fields else None
        if made_before is not None:
            return Session.of(made_before)
        await _require_usable(info, fields)
        return Session.of(await sessions.create_session(user_id, sessions.SessionDraft(**fields)))

    @strawberry.mutation(description="Change a session.", extensions=[SignedIn(Scope.CHAT)])
    async def update_session(
        self, info: Info, input: Annotated[UpdateSessionInput, strawberry.argument(description="Which, and what.")]
    ) -> Session:
        resets = {name: None for name in ("persona", "key_id") if given(input).get(name, ...) is None}
        changes = {**stated(input), **resets}
        await _require_usable(info, changes)
        return Session.of(await sessions.update_session(info.context.user_id, changes.pop("id"), changes))

    @strawberry.mutation(
        description="Give a session a title that the model makes from the first exchange; without a usable model, the "
        "first sentence. A title that is given meanwhile stays.",
        extensions=[SignedIn(Scope.CHAT)],
    )
    async def generate_title(self, info: Info, session_id: SessionId) -> Session:
        titles = info.context.services.titles
        return Session.of(await titles.generate_title(info.context.user_id, session_id))

    @strawberry.mutation(
        description="Delete sessions with all they hold, all or none; replies being written are stopped.",
        extensions=[SignedIn(Scope.CHAT)],
    )
    async def delete_sessions(
        self, info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Which sessions.")]
    ) -> list[strawberry.ID]:
        services, session_ids = info.context.services, checked_ids(ids)
        deleted = await deletion.delete_sessions(
            info.context.user_id, session_ids, runner=services.runner, broker=services.broker, signals=services.signals
        )
        return [strawberry.ID(session_id) for session_id in deleted]

    @strawberry.mutation(
        description="Delete all one's sessions; how many there were.", extensions=[SignedIn(Scope.CHAT)]
    )
    async def delete_all_sessions(self, info: Info) -> int:
        services = info.context.services
        return await deletion.delete_all_sessions(
            info.context.user_id, runner=services.runner, broker=services.broker, signals=services.signals
        )

    @strawberry.mutation(
        description="Delete all messages of a session, which stays; how many there were.",
        extensions=[SignedIn(Scope.CHAT)],
    )
    async def delete_messages(self, info: Info, session_id: SessionId) -> int:
        services = info.context.services
        return await deletion.delete_messages(
            info.context.user_id, session_id, runner=services.runner, broker=services.broker, signals=services.signals
        )


async def _require_usable(info: Info, fields: dict[str, str | None]) -> None:
    if fields.get("persona") is not None:
        info.context.services.personas.get(str(fields["persona"]))
    if fields.get("key_id") is not None:
        fields["key_id"] = (await get_key(info.context.user_id, str(fields["key_id"]))).id
