"""The budgets of operations, made from settings."""

from gql_chat.api.engine.budgets import Budget, BudgetPolicy, Budgets
from gql_chat.settings import Settings


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
