"""Usage: what one's calls to models add up to, or as an admin everyone's."""

from datetime import UTC, datetime
from typing import Annotated, Self

import strawberry

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.permissions import SignedIn
from gql_chat.api.engine.scalars import BigInt
from gql_chat.usage.aggregates import UsageDimension, UsageRequest, UsageSum, sum_usage
from gql_chat.users.models import Scope


@strawberry.type(description="What the calls of a day, of a model, with a key or of a user add up to.")
class UsageBucket:
    day: datetime | None = strawberry.field(description="The day's first moment in `timeZone`; null unless by DAY.")
    model: str | None = strawberry.field(description="The model; null unless by MODEL.")
    key_id: strawberry.ID | None = strawberry.field(
        description="The key, which may be deleted since; null unless by KEY, and for the server's own."
    )
    user_id: strawberry.ID | None = strawberry.field(description="The user; null unless by USER.")
    calls: int = strawberry.field(description="How many calls ended.")
    errors: int = strawberry.field(description="How many of them with an ERROR.")
    prompt_tokens: BigInt = strawberry.field(description="What models read, as far as it is known.")
    completion_tokens: BigInt = strawberry.field(description="What they wrote, as far as it is known.")
    total_tokens: BigInt = strawberry.field(description="Both together.")
    duration_ms: BigInt = strawberry.field(description="How long the calls took together, in milliseconds.")

    @classmethod
    def of(cls, bucket: UsageSum) -> Self:
        """From the verb's result."""
        return cls(
            day=bucket.day.astimezone(UTC) if bucket.day else None,
            model=bucket.model,
            key_id=strawberry.ID(bucket.key_id) if bucket.key_id else None,
            user_id=strawberry.ID(bucket.user_id) if bucket.user_id else None,
            calls=bucket.calls,
            errors=bucket.errors,
            prompt_tokens=BigInt(bucket.prompt_tokens),
            completion_tokens=BigInt(bucket.completion_tokens),
            total_tokens=BigInt(bucket.prompt_tokens + bucket.completion_tokens),
            duration_ms=BigInt(bucket.duration_ms),
        )


@strawberry.type
class UsageQueries:
    @strawberry.field(
        description="What one's calls add up to, by all of `groupBy` at once; only what there is, in this order.",
        extensions=[SignedIn(Scope.ACCOUNT, Scope.ADMIN)],
    )
    async def usage(
        self,
        info: Info,
        from_: Annotated[
            datetime | None, strawberry.argument(name="from", description="Calls that began then or later.")
        ] = None,
        to: Annotated[datetime | None, strawberry.argument(description="Calls that began before.")] = None,
        group_by: Annotated[
            list[UsageDimension], strawberry.argument(description="By what to tell apart; empty: one sum.")
        ] = [UsageDimension.DAY],  # noqa: B006 - the schema's default, which nobody changes
        time_zone: Annotated[
            str | None, strawberry.argument(description="Whose days, such as Europe/Berlin; absent: UTC.")
        ] = None,
        user_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="This user's; another than oneself for admins only.")
        ] = None,
        everyone: Annotated[
            bool, strawberry.argument(description="All users'; for admins only, and what by USER is for them.")
        ] = False,
    ) -> list[UsageBucket]:
        question = UsageRequest(user_id, everyone, from_, to, frozenset(group_by), time_zone)
        return [UsageBucket.of(bucket) for bucket in await sum_usage(info.context.require_viewer(), question)]
