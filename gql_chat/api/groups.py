"""Groups: created by admins, joined by users with an activation code."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import argument, field

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import STATEMENT_COST
from gql_chat.api.engine.fields.inputs import MAX_IDS, Ids, Input, checked_ids, optional, provided_fields
from gql_chat.api.engine.fields.node import Node, from_row
from gql_chat.api.engine.fields.permissions import Admin, SignedIn, mutation, query
from gql_chat.api.engine.fields.scalars import BigInt
from gql_chat.keys import groups, models
from gql_chat.users.models import Scope


@strawberry.type(description="A group of users who share keys.")
class Group(Node):
    name: str = field(description="The group's unique name.")
    activation_code: str | None = field(
        description="The code for joining. Null if nobody can join, and for all but admins."
    )
    monthly_token_quota: BigInt | None = field(
        description="The limit on tokens used with the group's keys in a calendar month (UTC). Null if unlimited."
    )
    created_at: datetime = field(description="When the group was created.")

    @strawberry.field(description="The number of users who have joined.")
    async def member_count(self, info: Info) -> int:
        return await info.context.loaders.member_counts.load(self.id)

    @classmethod
    def of(cls, row: models.Group, info: Info) -> Self:
        """Build the group as the viewer may see it."""
        viewer = info.context.viewer  # None in the answer to a login, which asks without a token
        return from_row(cls, row, activation_code=row.activation_code if viewer and viewer.is_admin else None)


@strawberry.input(description="Parameters for `createGroup`.")
class CreateGroupInput:
    name: str = field(description="A unique name of 1 to 100 printable characters.")
    activation_code: str | None = optional(
        "A unique code of 6 to 64 letters and digits; case, dashes and spaces are ignored. Omit it to have one "
        "generated; null means that nobody can join."
    )
    monthly_token_quota: BigInt | None = optional(
        "The limit on tokens used with the group's keys in a calendar month (UTC), 0 or more. None by default and if "
        "null."
    )


@strawberry.input(description="Parameters for `updateGroup`. Omitted fields keep their values.")
class UpdateGroupInput:
    id: strawberry.ID = field(description="The id of the group to change.")
    name: str | None = optional("The new name: 1 to 100 printable characters, unique.")
    activation_code: str | None = optional("The new code. Null means that nobody can join any more. Members stay.")
    monthly_token_quota: BigInt | None = optional("The new monthly quota in tokens, 0 or more. Null removes the limit.")


@strawberry.type
class GroupQueries:
    @query("List all groups, sorted by name.", Admin(), cost=STATEMENT_COST, items=20)
    async def groups(self, info: Info) -> list[Group]:
        return [Group.of(row, info) for row in await groups.list_groups()]


@strawberry.type
class GroupMutations:
    @mutation("Create a group. Errors: BAD_USER_INPUT.", Admin())
    async def create_group(self, info: Info, input: Input[CreateGroupInput]) -> Group:
        return Group.of(await groups.create_group(provided_fields(input)), info)

    @mutation("Update a group. Errors: BAD_USER_INPUT, NOT_FOUND.", Admin())
    async def update_group(self, info: Info, input: Input[UpdateGroupInput]) -> Group:
        changes = provided_fields(input)
        if changes.get("name", ...) is None:  # it cannot be taken away
            del changes["name"]
        return Group.of(await groups.update_group(changes.pop("id"), changes), info)

    @mutation(
        "Delete groups and the keys that they share, all or none, and return the groups' ids. Members keep their "
        "accounts and chats. Errors: BAD_USER_INPUT, NOT_FOUND.",
        Admin(),
        items=MAX_IDS,
    )
    async def delete_groups(self, info: Info, ids: Ids) -> list[strawberry.ID]:
        return [strawberry.ID(group_id) for group_id in await groups.delete_groups(checked_ids(ids))]

    @mutation(
        "Join the group with an activation code. Members stay members. Errors: CODE_INVALID, RATE_LIMITED: 10 "
        "attempts in 10 minutes.",
        SignedIn(Scope.ACCOUNT),
    )
    async def redeem_activation_code(
        self,
        info: Info,
        code: Annotated[
            str,
            argument(description="The activation code that an admin gave you. Case, dashes and spaces are ignored."),
        ],
    ) -> Group:
        context = info.context
        row = await groups.redeem_activation_code(
            context.user_id, code, context.client, limiter=context.services.limiter
        )
        return Group.of(row, info)
