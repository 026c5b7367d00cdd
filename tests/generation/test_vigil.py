"""Only who has been awake for a whole lease may take others for dead."""

from datetime import UTC, datetime, timedelta

import pytest

from gql_chat.generation.vigil import Vigil
from gql_chat.infra import clock

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
LEASE = timedelta(seconds=10)


@pytest.mark.parametrize(
    ("beats", "may_reap"),
    [
        ([0], False),
        ([0, 2, 4, 6, 8], False),
        ([0, 2, 4, 6, 8, 10], True),
        ([0, 4, 8, 12], True),  # two missed are none too many
        ([0, 2, 4, 6, 8, 10, 20], False),  # it slept, or the database was gone: others could not renew theirs either
        ([0, 2, 4, 6, 8, 10, 20, 22, 24, 26, 28], False),
        ([0, 2, 4, 6, 8, 10, 20, 22, 24, 26, 28, 30], True),
        ([0, 5, 10, 3], False),  # the clock was set back
    ],
)
def test_a_vigil_lasts_from_beat_to_beat(monkeypatch: pytest.MonkeyPatch, beats: list[int], may_reap: bool) -> None:
    vigil, answers = Vigil(LEASE), list[bool]()
    for seconds in beats:
        monkeypatch.setattr(clock, "now", lambda seconds=seconds: NOON + timedelta(seconds=seconds))
        answers.append(vigil.keep())
    assert answers[-1] is may_reap
