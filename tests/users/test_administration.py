"""There is always an active admin, whatever admins do to each other, one after the other or at once."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.errors import Conflict
from gql_chat.infra import clock
from gql_chat.infra.db.database import transaction
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id
from gql_chat.users.administration import UserChanges, require_another_admin, update_user
from gql_chat.users.models import User, UserRole, UserStatus
from tests.support.running.examples import examples

ADMIN, USER = UserRole.ADMIN, UserRole.USER
ACTIVE, DISABLED = UserStatus.ACTIVE, UserStatus.DISABLED
PEOPLE = 3

# One who is changed, or deleted if there is no change.
changes = st.builds(UserChanges, st.sampled_from([None, *UserRole]), st.sampled_from([None, *UserStatus]))
steps = st.lists(st.tuples(st.integers(0, PEOPLE - 1), st.one_of(changes, st.none())), max_size=20)


async def new_user(role: UserRole, status: UserStatus = ACTIVE) -> str:
    user_id, now = new_id("usr"), clock.now()
    await User.create(
        id=user_id, username=user_id, username_folded=user_id, email=user_id, email_folded=user_id,
        password_hash="none", role=role, status=status, created_at=now, updated_at=now,
    )  # fmt: skip
    return user_id


async def delete(user_id: str) -> None:
    async with transaction():
        await require_another_admin(user_id)
        await User.filter(id=user_id).delete()


async def act(user_id: str, change: UserChanges | None) -> bool:
    """Return whether it was done; the only reason why not is that nobody would be left."""
    try:
        await (delete(user_id) if change is None else update_user(user_id, change))
    except Conflict:
        return False
    return True


def after(was: tuple[UserRole, UserStatus], change: UserChanges | None) -> tuple[UserRole, UserStatus] | None:
    return (change.role or was[0], change.status or was[1]) if change else None


async def stored() -> dict[str, tuple[UserRole, UserStatus]]:
    return {user.id: (user.role, user.status) for user in await User.all()}


@examples(60)
@given(steps)
async def test_what_would_leave_no_active_admin_is_refused_and_nothing_else_is(
    sqlite_url: str, steps: list[tuple[int, UserChanges | None]]
) -> None:
    async with open_database(sqlite_url, model_modules()):
        await User.all().delete()
        people = [await new_user(ADMIN), await new_user(USER), await new_user(ADMIN, DISABLED)]
        expected = await stored()
        for who, change in steps:
            user_id = people[who]
            if user_id not in expected:
                continue
            outcome = after(expected[user_id], change)
            others = [state for other, state in expected.items() if other != user_id]
            allowed = (ADMIN, ACTIVE) in [*others, outcome]
            assert await act(user_id, change) == allowed
            if allowed and outcome:
                expected[user_id] = outcome
            elif allowed:
                del expected[user_id]
            assert await stored() == expected


@pytest.mark.parametrize(
    "change", [UserChanges(role=USER), UserChanges(status=DISABLED), None], ids=["demoted", "disabled", "deleted"]
)
async def test_of_admins_who_fall_at_once_one_stays(database_url: str, change: UserChanges | None) -> None:
    async with open_database(database_url, model_modules(), pool_size=8):
        for _ in range(5):
            admins = [await new_user(ADMIN) for _ in range(8)]
            done = await asyncio.gather(*[act(admin, change) for admin in admins])
            assert sorted(done) == [False] + [True] * 7
            left = [admin for admin, state in (await stored()).items() if state == (ADMIN, ACTIVE)]
            assert left == [admins[done.index(False)]]
            await User.all().delete()


async def test_admins_who_make_and_unmake_each_other_at_once_never_wait_for_ever(database_url: str) -> None:
    async with open_database(database_url, model_modules(), pool_size=8):
        people = [await new_user(ADMIN) for _ in range(4)]
        turns = [UserChanges(USER), UserChanges(ADMIN), UserChanges(None, DISABLED), UserChanges(None, ACTIVE)]
        await asyncio.gather(*[act(user_id, turn) for turn in turns * 5 for user_id in people])
        assert (ADMIN, ACTIVE) in (await stored()).values()


async def test_changes_of_role_and_status_at_once_both_hold(database_url: str) -> None:
    async with open_database(database_url, model_modules()):
        await new_user(ADMIN)
        for _ in range(10):
            user_id = await new_user(USER, DISABLED)
            await asyncio.gather(act(user_id, UserChanges(role=ADMIN)), act(user_id, UserChanges(status=ACTIVE)))
            assert (await stored())[user_id] == (ADMIN, ACTIVE)
