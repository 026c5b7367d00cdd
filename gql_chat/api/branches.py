"""Mutations that open, extend and select branches: edit, regenerate, continue, select."""

from typing import Annotated

import strawberry
from strawberry import argument

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import REPLY_COST
from gql_chat.api.engine.fields.inputs import Input
from gql_chat.api.engine.fields.permissions import SignedIn, mutation
from gql_chat.api.replies import IDEMPOTENCY_KEY, EditMessageInput, MessageId, SendMessagePayload, message_fields
from gql_chat.api.sessions import Session
from gql_chat.chats import branches
from gql_chat.users.models import Scope
from gql_chat.workflows import branching, deletion

IdempotencyKey = Annotated[str | None, argument(description=IDEMPOTENCY_KEY)]


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
            user_id,
            branching.Edit(**await message_fields(input, info)),
            starter=services.starter,
            upload_policy=services.files.policy.current,
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

    @mutation(
        "Delete a message with everything that follows it on any branch, and return the session. If it was on the "
        "selected branch, the nearest branch beside it is selected; without one, its parent ends the branch. A reply "
        "that is streaming there is stopped. Files attached to no other message are deleted too. Errors: NOT_FOUND.",
        SignedIn(Scope.CHAT),
    )
    async def delete_message(
        self, info: Info, id: Annotated[strawberry.ID, argument(description="The message's id.")]
    ) -> Session | None:
        running = info.context.services.running
        return Session.of(await deletion.delete_message(info.context.user_id, id, running=running))
