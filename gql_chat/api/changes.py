"""Changes: everything that happens to what the viewer owns, on every device, to be followed and resumed."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, TypeAlias

import strawberry

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.permissions import SignedIn
from gql_chat.api.files import File
from gql_chat.api.messages import Message
from gql_chat.api.sessions import Session
from gql_chat.changes import models
from gql_chat.changes.changelog import cursor_of, find_position
from gql_chat.changes.models import ChangeKind
from gql_chat.chats.messages import find_message
from gql_chat.chats.sessions import find_session
from gql_chat.files.catalog import find_file
from gql_chat.users.models import Scope

CURSOR = "Where the log stands after this: give it to `changes` as `after` to go on from here."


@strawberry.type(
    description="A session was made, renamed or changed otherwise, or its messages were: some added, another branch "
    "selected, all deleted. It is told as it is now, not as it was then."
)
class SessionChanged:
    cursor: str = strawberry.field(description=CURSOR)
    session: Session = strawberry.field(description="The session.")


@strawberry.type(description="Sessions were deleted with all they held. Many come in several events.")
class SessionsDeleted:
    cursor: str = strawberry.field(description=CURSOR)
    ids: list[strawberry.ID] = strawberry.field(description="Which they were.")


@strawberry.type(
    description="A message was added, or a reply goes on being written. Who has it already replaces it. A reply in "
    "STREAMING is to be followed with the subscription `reply`."
)
class MessageAdded:
    cursor: str = strawberry.field(description=CURSOR)
    message: Message = strawberry.field(description="The message, as it is now.")


@strawberry.type(description="A reply has ended, whatever its status, and whoever wrote it.")
class ReplySettled:
    cursor: str = strawberry.field(description=CURSOR)
    message: Message = strawberry.field(description="The settled message.")


@strawberry.type(
    description="The keys that one may use have changed, one's own or a group's, or one has joined or lost a group. "
    "Sessions that used a deleted key have none now."
)
class KeysChanged:
    cursor: str = strawberry.field(description=CURSOR)


@strawberry.type(description="A file was announced, or its upload has ended: READY or FAILED.")
class FileChanged:
    cursor: str = strawberry.field(description=CURSOR)
    file: File = strawberry.field(description="The file, as it is now.")


@strawberry.type(description="Files were deleted, or not completed in time; not told of those whose session was.")
class FilesDeleted:
    cursor: str = strawberry.field(description=CURSOR)
    ids: list[strawberry.ID] = strawberry.field(description="Which they were.")


Change: TypeAlias = Annotated[
    SessionChanged | SessionsDeleted | MessageAdded | ReplySettled | KeysChanged | FileChanged | FilesDeleted,
    strawberry.union("Change", description="Something that happened. More kinds may come: ignore those unknown."),
]


@strawberry.type
class ChangeQueries:
    @strawberry.field(
        description="Where the log of one's changes stands. Ask for it before loading lists, then follow `changes` "
        "from it: nothing is missed between.",
        extensions=[SignedIn(Scope.CHAT)],
    )
    async def changes_cursor(self, info: Info) -> str:
        user_id = info.context.user_id
        return cursor_of(user_id, await find_position(user_id))


@strawberry.type
class ChangeSubscriptions:
    @strawberry.subscription(
        description="Everything that happens to what one owns, on every device, in order and each once. Resumable "
        "for 24 hours. What is gone by the time it would be told is left out.",
        extensions=[SignedIn(Scope.CHAT)],
    )
    async def changes(
        self,
        info: Info,
        after: Annotated[
            str | None,
            strawberry.argument(
                description="A cursor to go on from; absent: from now on. CONFLICT (with `field`: `after`) if more has "
                "happened since than is remembered: load everything anew. BAD_USER_INPUT for no cursor of one's own."
            ),
        ] = None,
    ) -> AsyncGenerator[Change, None]:
        changes = info.context.services.change_feed.watch(info.context.user_id, after)
        async with aclosing(changes):
            async for change in changes:
                info.context.forget_loaded()
                event = await _event_of(change)
                if event is not None:
                    yield event


async def _event_of(change: models.Change) -> Change | None:
    """What happened, with its object as it is now; None if that has gone since."""
    cursor, ids = cursor_of(change.user_id, change.number), change.ids
    match change.kind:
        case ChangeKind.SESSION_CHANGED:
            session = await find_session(change.user_id, ids[0])
            return SessionChanged(cursor=cursor, session=Session.of(session)) if session else None
        case ChangeKind.SESSIONS_DELETED:
            return SessionsDeleted(cursor=cursor, ids=[strawberry.ID(session_id) for session_id in ids])
        case ChangeKind.MESSAGE_ADDED | ChangeKind.REPLY_SETTLED:
            message = await find_message(change.user_id, ids[0])
            event = MessageAdded if change.kind == ChangeKind.MESSAGE_ADDED else ReplySettled
            return event(cursor=cursor, message=Message.of(message)) if message else None
        case ChangeKind.KEYS_CHANGED:
            return KeysChanged(cursor=cursor)
        case ChangeKind.FILE_CHANGED:
            file = await find_file(change.user_id, ids[0])
            return FileChanged(cursor=cursor, file=File.of(file)) if file else None
        case ChangeKind.FILES_DELETED:
            return FilesDeleted(cursor=cursor, ids=[strawberry.ID(file_id) for file_id in ids])
