"""A worker reaps only after a whole lease of heartbeats without a gap."""

from datetime import UTC, datetime, timedelta

import pytest

from gql_chat.generation.reaper import ReapingGuard

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
LEASE = timedelta(seconds=10)


@pytest.mark.parametrize(
    ("beats", "may_reap"),
    [
        ([0], False),
        ([0, 2, 4, 6, 8], False),
        ([0, 2, 4, 6, 8, 10], True),
        ([0, 4, 8, 12], True),  # one missed beat is no gap yet
        ([0, 2, 4, 6, 8, 10, 20], False),  # it slept, or the database was gone: others could not renew theirs either
        ([0, 2, 4, 6, 8, 10, 20, 22, 24, 26, 28], False),
        ([0, 2, 4, 6, 8, 10, 20, 22, 24, 26, 28, 30], True),
        ([0, 5, 10, 3], False),  # the clock was set back
    ],
)
def test_a_worker_may_reap_after_a_lease_of_unbroken_heartbeats(beats: list[int], may_reap: bool) -> None:
    guard = ReapingGuard(LEASE)
    assert not guard.may_reap(NOON)
    for seconds in beats:
        guard.beat(NOON + timedelta(seconds=seconds))
    assert guard.may_reap(NOON + timedelta(seconds=beats[-1])) is may_reap


@pytest.mark.parametrize(("seconds_later", "may_reap"), [(0, True), (5, True), (6, False), (60, False), (-1, False)])
def test_a_worker_whose_own_heartbeats_stopped_may_not_reap(seconds_later: int, may_reap: bool) -> None:
    guard = ReapingGuard(LEASE)
    for seconds in range(0, 12, 2):
        guard.beat(NOON + timedelta(seconds=seconds))
    assert guard.may_reap(NOON + timedelta(seconds=10 + seconds_later)) is may_reap
