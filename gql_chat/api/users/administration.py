"""Administration of users and of the configuration, for admins only."""

from typing import Annotated

import strawberry
from strawberry import argument, field

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import STATEMENT_COST, costs
from gql_chat.api.engine.fields.inputs import Input, non_null_fields, optional
from gql_chat.api.engine.fields.pagination import After, Connection, First
from gql_chat.api.engine.fields.permissions import Admin, mutation, query
from gql_chat.api.engine.fields.scalars import BigInt
from gql_chat.api.files import UploadPolicy
from gql_chat.api.personas import Persona
from gql_chat.api.server_key import ServerKey
from gql_chat.api.users.accounts import User
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.users import administration
from gql_chat.users.models import UserRole, UserStatus


@strawberry.type(description="The configuration after `reloadConfig`.")
class ConfigReload:
    personas: list[Persona] = field(
        description="All personas, in the order of the personas file.", metadata=costs(items=20)
    )
    upload_policy: UploadPolicy = field(description="The upload policy now in force.")
    server_key: ServerKey | None = field(description="The server's own key now in force. Null if there is none.")


@strawberry.input(description="Parameters for `updateUser`. Omitted fields keep their values.")
class UpdateUserInput:
    id: strawberry.ID = field(description="The id of the user to change.")
    role: UserRole | None = optional("The new role.")
    status: UserStatus | None = optional(
        "The new status. DISABLED ends the user's sign-ins and closes the user's connections at once; personal access "
        "tokens are refused until the user is ACTIVE again."
    )
    monthly_token_quota: BigInt | None = optional(
        "The new limit on tokens used in a calendar month (UTC). Null applies the server's setting."
    )


@strawberry.input(description="The user to look up. Provide exactly one of `id`, `username` and `email`.", one_of=True)
class UserSelector:
    id: strawberry.ID | None = optional("The user's id.")
    username: str | None = optional("The user's username, regardless of case.")
    email: str | None = optional("The user's email address, regardless of case.")


@strawberry.type
class AdministrationQueries:
    @query("Look up any user by id, username or email address. Null if no user matches.", Admin(), cost=STATEMENT_COST)
    async def user(self, by: Annotated[UserSelector, argument(description="The user to look up.")]) -> User | None:
        row = await administration.find_user_by(**non_null_fields(by))
        return User.of(row) if row else None

    @query("List all users, newest first.", Admin(), cost=STATEMENT_COST)
    def users(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        search: Annotated[
            str | None,
            argument(
                description="Only users whose username, email address or nickname contains this text, regardless of "
                "case; at most 254 characters."
            ),
        ] = None,
    ) -> Connection[User]:
        listing = administration.list_users(search or "")
        return Connection[User].of(listing, PageRequest.of(first, after, None, None), User.of)


@strawberry.type
class AdministrationMutations:
    @mutation(
        "Change a user's role, status or quota. Errors: BAD_USER_INPUT, NOT_FOUND, CONFLICT if this would demote or "
        "disable the last active admin.",
        Admin(),
    )
    async def update_user(self, info: Info, input: Input[UpdateUserInput]) -> User:
        changes = non_null_fields(input)
        user_id = changes.pop("id")
        if input.monthly_token_quota is not strawberry.UNSET:
            changes["monthly_token_quota"] = administration.TokenQuota(input.monthly_token_quota)
        sign_outs = info.context.services.sign_outs
        return User.of(
            await administration.update_user(user_id, administration.UserChanges(**changes), sign_outs=sign_outs)
        )

    @mutation(
        "Read the personas file, the upload policy and the settings' server key again. If one has a fault, nothing "
        "changes. A server key that is stored keeps precedence. Errors: BAD_USER_INPUT, whose message names the file "
        "and line or the setting at fault.",
        Admin(),
    )
    async def reload_config(self, info: Info) -> ConfigReload:
        policy, personas = info.context.services.files.policy, info.context.services.personas
        server_keys = info.context.services.starter.router.server_keys
        fresh_policy, fresh_key = await policy.read(), await server_keys.from_settings.read()
        await personas.reload()
        policy.take(fresh_policy)
        server_keys.from_settings.take(fresh_key)
        return ConfigReload(
            personas=[Persona.of(persona) for persona in personas.current],
            upload_policy=UploadPolicy.of(fresh_policy),
            server_key=ServerKey.of(server_keys.current),
        )
