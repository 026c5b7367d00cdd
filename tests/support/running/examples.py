"""How many examples Hypothesis draws, and under which conditions."""

from hypothesis import HealthCheck, settings


def configure_examples() -> None:
    """Let examples take their time, on however busy a machine, and let those of a test share its fixtures."""
    suppressed = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    settings.register_profile("unhurried", settings.default, deadline=None, suppress_health_check=suppressed)
    settings.load_profile("unhurried")


def examples(count: int) -> settings:
    """Let a test draw this many examples."""
    return settings(max_examples=count)
