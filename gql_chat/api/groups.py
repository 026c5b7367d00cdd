"""Groups: made by admins, joined by users with an activation code."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.inputs import Input, checked_ids, optional, provided_fields
from gql_chat.api.engine.node import Node, from_row
from gql_chat.api.engine.permissions import Admin, SignedIn
from gql_chat.api.engine.scalars import BigInt
from gql_chat.keys import groups, models
from gql_chat.users.models import Scope


@strawberry.type(description="Users who share keys.")
class Group(Node):
    name: str = strawberry.field(description="Its name, unique.")
    activation_code: str | None = strawberry.field(
        description="What users join with, null if nobody can; shown to admins only, else null."
    )
    monthly_token_quota: BigInt | None = strawberry.field(
        description="Tokens a month for all its keys; null: no limit."
    )
    created_at: datetime = strawberry.field(description="When it was made.")

    @strawberry.field(description="How many users have joined.")
    async def member_count(self, info: Info) -> int:
        return await info.context.loaders.member_counts.load(self.id)

    @classmethod
    def of(cls, row: models.Group, info: Info) -> Self:
        """As the viewer may see it."""
        viewer = info.context.viewer  # None in the answer to a login, which asks without a token
        return from_row(cls, row, activation_code=row.activation_code if viewer and viewer.is_admin else None)


@strawberry.input(description="A new group.")
class CreateGroupInput:
    name: str = strawberry.field(description="Unique, 1 to 100 characters.")
    activation_code: str | None = optional(
        "What users join with: 6 to 64 letters and digits, unique; case, dashes and spaces do not count. "
        "Absent: one is made; null: nobody can join."
    )
    monthly_token_quota: BigInt | None = optional(
        "Tokens a month for all its keys, 0 or more; null or absent: no limit."
    )


@strawberry.input(description="What to change of a group; what is absent stays.")
class UpdateGroupInput:
    id: strawberry.ID = strawberry.field(description="Which group.")
    name: str | None = optional("Another name.")
    activation_code: str | None = optional("Another code; null: nobody can join any more. Members stay.")
    monthly_token_quota: BigInt | None = optional("Another quota; null: no limit.")


@strawberry.type
class GroupQueries:
    @strawberry.field(description="All groups, by name; admins only.", extensions=[Admin()])
    async def groups(self, info: Info) -> list[Group]:
        return [Group.of(row, info) for row in await groups.list_groups()]


@strawberry.type
class GroupMutations:
    @strawberry.mutation(description="Make a group; admins only.", extensions=[Admin()])
    async def create_group(self, info: Info, input: Input[CreateGroupInput]) -> Group:
        return Group.of(await groups.create_group(provided_fields(input)), info)

    @strawberry.mutation(description="Change a group; admins only.", extensions=[Admin()])
    async def update_group(self, info: Info, input: Input[UpdateGroupInput]) -> Group:
        changes = provided_fields(input)
        if changes.get("name", ...) is None:  # it cannot be taken away
            del changes["name"]
        return Group.of(await groups.update_group(changes.pop("id"), changes), info)

    @strawberry.mutation(
        description="Delete groups with the keys that they share, all or none; members and their chats stay. "
        "Admins only.",
        extensions=[Admin()],
    )
    async def delete_groups(
        self, info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Which groups.")]
    ) -> list[strawberry.ID]:
        return [strawberry.ID(group_id) for group_id in await groups.delete_groups(checked_ids(ids))]

    @strawberry.mutation(
        description="Join the group with this activation code, whatever its case, dashes and spaces; for a member "
        "nothing changes.",
        extensions=[SignedIn(Scope.ACCOUNT)],
    )
    async def redeem_activation_code(
        self, info: Info, code: Annotated[str, strawberry.argument(description="The code that an admin handed out.")]
    ) -> Group:
        context = info.context
        row = await groups.redeem_activation_code(
            context.user_id, code, context.client, limiter=context.services.limiter
        )
        return Group.of(row, info)
