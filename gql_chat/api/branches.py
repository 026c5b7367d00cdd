"""Mutations that open, extend and select branches: edit, regenerate, continue, select."""

from typing import Annotated

import strawberry
from strawberry import argument, field

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.costs import REPLY_COST
from gql_chat.api.engine.inputs import Input, non_null_fields, optional
from gql_chat.api.engine.permissions import SignedIn, mutation
from gql_chat.api.keys import ModelParametersInput, parameters_of
from gql_chat.api.replies import IDEMPOTENCY_KEY, WAIT, AttachmentInput, MessageId, SendMessagePayload, attachments_of
from gql_chat.api.sessions import Session
from gql_chat.chats import branches
from gql_chat.users.models import Scope
from gql_chat.workflows import branching

IdempotencyKey = Annotated[str | None, argument(description=IDEMPOTENCY_KEY)]


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
class BranchMutations:
    @mutation(
        "Replace a user message with a new version and start a reply to it. The new version is a sibling of the old "
        "one and opens a branch, which is selected. Errors: BAD_USER_INPUT, NOT_FOUND, CONFLICT (with `headId`) while "
        "the branch's last reply is streaming, KEY_REQUIRED, RATE_LIMITED, QUOTA_EXCEEDED.",
        SignedIn(Scope.CHAT),
        cost=REPLY_COST,
    )
    async def edit_message(self, info: Info, input: Input[EditMessageInput]) -> SendMessagePayload:
        user_id, services = info.context.user_id, info.context.services
        exchange = await branching.edit_message(
            user_id, _edit(input), starter=services.starter, upload_policy=services.files.policy.current
        )
        if input.wait:
            exchange = await services.running.wait_for(user_id, exchange)
        return SendMessagePayload.of(exchange)

    @mutation(
        "Write another reply to the same user message. The new reply is a sibling of this one and is selected. "
        "Errors: BAD_USER_INPUT, NOT_FOUND, CONFLICT (with `headId`) while the branch's last reply is streaming, "
        "KEY_REQUIRED, RATE_LIMITED, QUOTA_EXCEEDED.",
        SignedIn(Scope.CHAT),
        cost=REPLY_COST,
    )
    async def regenerate_reply(
        self,
        info: Info,
        message_id: MessageId,
        key_id: Annotated[
            strawberry.ID | None,
            argument(description="The key to use. Defaults to the key that `sendMessage` would choose."),
        ] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> SendMessagePayload:
        user_id, starter = info.context.user_id, info.context.services.starter
        exchange = await branching.regenerate_reply(
            user_id, message_id, key_id=key_id, idempotency_key=idempotency_key, starter=starter
        )
        return SendMessagePayload.of(exchange)

    @mutation(
        "Continue a reply that ends its branch and was STOPPED, INTERRUPTED, or cut off at its LENGTH limit. The same "
        "message becomes STREAMING again; its text and offsets continue where they ended. Errors: BAD_USER_INPUT, "
        "NOT_FOUND, CONFLICT (with `headId`) if a message follows the reply or the branch's last reply is streaming, "
        "KEY_REQUIRED, RATE_LIMITED, QUOTA_EXCEEDED.",
        SignedIn(Scope.CHAT),
        cost=REPLY_COST,
    )
    async def continue_reply(
        self, info: Info, message_id: MessageId, idempotency_key: IdempotencyKey = None
    ) -> SendMessagePayload:
        user_id, starter = info.context.user_id, info.context.services.starter
        exchange = await branching.continue_reply(user_id, message_id, idempotency_key=idempotency_key, starter=starter)
        return SendMessagePayload.of(exchange)

    @mutation(
        "Select the branch through a message, down to its most recently written message. If the message is on the "
        "selected branch already, nothing changes. Errors: NOT_FOUND, CONFLICT (with `headId`) while the branch's "
        "last reply is streaming.",
        SignedIn(Scope.CHAT),
    )
    async def select_branch(
        self,
        info: Info,
        message_id: Annotated[strawberry.ID, argument(description="The id of any message on the branch.")],
    ) -> Session:
        return Session.of(await branches.select_branch(info.context.user_id, message_id))


def _edit(input: EditMessageInput) -> branching.Edit:
    fields = non_null_fields(input)
    fields.pop("wait")
    if "attachments" in fields:
        fields["attachments"] = attachments_of(fields["attachments"])
    fields["parameters"] = parameters_of(fields.get("parameters"))
    return branching.Edit(**fields)
