"""Messages and their parts."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self, cast

import strawberry
from strawberry import field
from strawberry.types.lazy_type import LazyType

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import STATEMENT_COST, TEXT_COST, costs
from gql_chat.api.engine.fields.node import Node, from_row
from gql_chat.api.error_types import ProviderError
from gql_chat.api.files import File, download_url
from gql_chat.chats import models
from gql_chat.chats.models import (
    Attachment,
    ContentType,
    FinishReason,
    MessageRole,
    MessageStatus,
    SourceAttachment,
    UrlAttachment,
)
from gql_chat.errors import NotFound
from gql_chat.usage.models import Call, UsageSource
from gql_chat.usage.tokens import Usage

if TYPE_CHECKING:
    from gql_chat.api.sessions import Session


@strawberry.interface(description="A part of a message.")
class ContentPart:
    type: ContentType = field(description="The kind of part.")


@strawberry.type(description="A text.")
class TextPart(ContentPart):
    text: str = field(description="The text.", metadata=costs(TEXT_COST))


@strawberry.type(description="An image that a user attached, or that a model made.")
class ImagePart(ContentPart):
    url: str = field(
        description="The image's URL. For a stored file, a signed URL that is valid for at least 15 minutes."
    )
    file: File | None = field(description="The stored file. Null if the image is elsewhere.")


@strawberry.type(description="A video.")
class VideoPart(ContentPart):
    url: str = field(
        description="The video's URL. For a stored file, a signed URL that is valid for at least 15 minutes."
    )
    file: File | None = field(description="The stored file. Null if the video is elsewhere.")


@strawberry.type(description="A web page that a reply names as one of its sources.")
class SourcePart(ContentPart):
    url: str = field(description="The page's URL, as the provider gave it.")
    title: str | None = field(description="The page's title. Null if the provider gave none.")


@strawberry.type(description="A file that is neither an image nor a video.")
class FilePart(ContentPart):
    file: File = field(description="The stored file.")


@strawberry.type(description="The tokens used by a call to a model, or by all calls that a reply took.")
class TokenUsage:
    prompt_tokens: int = field(description="The number of tokens in the prompt.")
    completion_tokens: int = field(description="The number of tokens generated, including reasoning.")
    total_tokens: int = field(description="The sum of prompt and completion tokens.")
    source: UsageSource = field(description="Whether the provider reported the counts or the server estimated them.")
    cached_tokens: int | None = field(
        description="The number of prompt tokens that the provider read from its cache. Null if it did not report them."
    )
    reasoning_tokens: int | None = field(
        description="The number of generated tokens that are reasoning. Null if the provider did not report them."
    )

    @classmethod
    def of(cls, row: models.Message | Call) -> "TokenUsage | None":
        """Build the usage that a row holds. Return None if nothing is known."""
        usage = Usage.of(row)
        if usage is None:
            return None
        return from_row(cls, usage)


@strawberry.type(description="A message: a node in the tree of a session's messages.")
class Message(Node):
    session_id: strawberry.ID = field(description="The id of the session that the message belongs to.")
    parent_id: strawberry.ID | None = field(
        description="The id of the preceding message. Null if it is the first on its branch."
    )
    order: int = field(description="The message's position on its branch, starting at 1.")
    role: MessageRole = field(description="The author's role.")
    text: str = field(
        description="The message's text. While a reply is STREAMING, the text so far.", metadata=costs(TEXT_COST)
    )
    reasoning: str | None = field(
        description="The model's reasoning before the answer. Null if there is none.", metadata=costs(TEXT_COST)
    )
    status: MessageStatus = field(description="The message's status.")
    finish_reason: FinishReason | None = field(
        description="Why the model ended the reply. Null if it did not, or not yet."
    )
    error: ProviderError | None = field(description="The provider's failure. Null unless the reply is FAILED.")
    model: str | None = field(description="The model that wrote the reply. Null for other messages.")
    usage: TokenUsage | None = field(description="The tokens used. Null if unknown.")
    history_truncated: bool = field(
        description="Whether earlier messages were left out of the reply's prompt because they were too many or too "
        "long for the model. False until the reply has settled."
    )
    created_at: datetime = field(description="When the message was created.")
    finished_at: datetime | None = field(description="When the message reached its final status. Null while STREAMING.")
    attachments: strawberry.Private[list[Attachment]]
    above_id: strawberry.Private[str]

    @strawberry.field(description="The session that the message belongs to.", metadata=costs(STATEMENT_COST))
    async def session(self, info: Info) -> Annotated["Session", strawberry.lazy("gql_chat.api.sessions")]:
        row = await info.context.loaders.own_sessions.load(self.session_id)
        if row is None:  # deleted meanwhile
            raise NotFound("There is no such session.")
        # This module cannot import sessions, which hold messages.
        session_type = cast("LazyType[str, str]", info.return_type).resolve_type()
        return cast("type[Session]", session_type).of(row)

    @strawberry.field(
        description="The parts: the text first, then the attachments. Deleted files are left out.",
        metadata=costs(items=2),
    )
    async def parts(self, info: Info) -> list[ContentPart]:
        texts: list[ContentPart] = [TextPart(type=ContentType.TEXT, text=self.text)] if self.text else []
        if not self.attachments:
            return texts
        others = await asyncio.gather(*(_part(attachment, info) for attachment in self.attachments))
        return texts + [part for part in others if part is not None]

    @strawberry.field(
        description="The ids of all messages with the same parent, including this one, oldest first.",
        metadata=costs(items=3),
    )
    async def sibling_ids(self, info: Info) -> list[strawberry.ID]:
        place = (self.session_id, self.above_id, self.order)
        return await info.context.loaders.siblings.load(place)  # type: ignore[return-value]

    @strawberry.field(
        description="The `idempotencyKey` of your request that stored the message, or of the first one that started "
        "the reply. Match it with the key that you sent. Null without a key, and 24 hours after the request.",
    )
    async def idempotency_key(self, info: Info) -> str | None:
        return await info.context.loaders.idempotency_keys.load(self.id)

    @classmethod
    def of(cls, row: models.Message) -> Self:
        """Build the message from its row."""
        return from_row(cls, row, error=ProviderError.of(row), usage=TokenUsage.of(row))


async def _part(attachment: Attachment, info: Info) -> ContentPart | None:
    content_type = attachment.type
    if isinstance(attachment, SourceAttachment):
        return SourcePart(type=content_type, url=attachment.url, title=attachment.title)
    part = ImagePart if content_type is ContentType.IMAGE_URL else VideoPart
    if isinstance(attachment, UrlAttachment):
        return part(type=content_type, url=attachment.url, file=None)
    row = await info.context.loaders.files.load(attachment.file_id)
    if row is None:
        return None
    if content_type is ContentType.FILE:
        return FilePart(type=content_type, file=File.of(row))
    return part(type=content_type, url=download_url(row, info), file=File.of(row))
