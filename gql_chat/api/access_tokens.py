"""Personal access tokens: a user's credentials for scripts."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.inputs import Input, non_null_fields, optional
from gql_chat.api.engine.node import Node, from_row
from gql_chat.api.engine.permissions import SignedIn
from gql_chat.users import access_tokens, models
from gql_chat.users.models import Scope


@strawberry.type(description="A personal access token for scripts; the token itself was shown once.")
class AccessToken(Node):
    name: str = strawberry.field(description="What its owner calls it.")
    scopes: list[Scope] = strawberry.field(description="What it is good for.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(description="When it ends; null: never.")
    last_used_at: datetime | None = strawberry.field(description="When it was last used, to the minute.")

    @classmethod
    def of(cls, row: models.AccessToken) -> Self:
        """From its row."""
        return from_row(cls, row, scopes=[Scope(scope) for scope in row.scopes])


@strawberry.type(description="A new personal access token.")
class CreateAccessTokenPayload:
    access_token: AccessToken = strawberry.field(description="What can be seen of it from now on.")
    token: str = strawberry.field(
        description="The token, this once: send it as `Authorization: Bearer …`, and keep it like a password."
    )


@strawberry.input(description="A new personal access token.")
class CreateAccessTokenInput:
    name: str = strawberry.field(description="What to call it: 1 to 100 characters.")
    scopes: list[Scope] = strawberry.field(description="What it is to be good for; at least one.")
    expires_at: datetime | None = optional("When it ends, at most ten years ahead; absent: never.")


@strawberry.type
class AccessTokenMutations:
    @strawberry.mutation(
        description="Make a token for scripts. One that a token makes has no scope that this lacks and does not "
        "outlive it.",
        extensions=[SignedIn(Scope.ACCOUNT)],
    )
    async def create_access_token(self, info: Info, input: Input[CreateAccessTokenInput]) -> CreateAccessTokenPayload:
        draft = access_tokens.AccessTokenDraft(**non_null_fields(input))
        row, text = await access_tokens.create_access_token(info.context.require_viewer(), draft)
        return CreateAccessTokenPayload(access_token=AccessToken.of(row), token=text)

    @strawberry.mutation(
        description="End a token at once, its live connections included.", extensions=[SignedIn(Scope.ACCOUNT)]
    )
    async def revoke_access_token(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The token's id.")]
    ) -> strawberry.ID:
        sign_outs = info.context.services.sign_outs
        await access_tokens.revoke_access_token(info.context.user_id, id, sign_outs=sign_outs)
        return id
