"""Personal access tokens: credentials for scripts."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import argument, field

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import costs
from gql_chat.api.engine.fields.inputs import Input, non_null_fields, optional
from gql_chat.api.engine.fields.node import Node, from_row
from gql_chat.api.engine.fields.permissions import SignedIn, mutation
from gql_chat.users import access_tokens, models
from gql_chat.users.models import Scope
from gql_chat.users.passwords.own_passwords import OwnPassword


@strawberry.type(
    description="A personal access token, with which scripts act as its user. Its text is shown only when it is "
    "created."
)
class AccessToken(Node):
    name: str = field(description="The name that the user gave the token.")
    scopes: list[Scope] = field(description="The scopes that the token grants.", metadata=costs(items=len(Scope)))
    created_at: datetime = field(description="When the token was created.")
    expires_at: datetime | None = field(description="When the token expires. Null if it never does.")
    last_used_at: datetime | None = field(description="When the token was last used, to the minute. Null if never.")

    @classmethod
    def of(cls, row: models.AccessToken) -> Self:
        """Build the access token from its row."""
        return from_row(cls, row, scopes=[Scope(scope) for scope in row.scopes])


@strawberry.type(description="The result of `createAccessToken`.")
class CreateAccessTokenPayload:
    access_token: AccessToken = field(description="The new token's record, without its text.")
    token: str = field(
        description="The token's text, shown only this once. Send it as `Authorization: Bearer …`; store it like a "
        "password."
    )


@strawberry.input(description="Parameters for `createAccessToken`.")
class CreateAccessTokenInput:
    name: str = field(description="A name for the token: 1 to 100 printable characters.")
    scopes: list[Scope] = field(description="The scopes to grant; at least one. ADMIN needs the role ADMIN.")
    current_password: str | None = optional(
        "Your current password. Needed if you are signed in with a token instead of a sign-in."
    )
    expires_at: datetime | None = optional("When the token expires, at most ten years ahead. Never by default.")


@strawberry.type
class AccessTokenMutations:
    @mutation(
        "Create a personal access token; a user may have 50. You get an email about it. If you are signed in with a "
        "token yourself, this needs your current password, and the new token can have no scope that yours lacks and "
        "cannot outlive it. Errors: BAD_USER_INPUT, QUOTA_EXCEEDED, RATE_LIMITED.",
        SignedIn(Scope.ACCOUNT),
    )
    async def create_access_token(self, info: Info, input: Input[CreateAccessTokenInput]) -> CreateAccessTokenPayload:
        context, services, fields = info.context, info.context.services, non_null_fields(input)
        current_password = OwnPassword(fields.pop("current_password", None), "current_password")
        row, text = await access_tokens.create_access_token(
            context.require_viewer(),
            access_tokens.AccessTokenDraft(**fields),
            current_password,
            client_ip=context.request.client_ip,
            passwords=services.passwords,
            limiter=services.limiter,
            outbox=services.outbox,
        )
        return CreateAccessTokenPayload(access_token=AccessToken.of(row), token=text)

    @mutation(
        "Revoke a personal access token and close its live connections at once. Returns the token's id. Errors: "
        "NOT_FOUND.",
        SignedIn(Scope.ACCOUNT),
    )
    async def revoke_access_token(
        self, info: Info, id: Annotated[strawberry.ID, argument(description="The id of the token to revoke.")]
    ) -> strawberry.ID:
        sign_outs = info.context.services.sign_outs
        await access_tokens.revoke_access_token(info.context.user_id, id, sign_outs=sign_outs)
        return id
