"""Credentials, whatever their owner does and in whatever order: one that was revoked never works again."""

import asyncio
import contextvars
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.errors import NotFound, Unauthenticated
from gql_chat.infra import clock
from gql_chat.infra.db.database import fetch_all, transaction
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id
from gql_chat.infra.rate_limits.limiter import NoRateLimiter
from gql_chat.infra.signals import NoSignals
from gql_chat.users.access_tokens import AccessTokenDraft, create_access_token, revoke_access_token
from gql_chat.users.accounts import authenticate, log_in
from gql_chat.users.credentials import QUICK_IDS, find_ended, lock_account
from gql_chat.users.models import AccessToken, Scope, SignIn, User, UserRole, UserStatus
from gql_chat.users.passwords.hashing import Passwords, sign_in_from
from gql_chat.users.passwords.own_passwords import OwnPassword
from gql_chat.users.passwords.password_changes import update_password
from gql_chat.users.sign_in_tokens import SignInTokens
from gql_chat.users.sign_ins import REUSE_GRACE, ClientInfo, SignIns
from gql_chat.users.sign_outs import SignOuts
from gql_chat.users.viewer import Viewer
from tests.support.mailed import Unsent
from tests.support.running.examples import examples
from tests.support.stored.owners import new_user

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
IDLE = timedelta(days=30)
PASSES_GRACE = REUSE_GRACE + timedelta(seconds=1)

# Each step waits, or not, and does something with one of the credentials that there ever were.
steps = st.lists(
    st.tuples(
        st.sampled_from([timedelta(), timedelta(), PASSES_GRACE]),
        st.sampled_from(
            ["log in", "log in", "refresh", "refresh", "replay", "log out", "log out everywhere", "change the password",
             "create a token", "create a token", "revoke a token"]
        ),
        st.integers(0, 20),
    ),
    min_size=10,  # left to itself, Hypothesis tries mostly short ones
    max_size=25,
)  # fmt: skip


@dataclass
class Family:
    """A sign-in as its holder sees it."""

    refresh_tokens: list[str]
    access_tokens: list[str]
    ended: bool = False


@dataclass
class Script:
    """A personal access token."""

    id: str
    text: str
    ended: bool = False


