"""Replies: send a message, watch its reply grow, and stop it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, ClassVar, Self

import strawberry
from strawberry import argument, field

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import REPLY_COST
from gql_chat.api.engine.fields.inputs import Input, non_null_fields, optional
from gql_chat.api.engine.fields.permissions import SignedIn, mutation, subscription
from gql_chat.api.messages import Message
from gql_chat.api.model_parameters import ModelParametersInput, parameters_of
from gql_chat.api.sessions import Session
from gql_chat.chats.idempotency import Exchange
from gql_chat.chats.models import ContentType, UrlAttachment
from gql_chat.errors import BadUserInput
from gql_chat.files.completion import find_linked
from gql_chat.generation.delivery.growing import Delta, DeltaKind, Position
from gql_chat.generation.prompting.attaching import FileReference, NewAttachment
from gql_chat.users.models import Scope
from gql_chat.workflows import sending

IDEMPOTENCY_KEY = (
    "A unique key of at most 200 characters. Repeating the request with the same key within 24 hours returns the first "
    "result; using the key for anything else is a CONFLICT."
)
WAIT = (
    "Whether to respond only once the reply has ended. By default the response comes as soon as the reply has started."
)

MessageId = Annotated[strawberry.ID, argument(description="The reply's id.")]


@strawberry.type(description="A stored message and its reply. The reply is written whether or not anyone watches it.")
class SendMessagePayload:
    session: Session = field(description="The session; a new one if no `sessionId` was sent.")
    user_message: Message = field(description="The user's message.")
    reply: Message = field(description="The reply. While it is STREAMING, follow it with the subscription `reply`.")

    @classmethod
    def of(cls, exchange: Exchange) -> Self:
        """Build the payload from the workflow's result."""
        return cls(
            session=Session.of(exchange.session),
            user_message=Message.of(exchange.user_message),
            reply=Message.of(exchange.reply),
        )


@strawberry.type(
    description="New text of a reply. `text = text.slice(0, delta.offset) + delta.text` is always correct, separately "
    "for the text and the reasoning."
)
class ReplyDelta:
    kind: DeltaKind = field(description="Which of the reply's two texts grows.")
    offset: int = field(description="The position of `text`, in UTF-16 code units (a JavaScript string index).")
    text: str = field(description="The new text.")

    encodes: ClassVar[type] = Delta

    @classmethod
    def of(cls, delta: Delta) -> Self:
        """Build the event from the delta of a growing reply."""
        return cls(kind=delta.kind, offset=delta.offset, text=delta.text)


@strawberry.type(description="The end of a reply, whatever its final status. It is always the last event.")
class ReplyFinished:
    message: Message = field(description="The settled message.")


ReplyEvent = Annotated[ReplyDelta | ReplyFinished, strawberry.union("ReplyEvent", description="An event of a reply.")]


@strawberry.input(description="An attachment. Provide exactly one of `fileId`, `imageUrl` and `videoUrl`.", one_of=True)
class AttachmentInput:
    file_id: strawberry.ID | None = optional("The id of a READY file of the same session.")
    image_url: str | None = optional(
        "The http(s) URL of an image for the provider to fetch, at most 2,048 characters. A signed link to this "
        "server's own store, for an upload or a download, becomes the file that it leads to, with the rules of "
        "`fileId`. Other URLs with a signature in their query are refused: a signature expires."
    )
    video_url: str | None = optional("The http(s) URL of a video, with the rules of `imageUrl`.")


@strawberry.input(description="Parameters for `sendMessage`.")
class SendMessageInput:
    session_id: strawberry.ID | None = optional("The session's id. By default a new session is created.")
    text: str = field(description="The text, at most 200,000 characters. May be empty if there is an attachment.")
    attachments: list[AttachmentInput] | None = optional(
        "Up to 20 attachments, of which `uploadPolicy` limits the files."
    )
    key_id: strawberry.ID | None = optional(
        "The key to use. Defaults to the session's, else one for the model, else your first, else the server's."
    )
    model: str | None = optional(
        "The model to use. Defaults to the session's model, else the key's. Without `keyId`, the key for this model is "
        "used, else the session's, else your only one. If there is none of these but several others, that is "
        "BAD_USER_INPUT. A new session keeps the key and model that its first message names."
    )
    persona: str | None = optional(
        "The name of the persona that the session switches to from this message on. A `systemPrompt` of the session "
        "keeps precedence."
    )
    parameters: ModelParametersInput | None = optional("Parameters for this call only; they override the key's.")
    history_messages: int | None = optional(
        "The maximum number of messages in this prompt, including this one: at least 1, at most the server's setting. "
        "Defaults to the session's."
    )
    parent_id: strawberry.ID | None = optional(
        "The id of the message that the client shows as the last one. If others have followed since, the mutation "
        "fails with CONFLICT and `headId`. Defaults to the end of the selected branch."
    )
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)
    wait: bool = field(default=False, description=WAIT)


