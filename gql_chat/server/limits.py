"""The budgets of operations and the limits of calls, made from settings."""

from gql_chat.api.engine.budgets import Budget, BudgetPolicy, Budgets
from gql_chat.infra.rate_limits.limiter import Limit, RateLimiter
from gql_chat.settings import Settings
from gql_chat.workflows.call_limits import CallLimits


def make_budgets(settings: Settings) -> Budgets | None:
    """Make the budgets of this process. None if rate limits are off."""
    if not settings.rate_limits:
        return None
    return Budgets(
        BudgetPolicy(
            user=Budget(
                settings.operations_per_minute_per_user,
                settings.cpu_ms_per_minute_per_user,
                settings.cost_per_minute_per_user,
            ),
            signed_out=Budget(
                settings.operations_per_minute_signed_out,
                settings.cpu_ms_per_minute_signed_out,
                settings.cost_per_minute_signed_out,
            ),
            address=Budget(
                settings.operations_per_minute_per_address,
                settings.cpu_ms_per_minute_per_address,
                settings.cost_per_minute_per_address,
            ),
        )
    )


def make_call_limits(settings: Settings, limiter: RateLimiter) -> CallLimits:
    """Make the limits of verbs that call models."""
    return CallLimits(
        limiter,
        sends=Limit(settings.sends_per_minute, 60),
        key_tests=Limit(settings.key_tests_per_minute, 60),
        key_tests_at_once=settings.key_tests_at_once if settings.rate_limits else None,
        titles=Limit(settings.titles_per_minute, 60),
    )
