"""Throttled warnings: one line per minute, event and source, and bounded memory."""

from collections import Counter

import structlog
from structlog.testing import capture_logs

from gql_chat.infra.telemetry.throttled_log import INTERVAL_SECONDS, OTHERS, ThrottledLog, warn_throttled

log = structlog.get_logger("tests.throttled")


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_flood_is_one_line_per_minute_and_the_next_line_counts_the_others() -> None:
    time = Time()
    throttled = ThrottledLog(time)
    with capture_logs() as lines:
        for _ in range(1000):
            throttled.warn(log, "refused", "192.0.2.7", kind="sends")
        time.now += INTERVAL_SECONDS
        throttled.warn(log, "refused", "192.0.2.7", kind="sends")
        time.now += INTERVAL_SECONDS
        throttled.warn(log, "refused", "192.0.2.7", kind="sends")
    line = {"event": "refused", "log_level": "warning", "source": "192.0.2.7", "kind": "sends"}
    assert lines == [line, line | {"suppressed": 999}, line]


def test_events_and_sources_are_counted_apart() -> None:
    throttled = ThrottledLog(Time())
    with capture_logs() as lines:
        for _ in range(3):
            for event in ("refused", "closed"):
                for source in ("a", "b"):
                    throttled.warn(log, event, source)
    assert Counter((line["event"], line["source"]) for line in lines) == {
        ("refused", "a"): 1, ("refused", "b"): 1, ("closed", "a"): 1, ("closed", "b"): 1,
    }  # fmt: skip


def test_too_many_sources_share_one_line_per_event_until_older_ones_are_dropped() -> None:
    time = Time()
    throttled = ThrottledLog(time, max_sources=3)
    with capture_logs() as lines:
        for number in range(100):
            throttled.warn(log, "refused", f"source {number}")
        time.now += INTERVAL_SECONDS
        throttled.warn(log, "refused", "source 99")
    assert [line["source"] for line in lines] == ["source 0", "source 1", "source 2", OTHERS, "source 99"]


def test_the_shared_function_logs_a_source_once() -> None:
    with capture_logs() as lines:
        warn_throttled(log, "refused", "test_the_shared_function", user_id="u")
        warn_throttled(log, "refused", "test_the_shared_function", user_id="u")
    assert [line["user_id"] for line in lines] == ["u"]