@strawberry.input(description="Parameters for `editMessage`.")
class EditMessageInput:
    message_id: strawberry.ID = field(description="The id of the user message to edit. It is kept, on its own branch.")
    text: str = field(description="The new text, at most 200,000 characters. May be empty if there is an attachment.")
    attachments: list[AttachmentInput] | None = optional(
        "The attachments, at most 20. Defaults to those of the edited message."
    )
    key_id: strawberry.ID | None = optional("The key to use. Defaults to the key that `sendMessage` would choose.")
    parameters: ModelParametersInput | None = optional("Parameters for this call only; they override the key's.")
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)
    wait: bool = field(default=False, description=WAIT)


@strawberry.type
class ReplyMutations:
    @mutation(
        "Send a message and start its reply, which only `stopReply` stops. Errors: BAD_USER_INPUT, NOT_FOUND, "
        "CONFLICT (with `headId`) if the branch has grown or its last reply is streaming, KEY_REQUIRED, "
        "RATE_LIMITED, QUOTA_EXCEEDED.",
        SignedIn(Scope.CHAT),
        cost=REPLY_COST,
    )
    async def send_message(self, info: Info, input: Input[SendMessageInput]) -> SendMessagePayload:
        user_id, services = info.context.user_id, info.context.services
        exchange = await sending.send_message(
            user_id,
            sending.Draft(**await message_fields(input, info)),
            starter=services.starter,
            upload_policy=services.files.policy.current,
            titles=services.titles,
        )
        if input.wait:
            exchange = await services.running.wait_for(user_id, exchange)
        return SendMessagePayload.of(exchange)

    @mutation(
        "Stop a reply, from any device and even before its first token, and return the settled message. A reply that "
        "has ended is returned unchanged. Errors: BAD_USER_INPUT, NOT_FOUND.",
        SignedIn(Scope.CHAT),
    )
    async def stop_reply(self, info: Info, message_id: MessageId) -> Message:
        return Message.of(await info.context.services.running.stop(info.context.user_id, message_id))


@strawberry.type
class ReplySubscriptions:
    @subscription(
        "Watch a reply from an offset on: first the text that you lack, then new text as it is written, then its end. "
        "Watching never starts or cancels a reply. A client that subscribes again loses nothing and receives nothing "
        "twice, except that a continued reply is sent again from where it was continued.",
        SignedIn(Scope.CHAT),
    )
    async def reply(
        self,
        info: Info,
        message_id: MessageId,
        offset: Annotated[int, argument(description="The length of the text that you have, in UTF-16 code units.")] = 0,
        reasoning_offset: Annotated[
            int, argument(description="The length of the reasoning that you have, in UTF-16 code units.")
        ] = 0,
    ) -> AsyncGenerator[ReplyEvent, None]:
        if offset < 0 or reasoning_offset < 0:
            raise BadUserInput("An offset cannot be negative.", field="offset" if offset < 0 else "reasoning_offset")
        context = info.context
        del info  # it holds the executor: 3 KB, as long as nothing happens
        position = Position(offset, reasoning_offset)
        events = context.services.running.watch(context.user_id, message_id, position, context.try_send)
        async with aclosing(events):
            async for event in events:
                yield ReplyDelta.of(event) if isinstance(event, Delta) else ReplyFinished(message=Message.of(event))


async def message_fields(input: SendMessageInput | EditMessageInput, info: Info) -> dict[str, Any]:
    """Return what the client sent of a message, in the form that workflows take."""
    fields = non_null_fields(input)
    fields.pop("wait")
    if "attachments" in fields:
        sending.require_few(fields["attachments"])
        fields["attachments"] = [await _attachment(attachment, info) for attachment in fields["attachments"]]
    fields["parameters"] = parameters_of(fields.get("parameters"))
    return fields


async def _attachment(input: AttachmentInput, info: Info) -> NewAttachment:
    ((name, value),) = non_null_fields(input).items()
    if name == "file_id":
        return FileReference(str(value))
    origin, files = info.context.request.origin, info.context.services.files
    file_id = await find_linked(info.context.user_id, value, origin, files=files)
    return UrlAttachment(ContentType[name.upper()], value) if file_id is None else FileReference(file_id)
