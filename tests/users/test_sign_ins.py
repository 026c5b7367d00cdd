"""Refresh tokens, whatever is done with them and whenever: sequences of refreshes under a clock that the test moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import jwt
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.errors import Unauthenticated
from gql_chat.infra import clock
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id
from gql_chat.infra.rate_limits.limiter import NoRateLimiter
from gql_chat.infra.signals import NoSignals
from gql_chat.users.credentials import find_ended
from gql_chat.users.models import SignIn, User, UserRole, UserStatus
from gql_chat.users.sign_in_tokens import SignInTokens
from gql_chat.users.sign_ins import FAMILY_LIFETIME, REUSE_GRACE, ClientInfo, SignIns
from gql_chat.users.sign_outs import SignOuts
from tests.support.running.examples import examples

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
IDLE = timedelta(days=30)
TOKENS = SignInTokens(access_key=b"a" * 32, refresh_key=b"r" * 32, access_lifetime=timedelta(minutes=15))
SIGN_INS = SignIns(
    TOKENS,
    idle_lifetime=IDLE,
    sign_outs=SignOuts(find_ended, NoSignals()),
)

pauses = st.one_of(
    st.just(timedelta()),
    st.sampled_from([REUSE_GRACE - timedelta(microseconds=1), REUSE_GRACE, REUSE_GRACE + timedelta(microseconds=1)]),
    st.timedeltas(timedelta(), 2 * REUSE_GRACE),
    st.timedeltas(timedelta(), timedelta(days=31)),
)
# Each step waits, then refreshes with the token that is so many generations older than the newest.
steps = st.lists(st.tuples(pauses, st.sampled_from([0, 0, 0, 1, 1, 2, 5])), max_size=25)


@dataclass
class Family:
    """A sign-in as its tokens' holders see it."""

    tokens: list[str]
    moment: datetime = START
    first_used_at: dict[int, datetime] = field(default_factory=dict)
    ended: bool = False

    async def refresh(self, generation: int) -> str | None:
        """Return the successor's token; None if it was refused."""
        try:
            pair = await SIGN_INS.refresh(self.tokens[generation], ClientInfo(), limiter=NoRateLimiter())
        except Unauthenticated:
            return None
        return pair.refresh_token

    async def step(self, pause: timedelta, age: int) -> None:
        """Refresh after a pause, and hold the answer against what must always hold."""
        self.moment += pause
        newest = len(self.tokens) - 1
        generation = max(0, newest - age)
        born_at = self.first_used_at.get(newest - 1, START)
        in_time = self.moment < min(born_at + IDLE, START + FAMILY_LIFETIME)
        successor = await self.refresh(generation)
        if generation == newest:
            assert (successor is not None) == (in_time and not self.ended), "the newest token is good until the end"
        if successor is None:
            self.ended = True
        elif generation == newest:
            self.first_used_at[generation] = self.moment
            self.tokens.append(successor)
        else:
            assert not self.ended, "a family that has ended never comes back"
            assert generation == newest - 1, "only the last generation has a grace"
            assert self.moment <= self.first_used_at[generation] + REUSE_GRACE, "the grace is over"
            assert successor == self.tokens[generation + 1], "one token has one successor"


def test_an_access_token_expires_at_the_whole_second_that_its_claim_says() -> None:
    with patch.object(clock, "now", lambda: START + timedelta(seconds=0.9)):
        text, expires_at = TOKENS.sign_access("usr_x", "sgn_x", [])
    assert expires_at == START + timedelta(minutes=15)
    assert jwt.decode(text, options={"verify_signature": False})["exp"] == expires_at.timestamp()


@examples(60)
@given(steps)
async def test_only_the_newest_token_goes_on_and_a_replay_ends_the_family(
    sqlite_url: str, steps: list[tuple[timedelta, int]]
) -> None:
    async with open_database(sqlite_url, model_modules()):
        family = Family([""])
        with _clock_of(family):
            family.tokens = [(await SIGN_INS.open(await _new_user(), ClientInfo())).refresh_token]
            for pause, age in steps:
                await family.step(pause, age)
            family.moment += REUSE_GRACE + timedelta(microseconds=1)
            accepted = [
                generation for generation in range(len(family.tokens)) if await _would_be_taken(family, generation)
            ]
            assert accepted in ([], [len(family.tokens) - 1]), "outside the grace one generation at most is good"


async def test_parallel_refreshes_by_servers_whose_clocks_differ_are_no_replay(postgres_url: str) -> None:
    async with open_database(postgres_url, model_modules()):
        family = Family([(await SIGN_INS.open(await _new_user(), ClientInfo())).refresh_token])
        for ahead in (timedelta(minutes=10), timedelta(minutes=-10)):
            successor = await family.refresh(-1)
            family.moment = clock.now() + ahead
            with _clock_of(family):
                assert await family.refresh(-1) == successor
                assert successor is not None
                family.tokens.append(successor)


async def test_a_sign_in_keeps_where_it_came_from(sqlite_url: str) -> None:
    async with open_database(sqlite_url, model_modules()):
        for user_agent, kept in (("ab" * 200, "ab" * 150), ("curl", "curl"), ("", None), (None, None)):
            pair = await SIGN_INS.open(await _new_user(), ClientInfo("192.0.2.1", user_agent))
            sign_in = await SignIn.get(user_id=pair.user.id)
            assert (sign_in.client_ip, sign_in.user_agent) == ("192.0.2.1", kept)


async def _would_be_taken(family: Family, generation: int) -> bool:
    """Try a token and undo what that did."""
    sign_in = await SignIn.all().order_by("-created_at", "-id").first()
    taken = await family.refresh(generation) is not None
    assert sign_in is not None
    await sign_in.save()
    return taken


async def _new_user() -> User:
    name = new_id("usr")
    return await User.create(
        id=name, username=name, username_folded=name, email=name, email_folded=name, password_hash="none",
        role=UserRole.USER, status=UserStatus.ACTIVE, created_at=START, updated_at=START,
    )  # fmt: skip


@contextmanager
def _clock_of(family: Family) -> Iterator[None]:
    with patch.object(clock, "now", lambda: family.moment):
        yield
