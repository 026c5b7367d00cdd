"""Messages: what they hold, and how they are read."""

import asyncio
from datetime import datetime
from typing import Self

import strawberry

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.node import Node
from gql_chat.api.files import File, download_url
from gql_chat.api.keys import ProviderError
from gql_chat.chats import models
from gql_chat.chats.models import Attachment, ContentType, FinishReason, MessageRole, MessageStatus, UrlAttachment
from gql_chat.errors import ProviderErrorCode
from gql_chat.usage.models import Call, UsageSource
from gql_chat.usage.tokens import Usage


@strawberry.interface(description="A piece of a message.")
class ContentPart:
    type: ContentType = strawberry.field(description="What it is.")


@strawberry.type(description="Text.")
class TextPart(ContentPart):
    text: str = strawberry.field(description="The text.")


@strawberry.type(description="An image.")
class ImagePart(ContentPart):
    url: str = strawberry.field(description="Its address; a file's is signed when it is read, and good for a while.")
    file: File | None = strawberry.field(description="The file that it is, null for an image elsewhere.")


@strawberry.type(description="A video.")
class VideoPart(ContentPart):
    url: str = strawberry.field(description="Its address; a file's is signed when it is read, and good for a while.")
    file: File | None = strawberry.field(description="The file that it is, null for a video elsewhere.")


@strawberry.type(description="A file that is neither image nor video.")
class FilePart(ContentPart):
    file: File = strawberry.field(description="The file.")


@strawberry.type(description="Tokens of a call to a model; of a reply that went on, those of all its calls.")
class TokenUsage:
    prompt_tokens: int = strawberry.field(description="What the model read.")
    completion_tokens: int = strawberry.field(description="What it wrote, its reasoning included.")
    total_tokens: int = strawberry.field(description="Both together.")
    source: UsageSource = strawberry.field(description="Who counted.")

    @classmethod
    def of(cls, row: models.Message | Call) -> "TokenUsage | None":
        """From its row; None where nothing is known."""
        usage = Usage.of(row)
        if usage is None:
            return None
        return cls(
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            total_tokens=usage.total_tokens,
            source=usage.source,
        )


@strawberry.type(description="A node of a session's tree of messages.")
class Message(Node):
    session_id: strawberry.ID = strawberry.field(description="Its session.")
    parent_id: strawberry.ID | None = strawberry.field(description="What it answers or follows; null at the root.")
    order: int = strawberry.field(description="Its depth on its branch, from 1.")
    role: MessageRole = strawberry.field(description="Who speaks.")
    text: str = strawberry.field(description="The text parts joined; a reply's text so far while it streams.")
    reasoning: str | None = strawberry.field(description="What the model thought before it answered, if it tells.")
    status: MessageStatus = strawberry.field(description="Where it stands.")
    finish_reason: FinishReason | None = strawberry.field(description="Why the model ended it.")
    error: ProviderError | None = strawberry.field(description="How the provider failed.")
    model: str | None = strawberry.field(description="The model that wrote it.")
    usage: TokenUsage | None = strawberry.field(description="What it cost; null where nothing is known.")
    created_at: datetime = strawberry.field(description="When it was stored.")
    finished_at: datetime | None = strawberry.field(description="When it reached its final status.")
    attachments: strawberry.Private[list[Attachment]]

    @strawberry.field(description="Its pieces, text first. A file that was deleted is left out.")
    async def parts(self, info: Info) -> list[ContentPart]:
        texts: list[ContentPart] = [TextPart(type=ContentType.TEXT, text=self.text)] if self.text else []
        if not self.attachments:
            return texts
        others = await asyncio.gather(*(_part(attachment, info) for attachment in self.attachments))
        return texts + [part for part in others if part is not None]

    @strawberry.field(description="All messages with the same parent, itself included, oldest first.")
    async def sibling_ids(self, info: Info) -> list[strawberry.ID]:
        return await info.context.loaders.siblings.load((self.session_id, self.parent_id))  # type: ignore[return-value]

    @classmethod
    def of(cls, row: models.Message) -> Self:
        """From its row."""
        return cls(
            id=strawberry.ID(row.id),
            session_id=strawberry.ID(row.session_id),
            parent_id=strawberry.ID(row.parent_id) if row.parent_id else None,
            order=row.order,
            role=row.role,
            text=row.text,
            reasoning=row.reasoning,
            status=row.status,
            finish_reason=row.finish_reason,
            error=_error(row),
            model=row.model,
            usage=TokenUsage.of(row),
            created_at=row.created_at,
            finished_at=row.finished_at,
            attachments=row.attachments,
        )


async def _part(attachment: Attachment, info: Info) -> ContentPart | None:
    content_type = attachment.type
    part = ImagePart if content_type is ContentType.IMAGE_URL else VideoPart
    if isinstance(attachment, UrlAttachment):
        return part(type=content_type, url=attachment.url, file=None)
    row = await info.context.loaders.files.load(attachment.file_id)
    if row is None:
        return None
    if content_type is ContentType.FILE:
        return FilePart(type=content_type, file=File.of(row))
    return part(type=content_type, url=download_url(row, info), file=File.of(row))


def _error(row: models.Message) -> ProviderError | None:
    if row.error_code is None:
        return None
    return ProviderError(code=ProviderErrorCode(row.error_code), message=row.error_message or "")
