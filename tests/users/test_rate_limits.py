"""The limits of logins, whatever is tried from wherever: never more guesses, and no trace of refused ones."""

from dataclasses import dataclass, field
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.errors import RateLimited, Unauthenticated, Unavailable
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.net.addresses import sites_of
from gql_chat.infra.rate_limits.limiter import Limit, LocalRateLimiter
from gql_chat.users import rate_limits
from gql_chat.users.rate_limits import counting_wrong_passwords
from tests.support.running.examples import examples

PER_ACCOUNT_AND_PLACE, PER_ACCOUNT, PER_PLACE = Limit(3, 60), Limit(5, 60), Limit(8, 60)  # small, to be reached
PLACES = ["192.0.2.1", "192.0.2.2", "2001:db8::1", None]
NAMES = ["ada", "bob"]

# What comes of a login: None for success.
WRONG, BUSY, BROKEN = Unauthenticated("wrong"), Unavailable("busy"), OSError("the database has gone")
steps = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.0, 0.0, 0.0, 1.0, 12.0, 70.0]),
        st.sampled_from(NAMES),
        st.sampled_from(PLACES),
        st.sampled_from([WRONG, WRONG, WRONG, None, BUSY, BROKEN]),
    ),
    min_size=15,
    max_size=60,
)


@dataclass
class Attempts:
    """What was tried and let through, beside the limiter that decided."""

    now: float = 0.0
    wrong: list[tuple[float, str, str | None]] = field(default_factory=list)
    checked: list[tuple[float, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.limiter = LocalRateLimiter(lambda: self.now)

    async def attempt(self, name: str, place: str | None, outcome: Exception | None) -> bool:
        """Return whether the password was looked at."""
        try:
            async with counting_wrong_passwords(None, name, place, limiter=self.limiter):
                self.checked.append((self.now, place))
                if outcome is WRONG:
                    self.wrong.append((self.now, name, place))
                if outcome is not None:
                    raise outcome
        except RateLimited:
            return False
        except (Unauthenticated, Unavailable, OSError):
            pass
        return True

    @property
    def counts(self) -> dict[str, float]:
        """How full each bucket is, in seconds; those that are empty or as good as empty are left out."""
        levels = {name: bucket.empty_at - self.now for name, bucket in self.limiter._buckets._buckets.items()}
        return {bucket: level for bucket, level in levels.items() if level > 1e-6}


@examples(60)
@given(steps)
async def test_no_more_guesses_than_allowed_and_refused_ones_leave_no_trace(
    sqlite_url: str, steps: list[tuple[float, str, str | None, Exception | None]]
) -> None:
    attempts = Attempts()
    with patch.multiple(
        rate_limits,
        WRONG_PASSWORDS_PER_ACCOUNT_AND_PLACE=PER_ACCOUNT_AND_PLACE,
        WRONG_PASSWORDS_PER_ACCOUNT=PER_ACCOUNT,
        LOGINS_PER_PLACE=PER_PLACE,
    ):
        async with open_database(sqlite_url, model_modules()):
            for pause, name, place, outcome in steps:
                attempts.now += pause
                before = attempts.counts
                if not await attempts.attempt(name, place, outcome):
                    assert attempts.counts == pytest.approx(before)
                elif outcome is not WRONG:
                    # Only that there was a login here is remembered.
                    changed = {
                        bucket for bucket, level in attempts.counts.items() if level > before.get(bucket, 0) + 1e-6
                    }
                    assert changed == {f"logins:{site}" for site in sites_of(place)}
    for name in NAMES:
        _require_limited([at for at, of, _ in attempts.wrong if of == name], PER_ACCOUNT)
        for place in PLACES:
            here = [at for at, of, whence in attempts.wrong if (of, whence) == (name, place)]
            _require_limited(here, PER_ACCOUNT_AND_PLACE)
    for place in PLACES:
        _require_limited([at for at, whence in attempts.checked if whence == place], PER_PLACE)


def _require_limited(moments: list[float], limit: Limit) -> None:
    """Require so many at once, and one more for each interval of any window."""
    interval = limit.per_seconds / limit.count
    for number, start in enumerate(moments):
        for count, end in enumerate(moments[number:], start=1):
            assert count <= limit.count + (end - start) / interval + 1e-6
