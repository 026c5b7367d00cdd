"""Replies: a message is sent, its reply is watched while it grows, and may be stopped."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated, Self

import strawberry

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.permissions import SignedIn
from gql_chat.api.engine.scalars import stated
from gql_chat.api.keys import ModelParametersInput, parameters_of
from gql_chat.api.messages import Message
from gql_chat.api.sessions import Session
from gql_chat.chats.idempotency import Exchange
from gql_chat.chats.models import ContentType, UrlAttachment
from gql_chat.errors import BadUserInput
from gql_chat.generation.delivery.growing import Delta, DeltaKind, Position
from gql_chat.generation.prompting.attaching import FileReference, NewAttachment
from gql_chat.users.models import Scope
from gql_chat.workflows import sending, watching

MessageId = Annotated[strawberry.ID, strawberry.argument(description="The reply's id.")]


@strawberry.type(description="A stored exchange. The reply goes on whether anybody watches or not.")
class SendMessagePayload:
    session: Session = strawberry.field(description="Its session, a new one if none was named.")
    user_message: Message = strawberry.field(description="What was said.")
    reply: Message = strawberry.field(
        description="The answer; follow it with the subscription `reply` while it streams."
    )

    @classmethod
    def of(cls, exchange: Exchange) -> Self:
        """Wrap the verb's result."""
        return cls(
            session=Session.of(exchange.session),
            user_message=Message.of(exchange.user_message),
            reply=Message.of(exchange.reply),
        )


@strawberry.type(
    description="New text of a reply. `text = text.slice(0, delta.offset) + delta.text` is always right, "
    "for the text and for the reasoning each."
)
class ReplyDelta:
    kind: DeltaKind = strawberry.field(description="Which text grows.")
    offset: int = strawberry.field(description="UTF-16 code units (a JavaScript string index) before `text`.")
    text: str = strawberry.field(description="What is new.")


@strawberry.type(description="The end of a reply, always the last event, whatever its status.")
class ReplyFinished:
    message: Message = strawberry.field(description="The settled message.")


ReplyEvent = Annotated[
    ReplyDelta | ReplyFinished, strawberry.union("ReplyEvent", description="What happens to a reply.")
]


@strawberry.input(description="Something beside the text.", one_of=True)
class AttachmentInput:
    file_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="A file of the same session that is READY."
    )
    image_url: str | None = strawberry.field(
        default=strawberry.UNSET, description="An image's http(s) address, which the provider fetches."
    )
    video_url: str | None = strawberry.field(
        default=strawberry.UNSET, description="A video's http(s) address, which the provider fetches."
    )


@strawberry.input(description="A message to send.")
class SendMessageInput:
    session_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Its session; absent: a new one is made."
    )
    text: str = strawberry.field(description="What to say.")
    attachments: list[AttachmentInput] | None = strawberry.field(
        default=strawberry.UNSET, description="What goes with it."
    )
    key_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The key to use; absent: the session's, one for the model, the default, the server's.",
    )
    model: str | None = strawberry.field(
        default=strawberry.UNSET, description="The model to use; absent: the session's, else the key's."
    )
    persona: str | None = strawberry.field(
        default=strawberry.UNSET, description="Switches the session's persona from here on."
    )
    parameters: ModelParametersInput | None = strawberry.field(
        default=strawberry.UNSET, description="Settings of this call, laid over the key's."
    )
    parent_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="What the client takes for the last message; CONFLICT (with `headId`) if there is more since.",
    )
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A repeat under the same key returns the first answer; with another payload it is a CONFLICT.",
    )
    wait: bool = strawberry.field(default=False, description="Resolve only when the reply has settled.")


@strawberry.type
class ReplyMutations:
    @strawberry.mutation(
        description="Store a message and start its reply, which nothing but `stopReply` stops.",
        extensions=[SignedIn(Scope.CHAT)],
    )
    async def send_message(
        self, info: Info, input: Annotated[SendMessageInput, strawberry.argument(description="The message.")]
    ) -> SendMessagePayload:
        user_id, services = info.context.user_id, info.context.services
        exchange = await sending.send_message(
            user_id,
            _draft(input),
            router=services.router,
            upload_policy=services.files.policy.current,
            materials=services.materials,
            personas=services.personas,
            ledger=services.ledger,
            quotas=services.quotas,
            runner=services.runner,
            titles=services.titles,
        )
        if input.wait:
            exchange = await watching.wait_for_reply(user_id, exchange, runner=services.runner, broker=services.broker)
        return SendMessagePayload.of(exchange)

    @strawberry.mutation(
        description="Stop a reply, from any device, before its first token too; resolves with the settled message. "
        "One that has ended is returned as it is.",
        extensions=[SignedIn(Scope.CHAT)],
    )
    async def stop_reply(self, info: Info, message_id: MessageId) -> Message:
        services = info.context.services
        stopped = await watching.stop_reply(
            info.context.user_id,
            message_id,
            runner=services.runner,
            broker=services.broker,
            signals=services.signals,
        )
        return Message.of(stopped)


@strawberry.type
class ReplySubscriptions:
    @strawberry.subscription(
        description="Watch a reply from an offset on: what is missing, what follows, its end. Never starts or cancels "
        "one. A client that resubscribes, knowingly or not, loses and repeats nothing.",
        extensions=[SignedIn(Scope.CHAT)],
    )
    async def reply(
        self,
        info: Info,
        message_id: MessageId,
        offset: Annotated[int, strawberry.argument(description="UTF-16 code units of the text that one has.")] = 0,
        reasoning_offset: Annotated[
            int, strawberry.argument(description="UTF-16 code units of the reasoning that one has.")
        ] = 0,
    ) -> AsyncGenerator[ReplyEvent, None]:
        if offset < 0 or reasoning_offset < 0:
            raise BadUserInput("An offset cannot be negative.", field="offset" if offset < 0 else "reasoning_offset")
        broker = info.context.services.broker
        position = Position(offset, reasoning_offset)
        try_send_event = info.context.try_send
        try_send = (lambda delta: try_send_event(_delta(delta))) if try_send_event else None
        events = watching.watch_reply(info.context.user_id, message_id, position, broker=broker, try_send=try_send)
        async with aclosing(events):
            async for event in events:
                yield _delta(event) if isinstance(event, Delta) else ReplyFinished(message=Message.of(event))


def attachments_of(inputs: Sequence[AttachmentInput]) -> list[NewAttachment]:
    """Return the attachments as verbs take them."""
    return [_attachment(attachment) for attachment in inputs]


def _delta(delta: Delta) -> ReplyDelta:
    return ReplyDelta(kind=delta.kind, offset=delta.offset, text=delta.text)


def _draft(input: SendMessageInput) -> sending.Draft:
    fields = stated(input)
    fields.pop("wait")
    fields["attachments"] = attachments_of(fields.get("attachments", ()))
    fields["parameters"] = parameters_of(fields.get("parameters"))
    return sending.Draft(**fields)


def _attachment(input: AttachmentInput) -> NewAttachment:
    ((name, value),) = stated(input).items()
    return FileReference(str(value)) if name == "file_id" else UrlAttachment(ContentType[name.upper()], value)