@dataclass
class Account:
    """A user, the credentials that there ever were, and what must be true of them."""

    passwords: list[str] = field(default_factory=lambda: ["password number 0"])
    families: list[Family] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    moment: datetime = START

    def __post_init__(self) -> None:
        self.sign_outs = SignOuts(find_ended, NoSignals())
        tokens = SignInTokens(access_key=b"a" * 32, refresh_key=b"r" * 32, access_lifetime=timedelta(hours=1))
        self.sign_ins = SignIns(tokens, idle_lifetime=IDLE, sign_outs=self.sign_outs)
        self.hasher = Passwords(cost=4)

    async def step(self, pause: timedelta, action: str, pick: int) -> None:
        """Do it, and note what has ended by it."""
        self.moment += pause
        match action:
            case "log in":
                await self.log_in(self.passwords[-1 - pick % len(self.passwords)])
            case "refresh" | "replay" if self.families:
                await self.refresh(self.families[pick % len(self.families)], age=0 if action == "refresh" else 1)
            case "log out" | "log out everywhere" if self.families:
                await self.log_out(self.families[pick % len(self.families)], everywhere=action.endswith("everywhere"))
            case "change the password" if self.everything():
                await self.change_password(self.everything()[pick % len(self.everything())])
            case "create a token" if self.everything():
                await self.create_token(self.everything()[pick % len(self.everything())])
            case "revoke a token" if self.scripts:
                await self.revoke(self.scripts[pick % len(self.scripts)])
            case _:
                pass

    def everything(self) -> list[tuple[str, bool]]:
        """Return every access token and whether it has ended."""
        of_families = [(token, family.ended) for family in self.families for token in family.access_tokens]
        return [*of_families, *((script.text, script.ended) for script in self.scripts)]

    async def log_in(self, password: str) -> None:
        try:
            pair = await log_in(
                "ada", password, ClientInfo(), passwords=self.hasher, sign_ins=self.sign_ins, limiter=NoRateLimiter()
            )
        except Unauthenticated:
            assert password != self.passwords[-1]
        else:
            assert password == self.passwords[-1], "an old password signs in"
            self.families.append(Family([pair.refresh_token], [pair.access_token]))

    async def refresh(self, family: Family, age: int) -> None:
        token = family.refresh_tokens[max(0, len(family.refresh_tokens) - 1 - age)]
        is_newest = token == family.refresh_tokens[-1]
        try:
            pair = await self.sign_ins.refresh(token, ClientInfo(), limiter=NoRateLimiter())
        except Unauthenticated:
            assert family.ended or not is_newest
            family.ended = True
        else:
            assert not family.ended, "a family that has ended was refreshed"
            family.access_tokens.append(pair.access_token)
            if is_newest:
                family.refresh_tokens.append(pair.refresh_token)

    async def log_out(self, family: Family, *, everywhere: bool) -> None:
        try:
            await self.sign_ins.end(family.refresh_tokens[0], everywhere=everywhere)
        except Unauthenticated:
            assert family.ended
            return
        for ended in self.families if everywhere else [family]:
            ended.ended = True

    async def change_password(self, by: tuple[str, bool]) -> None:
        token, ended = by
        new = f"password number {len(self.passwords)}"
        current = OwnPassword(self.passwords[-1], "current_password")
        try:
            pair = await update_password(
                await authenticate(token, sign_ins=self.sign_ins), current, new, ClientInfo(),
                passwords=self.hasher, sign_ins=self.sign_ins, sign_outs=self.sign_outs, limiter=NoRateLimiter(),
                outbox=Unsent(),
            )  # fmt: skip
        except Unauthenticated:
            assert ended
            return
        assert not ended
        credentials: list[Family | Script] = [*self.families, *self.scripts]
        for credential in credentials:
            credential.ended = True
        self.passwords.append(new)
        self.families.append(Family([pair.refresh_token], [pair.access_token]))

    async def create_token(self, by: tuple[str, bool]) -> None:
        token, ended = by
        try:
            viewer = await authenticate(token, sign_ins=self.sign_ins)
        except Unauthenticated:
            assert ended
            return
        assert not ended
        current = OwnPassword(self.passwords[-1], "current_password")
        row, text = await create_access_token(
            viewer, AccessTokenDraft("script", [Scope.ACCOUNT]), current,
            client_ip=None, passwords=self.hasher, limiter=NoRateLimiter(), outbox=Unsent(),
        )  # fmt: skip
        self.scripts.append(Script(row.id, text))

    async def revoke(self, script: Script) -> None:
        try:
            await revoke_access_token((await User.get()).id, script.id, sign_outs=self.sign_outs)
        except NotFound:
            assert script.ended
        script.ended = True

    async def check(self) -> None:
        """Check that what has ended is refused, and that what has not is taken."""
        for token, ended in self.everything():
            assert await self.is_taken(token) == (not ended)

    async def is_taken(self, token: str) -> bool:
        try:
            await authenticate(token, sign_ins=self.sign_ins)
        except Unauthenticated:
            return False
        return True


@examples(50)
@given(steps)
async def test_what_has_ended_is_refused_for_ever_and_nothing_else_is(
    sqlite_url: str, steps: list[tuple[timedelta, str, int]]
) -> None:
    async with open_database(sqlite_url, model_modules()):
        account = Account()
        with patch.object(clock, "now", lambda: account.moment):
            await sign_up(account)
            for step in [(timedelta(), "log in", 0), (timedelta(), "create a token", 0), *steps]:
                await account.step(*step)
                await account.check()
            for family in account.families:
                if family.ended:
                    for token in family.refresh_tokens:
                        assert not await was_refreshed(account, token)
            for password in account.passwords:
                await account.log_in(password)


