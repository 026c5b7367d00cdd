"""Accounts: register, sign in and out, and who one is."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from gql_chat.api.access_tokens import AccessToken
from gql_chat.api.engine.context import Info
from gql_chat.api.engine.node import Node
from gql_chat.api.engine.permissions import Anyone, SignedIn
from gql_chat.api.engine.scalars import BigInt
from gql_chat.api.groups import Group
from gql_chat.api.personas import Persona
from gql_chat.users import accounts, models
from gql_chat.users.models import Scope, UserRole, UserStatus
from gql_chat.users.registration import Registration, register
from gql_chat.users.sign_ins import TokenPair


@strawberry.type(description="An account.")
class User(Node):
    username: str = strawberry.field(description="The name to sign in with, unique whatever its case.")
    email: str = strawberry.field(description="The address to sign in with, unique whatever its case.")
    nickname: str | None = strawberry.field(description="What others see.")
    avatar_url: str | None = strawberry.field(description="An https address of a picture.")
    phone: str | None = strawberry.field(description="In E.164 form.")
    role: UserRole = strawberry.field(description="What the account may do.")
    status: UserStatus = strawberry.field(description="Whether it may sign in.")
    created_at: datetime = strawberry.field(description="When it was registered.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    last_login_at: datetime | None = strawberry.field(description="When somebody last signed in.")
    monthly_token_quota: BigInt | None = strawberry.field(
        description="Tokens that all their calls may take a month; null: as many as the server's setting says."
    )
    persona_name: strawberry.Private[str | None]

    @strawberry.field(description="The persona of new sessions.")
    def default_persona(self, info: Info) -> Persona:
        return Persona.of(info.context.services.personas.pick(self.persona_name))

    @strawberry.field(description="The groups that the user has joined, by name.")
    async def groups(self, info: Info) -> list[Group]:
        return [Group.of(row, info) for row in await info.context.loaders.joined_groups.load(self.id)]

    @strawberry.field(description="The user's personal access tokens, oldest first; for a token with ACCOUNT.")
    async def access_tokens(self, info: Info) -> list[AccessToken]:
        if info.context.viewer is not None:  # who is just signing in has no token yet
            info.context.require_scope(frozenset({Scope.ACCOUNT}))
        return [AccessToken.of(row) for row in await info.context.loaders.access_tokens.load(self.id)]

    @classmethod
    def of(cls, row: models.User) -> Self:
        """From its row."""
        return cls(
            id=strawberry.ID(row.id),
            username=row.username,
            email=row.email,
            nickname=row.nickname,
            avatar_url=row.avatar_url,
            phone=row.phone,
            role=row.role,
            status=row.status,
            created_at=row.created_at,
            updated_at=row.updated_at,
            last_login_at=row.last_login_at,
            monthly_token_quota=BigInt(row.monthly_token_quota) if row.monthly_token_quota is not None else None,
            persona_name=row.default_persona,
        )


@strawberry.type(description="A sign-in: who, and the tokens to go on with.")
class AuthPayload:
    user: User = strawberry.field(description="Who is signed in.")
    access_token: str = strawberry.field(description="Send it as `Authorization: Bearer …`.")
    access_token_expires_at: datetime = strawberry.field(description="When it has to be refreshed.")
    refresh_token: str = strawberry.field(
        description="Single use; a replay outside a short grace window ends the sign-in."
    )
    refresh_token_expires_at: datetime = strawberry.field(description="When it ends if it is not used.")

    @classmethod
    def of(cls, pair: TokenPair) -> Self:
        """From a fresh pair."""
        return cls(
            user=User.of(pair.user),
            access_token=pair.access_token,
            access_token_expires_at=pair.access_token_expires_at,
            refresh_token=pair.refresh_token,
            refresh_token_expires_at=pair.refresh_token_expires_at,
        )


@strawberry.input(description="A new account.")
class RegisterInput:
    username: str = strawberry.field(description="3 to 50 letters of any script, digits, `_`, `-` or `.`.")
    email: str = strawberry.field(description="An e-mail address.")
    password: str = strawberry.field(description="At least 8 characters, at most 72 bytes.")
    code: str | None = strawberry.field(
        default=strawberry.UNSET, description="A verification code, where this server asks for one."
    )


@strawberry.input(description="Who signs in.")
class LoginInput:
    login: str = strawberry.field(description="Username or e-mail address.")
    password: str = strawberry.field(description="The password.")


@strawberry.type
class AccountQueries:
    @strawberry.field(description="Who is signed in.", extensions=[SignedIn(*Scope)])
    async def me(self, info: Info) -> User:
        return User.of(await accounts.get_user(info.context.user_id))


@strawberry.type
class AccountMutations:
    @strawberry.mutation(description="Make an account and sign it in.", extensions=[Anyone()])
    async def register(
        self, info: Info, input: Annotated[RegisterInput, strawberry.argument(description="The account.")]
    ) -> AuthPayload:
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

    @strawberry.mutation(description="Sign in.", extensions=[Anyone()])
    async def login(
        self, info: Info, input: Annotated[LoginInput, strawberry.argument(description="Who, and the password.")]
    ) -> AuthPayload:
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

    @strawberry.mutation(description="Exchange a refresh token for the next pair.", extensions=[Anyone()])
    async def refresh_tokens(
        self, info: Info, refresh_token: Annotated[str, strawberry.argument(description="The newest refresh token.")]
    ) -> AuthPayload:
        services = info.context.services
        pair = await services.sign_ins.refresh(refresh_token, info.context.client, limiter=services.limiter)
        return AuthPayload.of(pair)

    @strawberry.mutation(
        description="Sign out, here or everywhere; true also if it was signed out.", extensions=[Anyone()]
    )
    async def logout(
        self,
        info: Info,
        refresh_token: Annotated[str, strawberry.argument(description="A refresh token of the sign-in to end.")],
        everywhere: Annotated[bool, strawberry.argument(description="End all sign-ins of the account.")] = False,
    ) -> bool:
        await info.context.services.sign_ins.end(refresh_token, everywhere=everywhere)
        return True
