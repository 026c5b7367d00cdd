"""Accounts: registration, sign-in, sign-out, and the current user."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import argument, field

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import PASSWORD_COST, costs
from gql_chat.api.engine.fields.inputs import Input, optional
from gql_chat.api.engine.fields.node import Node, from_row
from gql_chat.api.engine.fields.permissions import GRAPHQL_SCOPES, Anyone, SignedIn, mutation, query
from gql_chat.api.engine.fields.scalars import BigInt
from gql_chat.api.groups import Group
from gql_chat.api.personas import Persona
from gql_chat.api.users.access_tokens import AccessToken
from gql_chat.users import accounts, models, names
from gql_chat.users.access_tokens import MAX_PER_USER
from gql_chat.users.models import Scope, UserRole, UserStatus
from gql_chat.users.registration import Registration, register
from gql_chat.users.sign_ins import TokenPair


@strawberry.type(description="A user's account.")
class User(Node):
    username: str = field(description="The username, with which the user can sign in. Unique regardless of case.")
    email: str = field(description="The email address, with which the user can sign in. Unique regardless of case.")
    nickname: str | None = field(description="The display name. Null if not set.")
    avatar_url: str | None = field(description="The https URL of the user's picture. Null if not set.")
    phone: str | None = field(description="The phone number in E.164 format, such as +8613800138000. Null if not set.")
    role: UserRole = field(description="The user's role.")
    status: UserStatus = field(description="The account's status.")
    created_at: datetime = field(description="When the user registered.")
    updated_at: datetime = field(description="When the account last changed.")
    last_login_at: datetime | None = field(description="When the user last signed in. Null if the user never has.")
    monthly_token_quota: BigInt | None = field(
        description="The limit on tokens used in a calendar month (UTC). Null if the server's setting applies."
    )
    persona_name: strawberry.Private[str | None]

    @strawberry.field(description="The persona that the user's new sessions start with.")
    def default_persona(self, info: Info) -> Persona:
        return Persona.of(info.context.services.personas.pick(self.persona_name))

    @strawberry.field(description="The groups that the user has joined, sorted by name.", metadata=costs(items=5))
    async def groups(self, info: Info) -> list[Group]:
        return [Group.of(row, info) for row in await info.context.loaders.joined_groups.load(self.id)]

    @strawberry.field(
        description="The user's personal access tokens, oldest first. Needs the scope ACCOUNT.",
        metadata=costs(items=MAX_PER_USER),
    )
    async def access_tokens(self, info: Info) -> list[AccessToken]:
        if info.context.viewer is not None:  # who is just signing in has no token yet
            info.context.require_scope(frozenset({Scope.ACCOUNT}))
        return [AccessToken.of(row) for row in await info.context.loaders.access_tokens.load(self.id)]

    @classmethod
    def of(cls, row: models.User) -> Self:
        """Build the user from its row."""
        return from_row(cls, row, persona_name=row.default_persona)


@strawberry.type(description="A sign-in: the user and a new pair of tokens.")
class AuthPayload:
    user: User = field(description="The user who is signed in.")
    access_token: str = field(description="The access token. Send it as `Authorization: Bearer …` with every request.")
    access_token_expires_at: datetime = field(
        description="When the access token expires. Call `refreshTokens` before then."
    )
    refresh_token: str = field(
        description="The token for `refreshTokens`. It works once: reuse more than 15 seconds later ends the sign-in."
    )
    refresh_token_expires_at: datetime = field(description="When the refresh token expires, and with it the sign-in.")

    @classmethod
    def of(cls, pair: TokenPair) -> Self:
        """Build the payload from a new pair of tokens."""
        return from_row(cls, pair, user=User.of(pair.user))


@strawberry.input(description="Parameters for `register`.")
class RegisterInput:
    username: str = field(description="A unique username: 3 to 50 letters of any script, digits, `_`, `-` or `.`.")
    email: str = field(description="A unique email address.")
    password: str = field(
        description="A password of at least 8 characters and at most 72 bytes in UTF-8. It may not be a common one or "
        "repeat a few characters. The username and the name of the email address do not count as part of it."
    )
    code: str | None = optional("The six-digit code for REGISTER. Needed only on servers that verify email addresses.")


@strawberry.input(description="Parameters for `login`.")
class LoginInput:
    login: str = field(description="The username or email address.")
    password: str = field(description="The password.")


@strawberry.type
class AccountQueries:
    @query("Return the user who is signed in.", SignedIn(*GRAPHQL_SCOPES))
    async def me(self, info: Info) -> User:
        return User.of(await names.get_user(info.context.user_id))


@strawberry.type
class AccountMutations:
    @mutation(
        "Create an account and sign it in. Needs no sign-in. Errors: BAD_USER_INPUT, CODE_INVALID, FORBIDDEN if "
        "registration is closed, RATE_LIMITED.",
        Anyone(),
        cost=PASSWORD_COST,
    )
    async def register(self, info: Info, input: Input[RegisterInput]) -> AuthPayload:
        services = info.context.services
        pair = await register(
            Registration(input.username, input.email, input.password, input.code or None),
            info.context.client,
            mode=services.registration,
            codes=services.codes,
            passwords=services.passwords,
            sign_ins=services.sign_ins,
            limiter=services.limiter,
        )
        return AuthPayload.of(pair)

    @mutation(
        "Sign in with a username or email address and a password. Needs no sign-in. Errors: BAD_USER_INPUT, "
        "UNAUTHENTICATED, RATE_LIMITED, UNAVAILABLE.",
        Anyone(),
        cost=PASSWORD_COST,
    )
    async def login(self, info: Info, input: Input[LoginInput]) -> AuthPayload:
        services = info.context.services
        pair = await accounts.log_in(
            input.login,
            input.password,
            info.context.client,
            passwords=services.passwords,
            sign_ins=services.sign_ins,
            limiter=services.limiter,
        )
        return AuthPayload.of(pair)

    @mutation(
        "Exchange a refresh token for a new pair of tokens. Needs no access token. Errors: UNAUTHENTICATED if the "
        "refresh token is invalid, has expired or was used before, RATE_LIMITED.",
        Anyone(),
    )
    async def refresh_tokens(
        self,
        info: Info,
        refresh_token: Annotated[str, argument(description="The newest refresh token of the sign-in.")],
    ) -> AuthPayload:
        services = info.context.services
        pair = await services.sign_ins.refresh(refresh_token, info.context.client, limiter=services.limiter)
        return AuthPayload.of(pair)

    @mutation(
        "Sign out. Returns true even if the sign-in had already ended. Needs no access token. Errors: UNAUTHENTICATED "
        "if the refresh token is invalid, or has ended and `everywhere` is true.",
        Anyone(),
    )
    async def logout(
        self,
        info: Info,
        refresh_token: Annotated[str, argument(description="A refresh token of the sign-in to end.")],
        everywhere: Annotated[
            bool, argument(description="Whether to end all of the user's sign-ins, not only this one.")
        ] = False,
    ) -> bool:
        await info.context.services.sign_ins.end(refresh_token, everywhere=everywhere)
        return True