async def test_a_locked_account_still_takes_rows_that_name_it(postgres_url: str) -> None:
    async with open_database(postgres_url, model_modules()):
        viewer = await viewer_of(await new_user("ada"))
        async with transaction():
            await lock_account(viewer)
            async with asyncio.timeout(5):
                await in_another_transaction(viewer_of(viewer.user_id))
        assert await AccessToken.filter(user_id=viewer.user_id).count() == 2


async def test_an_exclusive_lock_waits_for_rows_that_name_the_account(postgres_url: str) -> None:
    async with open_database(postgres_url, model_modules()):
        viewer = await viewer_of(await new_user("ada"))
        order: list[str] = []

        async def rename() -> None:
            async with transaction():
                user = await lock_account(viewer, exclusive=True)
                order.append("locked")
                await User.filter(id=user.id).update(username="bob", username_folded="bob")

        async with asyncio.timeout(10), transaction():
            await viewer_of(viewer.user_id)
            renaming = in_another_transaction(rename())
            while not await fetch_all("SELECT 1 FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0)
            # With a weaker lock held over there, this would wait for it, and it for the row above.
            await User.filter(id=viewer.user_id).update(change_count=1)
            order.append("recorded")
        await asyncio.wait_for(renaming, 10)
    assert order == ["recorded", "locked"]


@pytest.mark.parametrize("more", [0, QUICK_IDS])
async def test_what_has_ended_is_found_among_all_that_are_watched(database_url: str, more: int) -> None:
    async with open_database(database_url, model_modules()):
        ada, bob, eve = [await new_user(name) for name in ("ada", "bob", "eve")]
        valid = [await viewer_of(ada), await signed_in(ada), *[await viewer_of(ada) for _ in range(more)]]
        deleted, revoked, disabled = await viewer_of(ada), await signed_in(bob), await signed_in(eve)
        await AccessToken.filter(id=deleted.credential_id).delete()
        await SignIn.filter(id=revoked.credential_id).update(revoked_at=START)
        await User.filter(id=eve).update(status=UserStatus.DISABLED)
        ended = {viewer.credential_id for viewer in (deleted, revoked, disabled)}
        assert await find_ended([*valid, deleted, revoked, disabled]) == ended
        assert await find_ended(valid) == set()
        assert await find_ended([revoked]) == {revoked.credential_id}


async def signed_in(user_id: str) -> Viewer:
    """Return the user behind a new sign-in."""
    sign_in = await SignIn.create(
        id=new_id("sgn"), user_id=user_id, generation=1, rotated_at=START, expires_at=START, ends_at=START,
        created_at=START,
    )  # fmt: skip
    return Viewer(user_id, UserRole.USER, sign_in.id, None)


async def viewer_of(user_id: str) -> Viewer:
    """Return who holds a new personal access token."""
    token = await AccessToken.create(
        id=new_id("tok"), user_id=user_id, name="script", token_hash=new_id("tok"), scopes=["ACCOUNT"], created_at=START
    )
    return Viewer(user_id, UserRole.USER, token.id, None, frozenset([Scope.ACCOUNT]))


def in_another_transaction(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    return asyncio.get_running_loop().create_task(work, context=contextvars.Context())


async def was_refreshed(account: Account, token: str) -> bool:
    try:
        await account.sign_ins.refresh(token, ClientInfo(), limiter=NoRateLimiter())
    except Unauthenticated:
        return False
    return True


async def sign_up(account: Account) -> None:
    """Sign up the only user."""
    await User.all().delete()
    await User.create(
        id=new_id("usr"), username="ada", username_folded="ada", email="a@b.cd", email_folded="a@b.cd",
        password_hash=await account.hasher.hash(account.passwords[0], sign_in_from(None)),
        role=UserRole.USER, status=UserStatus.ACTIVE,
        created_at=START, updated_at=START,
    )  # fmt: skip
