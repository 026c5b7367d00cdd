"""How many examples Hypothesis draws, and under which conditions."""

from hypothesis import HealthCheck, settings

_DRAWN = 100  # where a test says nothing else
_DRAWN_IN_A_FAST_RUN = 25


def configure_examples(*, fast: bool) -> None:
    """Let examples take their time, and let those of a test share its fixtures.

    However long they take, or take to draw, on a busy machine. In the inner loop a test draws a quarter of them.
    """
    unhurried = settings(
        settings.default,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        max_examples=_DRAWN_IN_A_FAST_RUN if fast else _DRAWN,
    )
    settings.register_profile("unhurried", unhurried)
    settings.load_profile("unhurried")


def examples(count: int) -> settings:
    """Let a test draw this many examples. In the inner loop it draws a quarter of them."""
    return settings(max_examples=max(count * settings().max_examples // _DRAWN, 1))
