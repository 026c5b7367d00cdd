"""Usage: totals of the user's calls to models, or as an admin everyone's."""

from datetime import UTC, datetime
from typing import Annotated, Self

import strawberry
from strawberry import argument, field

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import LEDGER_COST
from gql_chat.api.engine.fields.node import from_row
from gql_chat.api.engine.fields.permissions import SignedIn, query
from gql_chat.api.engine.fields.scalars import BigInt
from gql_chat.usage.aggregates import UsageDimension, UsageRequest, UsageSum, sum_usage
from gql_chat.users.models import Scope


@strawberry.type(description="Totals of calls to models, for a day, a model, a key, a user, or a combination of them.")
class UsageBucket:
    day: datetime | None = field(description="The start of the day in `timeZone`. Null unless grouped by DAY.")
    model: str | None = field(description="The model. Null unless grouped by MODEL.")
    key_id: strawberry.ID | None = field(
        description="The key's id, even if deleted. Null unless grouped by KEY, and for the server's own."
    )
    user_id: strawberry.ID | None = field(description="The user's id. Null unless grouped by USER.")
    calls: int = field(description="The number of calls that ended.")
    errors: int = field(description="The number of calls that ended with the status ERROR.")
    prompt_tokens: BigInt = field(description="The number of tokens in prompts, as far as known.")
    completion_tokens: BigInt = field(description="The number of tokens generated, as far as known.")
    total_tokens: BigInt = field(description="The sum of prompt and completion tokens.")
    duration_ms: BigInt = field(description="The total duration of the calls, in milliseconds.")

    @classmethod
    def of(cls, bucket: UsageSum) -> Self:
        """Build the bucket from the aggregate."""
        return from_row(
            cls,
            bucket,
            day=bucket.day.astimezone(UTC) if bucket.day else None,
            total_tokens=bucket.prompt_tokens + bucket.completion_tokens,
        )


@strawberry.type
class UsageQueries:
    @query(
        "Sum up your calls to models, grouped by the given dimensions and sorted by day, model, key and user. Groups "
        "without calls are left out. Errors: BAD_USER_INPUT if the result is too large, the time zone unknown, or `to` "
        "earlier than `from`, FORBIDDEN.",
        SignedIn(Scope.ACCOUNT, Scope.ADMIN),
        cost=LEDGER_COST,
        is_refused_to_some=True,
        items=100,
    )
    async def usage(
        self,
        info: Info,
        from_: Annotated[
            datetime | None, argument(name="from", description="Only calls that began at this time or later.")
        ] = None,
        to: Annotated[datetime | None, argument(description="Only calls that began before this time.")] = None,
        group_by: Annotated[
            list[UsageDimension], argument(description="The dimensions to group by. Empty for a single total.")
        ] = [UsageDimension.DAY],  # noqa: B006 - the schema's default, which nobody changes
        time_zone: Annotated[
            str | None,
            argument(description="The IANA time zone in which days begin, such as `Europe/Berlin`. UTC by default."),
        ] = None,
        user_id: Annotated[
            strawberry.ID | None,
            argument(description="Only calls by this user, by default you. Others need the role ADMIN."),
        ] = None,
        everyone: Annotated[
            bool,
            argument(
                description="Whether to include all users' calls. Needs the role ADMIN. For admins who group by USER "
                "and give no `userId`, always true."
            ),
        ] = False,
    ) -> list[UsageBucket]:
        question = UsageRequest(user_id, everyone, from_, to, frozenset(group_by), time_zone)
        return [UsageBucket.of(bucket) for bucket in await sum_usage(info.context.require_viewer(), question)]
