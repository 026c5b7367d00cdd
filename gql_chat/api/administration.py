"""Administration: users and what they may do, and the configuration; for admins only."""

from functools import partial
from typing import Annotated

import strawberry

from gql_chat.api.accounts import User
from gql_chat.api.engine.context import Info
from gql_chat.api.engine.pagination import After, Connection, First
from gql_chat.api.engine.permissions import Admin
from gql_chat.api.engine.scalars import BigInt, stated
from gql_chat.api.files import UploadPolicy
from gql_chat.api.personas import Persona
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.users import administration
from gql_chat.users.models import UserRole, UserStatus


@strawberry.type(description="The configuration as it was read again.")
class ConfigReload:
    personas: list[Persona] = strawberry.field(description="All personas, in the file's order.")
    upload_policy: UploadPolicy = strawberry.field(description="Which files are taken from now on.")


@strawberry.input(description="What to change of a user; what is absent stays.")
class UpdateUserInput:
    id: strawberry.ID = strawberry.field(description="Which user.")
    role: UserRole | None = strawberry.field(default=strawberry.UNSET, description="What they may do from now on.")
    status: UserStatus | None = strawberry.field(
        default=strawberry.UNSET,
        description="DISABLED ends their sign-ins and connections at once; their personal access tokens rest.",
    )
    monthly_token_quota: BigInt | None = strawberry.field(
        default=strawberry.UNSET,
        description="Tokens that all their calls may take a month; null: as many as the server's setting says.",
    )


@strawberry.type
class AdministrationQueries:
    @strawberry.field(description="All users, the newest first; admins only.", extensions=[Admin()])
    async def users(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        search: Annotated[
            str | None,
            strawberry.argument(description="Only those with this in username, e-mail or nickname, whatever the case."),
        ] = None,
    ) -> Connection[User]:
        wanted = search or ""
        page = await administration.list_users(wanted, PageRequest.of(first, after, None, None))
        count = partial(administration.count_users, wanted)
        return Connection[User].of(page, administration.NEWEST_FIRST, User.of, count)


@strawberry.type
class AdministrationMutations:
    @strawberry.mutation(
        description="Change what a user may do. The last active admin can be neither demoted nor disabled: CONFLICT. "
        "Admins only.",
        extensions=[Admin()],
    )
    async def update_user(
        self, info: Info, input: Annotated[UpdateUserInput, strawberry.argument(description="Who, and what.")]
    ) -> User:
        changes = stated(input)
        user_id = changes.pop("id")
        if input.monthly_token_quota is not strawberry.UNSET:
            changes["monthly_token_quota"] = administration.TokenQuota(input.monthly_token_quota)
        sign_outs = info.context.services.sign_outs
        return User.of(
            await administration.update_user(user_id, administration.UserChanges(**changes), sign_outs=sign_outs)
        )

    @strawberry.mutation(
        description="Read the personas file and the upload policy again; all or nothing: a file with a fault is "
        "BAD_USER_INPUT with its line, and everything stays. Admins only.",
        extensions=[Admin()],
    )
    async def reload_config(self, info: Info) -> ConfigReload:
        policy, personas = info.context.services.files.policy, info.context.services.personas
        fresh = await policy.read()
        await personas.reload()
        policy.take(fresh)
        return ConfigReload(
            personas=[Persona.of(persona) for persona in personas.all()], upload_policy=UploadPolicy.of(fresh)
        )
