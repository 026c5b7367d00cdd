"""Branches: a message is edited, a reply is written anew or goes on, another branch is selected."""

from typing import Annotated

import strawberry

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.permissions import SignedIn
from gql_chat.api.engine.scalars import stated
from gql_chat.api.keys import ModelParametersInput, parameters_of
from gql_chat.api.replies import AttachmentInput, MessageId, SendMessagePayload, attachments_of
from gql_chat.api.sessions import Session
from gql_chat.chats import branches
from gql_chat.users.models import Scope
from gql_chat.workflows import branching, watching

IdempotencyKey = Annotated[
    str | None,
    strawberry.argument(
        description="A repeat under the same key returns the first answer; for anything else: CONFLICT."
    ),
]


@strawberry.input(description="Other words for what a user said.")
class EditMessageInput:
    message_id: strawberry.ID = strawberry.field(description="The user's message; it stays, on a branch of its own.")
    text: str = strawberry.field(description="What to say instead.")
    attachments: list[AttachmentInput] | None = strawberry.field(
        default=strawberry.UNSET, description="What goes with it; absent: what went with the edited message."
    )
    key_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The key to use; absent: as for a message that is sent."
    )
    parameters: ModelParametersInput | None = strawberry.field(
        default=strawberry.UNSET, description="Settings of this call, laid over the key's."
    )
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A repeat under the same key returns the first answer; for anything else it is a CONFLICT.",
    )
    wait: bool = strawberry.field(default=False, description="Resolve only when the reply has settled.")


@strawberry.type
class BranchMutations:
    @strawberry.mutation(
        description="Say something else in place of a user's message: a sibling of it starts a new branch, which is "
        "selected, and is answered. CONFLICT (with `headId`) while the last reply is still being written.",
        extensions=[SignedIn(Scope.CHAT)],
    )
    async def edit_message(
        self, info: Info, input: Annotated[EditMessageInput, strawberry.argument(description="Which, and what.")]
    ) -> SendMessagePayload:
        user_id, services = info.context.user_id, info.context.services
        exchange = await branching.edit_message(
            user_id,
            _edit(input),
            router=services.router,
            upload_policy=services.files.policy.current,
            materials=services.materials,
            personas=services.personas,
            ledger=services.ledger,
            quotas=services.quotas,
            runner=services.runner,
        )
        if input.wait:
            exchange = await watching.wait_for_reply(user_id, exchange, runner=services.runner, broker=services.broker)
        return SendMessagePayload.of(exchange)

    @strawberry.mutation(
        description="Answer the same user's message once more: the new reply is a sibling of this one, and selected. "
        "CONFLICT (with `headId`) while the last reply is still being written.",
        extensions=[SignedIn(Scope.CHAT)],
    )
    async def regenerate_reply(
        self,
        info: Info,
        message_id: MessageId,
        key_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The key to use; absent: as for a message that is sent."),
        ] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> SendMessagePayload:
        services = info.context.services
        exchange = await branching.regenerate_reply(
            info.context.user_id,
            message_id,
            key_id=key_id,
            idempotency_key=idempotency_key,
            router=services.router,
            materials=services.materials,
            personas=services.personas,
            ledger=services.ledger,
            quotas=services.quotas,
            runner=services.runner,
        )
        return SendMessagePayload.of(exchange)

    @strawberry.mutation(
        description="Go on with a reply that was STOPPED, INTERRUPTED, or ended for its LENGTH, and that ends its "
        "branch: the same message is STREAMING again, its text and its offsets go on. CONFLICT (with `headId`) if "
        "something follows it, or while the last reply is still being written.",
        extensions=[SignedIn(Scope.CHAT)],
    )
    async def continue_reply(
        self, info: Info, message_id: MessageId, idempotency_key: IdempotencyKey = None
    ) -> SendMessagePayload:
        services = info.context.services
        exchange = await branching.continue_reply(
            info.context.user_id,
            message_id,
            idempotency_key=idempotency_key,
            router=services.router,
            materials=services.materials,
            personas=services.personas,
            ledger=services.ledger,
            quotas=services.quotas,
            runner=services.runner,
        )
        return SendMessagePayload.of(exchange)

    @strawberry.mutation(
        description="Select the branch through this message, down to where it was last written; one that is selected "
        "stays as it is. CONFLICT (with `headId`) while the last reply is still being written.",
        extensions=[SignedIn(Scope.CHAT)],
    )
    async def select_branch(
        self,
        info: Info,
        message_id: Annotated[strawberry.ID, strawberry.argument(description="Any message of the branch.")],
    ) -> Session:
        return Session.of(await branches.select_branch(info.context.user_id, message_id))


def _edit(input: EditMessageInput) -> branching.Edit:
    fields = stated(input)
    fields.pop("wait")
    if "attachments" in fields:
        fields["attachments"] = attachments_of(fields["attachments"])
    fields["parameters"] = parameters_of(fields.get("parameters"))
    return branching.Edit(**fields)
