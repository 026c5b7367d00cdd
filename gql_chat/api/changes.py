"""The subscription to everything that happens to what the user owns, on every device, and its resumable cursor."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, TypeAlias

import strawberry
from strawberry import argument, field

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import costs
from gql_chat.api.engine.fields.inputs import MAX_IDS
from gql_chat.api.engine.fields.permissions import SignedIn, query, subscription
from gql_chat.api.files import File
from gql_chat.api.messages import Message
from gql_chat.api.sessions import Session
from gql_chat.changes.changelog import Event
from gql_chat.changes.cursors import cursor_of, find_cursor
from gql_chat.changes.models import ChangeKind
from gql_chat.chats.messages import find_message
from gql_chat.chats.sessions import find_session
from gql_chat.files.catalog import find_file
from gql_chat.users.models import Scope

CURSOR = "The log's position after this event. To resume from here, send it to `changes` as `after`."


@strawberry.interface(description="An event in the log of changes: what all members of `Change` have.")
class ChangeEvent:
    cursor: str = field(description=CURSOR)


@strawberry.type(
    description="A session was created or updated, or its messages changed: some were added, another branch was "
    "selected, or some or all were deleted. The session is sent in its current state, not in its state at the time of "
    "the event."
)
class SessionChanged(ChangeEvent):
    session: Session = field(description="The session in its current state.")


@strawberry.type(description="Sessions were deleted with everything in them. Large deletions arrive as several events.")
class SessionsDeleted(ChangeEvent):
    ids: list[strawberry.ID] = field(
        description="The ids of the deleted sessions, at most 100.", metadata=costs(items=MAX_IDS)
    )


@strawberry.type(
    description="A message was added, or a reply was continued. Replace the message if you have it already. If it is "
    "STREAMING, follow it with the subscription `reply`."
)
class MessageAdded(ChangeEvent):
    message: Message = field(description="The message in its current state.")


@strawberry.type(
    description="Messages were deleted, with everything that followed them. Large deletions arrive as several events. "
    "`SessionChanged` follows. Not sent if all messages of a session or the session itself were deleted."
)
class MessagesDeleted(ChangeEvent):
    ids: list[strawberry.ID] = field(
        description="The ids of the deleted messages, at most 100.", metadata=costs(items=MAX_IDS)
    )


@strawberry.type(description="A reply reached its final status.")
class ReplySettled(ChangeEvent):
    message: Message = field(description="The settled message.")


@strawberry.type(
    description="The keys available to you changed: one of yours or a group's did, or you joined or left a group. "
    "Sessions that used a deleted key now have none."
)
class KeysChanged(ChangeEvent):
    pass


@strawberry.type(description="An upload was announced, or it ended and the file is READY or FAILED.")
class FileChanged(ChangeEvent):
    file: File = field(description="The file in its current state.")


@strawberry.type(description="Files were deleted, or their uploads expired. Not sent for files of a deleted session.")
class FilesDeleted(ChangeEvent):
    ids: list[strawberry.ID] = field(description="The ids of the deleted files.", metadata=costs(items=MAX_IDS))


Change: TypeAlias = Annotated[
    SessionChanged
    | SessionsDeleted
    | MessageAdded
    | MessagesDeleted
    | ReplySettled
    | KeysChanged
    | FileChanged
    | FilesDeleted,
    strawberry.union(
        "Change",
        description="An event in the log of changes. More kinds may be added: ignore those that you do not know.",
    ),
]


@strawberry.type
class ChangeQueries:
    @query(
        "Return the current position in your log of changes. Read it before you load lists, then subscribe to "
        "`changes` from it, and you miss nothing in between.",
        SignedIn(Scope.CHAT),
    )
    async def changes_cursor(self, info: Info) -> str:
        return await find_cursor(info.context.user_id)


@strawberry.type
class ChangeSubscriptions:
    @subscription(
        "Receive every change to what you own, from every device, each once and in order. A subscription can be "
        "resumed for 24 hours. An event whose object has been deleted since is skipped.",
        SignedIn(Scope.CHAT),
    )
    async def changes(
        self,
        info: Info,
        after: Annotated[
            str | None,
            argument(
                description="The cursor to resume from. By default only new events are sent. Errors: CONFLICT (with "
                "`field`: `after`) if the log no longer reaches back that far, or lost the change when a backup was "
                "restored, so load everything anew; "
                "BAD_USER_INPUT if this is not one of your cursors."
            ),
        ] = None,
    ) -> AsyncGenerator[Change, None]:
        context = info.context
        del info  # it holds the executor: 3 KB, as long as nothing happens
        changes = context.services.change_feed.watch(context.user_id, after)
        async with aclosing(changes):
            async for change in changes:
                context.forget_loaded()
                event = await _event_of(change)
                if event is not None:
                    yield event


async def _event_of(change: Event) -> Change | None:
    """Build the event with its object in its current state. Return None if the object has been deleted since."""
    cursor, ids = cursor_of(change.user_id, change.number, change.recorded_at), change.ids
    match change.kind:
        case ChangeKind.SESSION_CHANGED:
            session = await find_session(change.user_id, ids[0])
            return SessionChanged(cursor=cursor, session=Session.of(session)) if session else None
        case ChangeKind.SESSIONS_DELETED:
            return SessionsDeleted(cursor=cursor, ids=[strawberry.ID(session_id) for session_id in ids])
        case ChangeKind.MESSAGES_DELETED:
            return MessagesDeleted(cursor=cursor, ids=[strawberry.ID(message_id) for message_id in ids])
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
