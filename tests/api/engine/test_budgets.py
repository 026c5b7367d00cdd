"""Budgets of operations: each of a sign-in, a user and an address refuses, and floods do not affect others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.api.engine.budgets import Budget, BudgetPolicy, Budgets, Payer
from gql_chat.errors import RateLimited
from gql_chat.users.models import UserRole
from gql_chat.users.viewer import Viewer

HOME, CAFE = "192.0.2.1", "198.51.100.9"
AMPLE = Budget(1e6, 1e9, 1e9)


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


def payer(user: str | None = None, sign_in: str = "1", ip: str = HOME) -> Payer:
    viewer = Viewer(user, UserRole.USER, f"{user} {sign_in}", None) if user else None
    return Payer(viewer, ip)


def make(time: Time, *, user: Budget = AMPLE, signed_out: Budget = AMPLE, address: Budget = AMPLE) -> Budgets:
    return Budgets(BudgetPolicy(user, signed_out, address), time)


def operations(count: int) -> Budget:
    return AMPLE._replace(operations=count)


def wait_of(budgets: Budgets, who: Payer) -> int | None:
    """Count an operation. Return the seconds to wait if it is refused."""
    try:
        budgets.require_operation(who)
    except RateLimited as refused:
        return refused.retry_after_seconds
    return None


def passes(budgets: Budgets, who: Payer, attempts: int) -> int:
    return [wait_of(budgets, who) for _ in range(attempts)].count(None)


def test_a_sign_in_gets_half_of_its_users_budget(time: Time) -> None:
    budgets = make(time, user=operations(12))
    assert passes(budgets, payer("ada"), 20) == 6
    assert wait_of(budgets, payer("ada")) == 10
    assert passes(budgets, payer("ada", "2"), 20) == 6  # and now the user's budget is used up
    assert wait_of(budgets, payer("ada", "3")) == 5
    assert passes(budgets, payer("bob"), 20) == 6
    time.now += 5
    assert passes(budgets, payer("ada", "3"), 20) == 1
    time.now += 60
    assert passes(budgets, payer("ada"), 20) == 6


def test_all_clients_of_an_address_share_a_budget(time: Time) -> None:
    budgets = make(time, address=operations(10))
    assert passes(budgets, payer("ada"), 4) + passes(budgets, payer("bob"), 4) + passes(budgets, payer(), 4) == 10
    assert wait_of(budgets, payer("carol")) == 6
    assert wait_of(budgets, payer("carol", ip=CAFE)) is None


def test_a_flood_of_signed_out_clients_leaves_signed_in_users_of_their_address_alone(time: Time) -> None:
    budgets = make(time, signed_out=operations(10))
    assert passes(budgets, payer(), 1000) == 10
    assert passes(budgets, payer("ada"), 100) == 100
    assert passes(budgets, payer(ip=CAFE), 10) == 10


def test_new_addresses_of_one_48_are_bounded_together_and_leave_no_buckets(time: Time) -> None:
    budgets = make(time, address=operations(10))
    passed = 0
    for number in range(20_000):
        time.now += 1e-6
        passed += wait_of(budgets, payer(ip=f"2001:db8:0:{number:x}::{number:x}")) is None
    assert passed == 160
    assert len(budgets._addresses) < 400
    assert wait_of(budgets, payer("ada", ip=HOME)) is None


def test_a_flood_of_addresses_that_fills_every_table_leaves_signed_in_users_their_budgets(time: Time) -> None:
    budgets = make(time, user=operations(4))
    assert passes(budgets, payer("ada"), 3) == 2
    for number in range(120_000):
        budgets.require_operation(payer(ip=f"{10 + number // 65536}.1.{number // 256 % 256}.{number % 256}"))
    assert len(budgets._addresses) <= 100_000 + 1024
    assert passes(budgets, payer("ada"), 3) == 0
    assert passes(budgets, payer("bob"), 3) == 2


def test_cpu_time_is_charged_afterwards_and_its_debt_refuses_the_next_operation(time: Time) -> None:
    budgets = make(time, user=AMPLE._replace(cpu_ms=2000))
    budgets.require_operation(payer("ada"))
    budgets.charge_cpu(payer("ada"), 0.999)
    budgets.require_operation(payer("ada"))
    budgets.charge_cpu(payer("ada"), 0.501)  # half a second of CPU time above the sign-in's 1,000 ms a minute
    assert budgets.remainder(payer("ada")).left.cpu_ms == 0
    assert wait_of(budgets, payer("ada")) == 30
    assert wait_of(budgets, payer("ada", "2")) is None
    assert wait_of(budgets, payer("bob")) is None
    time.now += 30
    assert wait_of(budgets, payer("ada")) is None


def test_the_cost_is_a_weight_and_one_above_the_budget_needs_an_untouched_one(time: Time) -> None:
    budgets = make(time, signed_out=AMPLE._replace(cost=600))
    for cost in (400, 200):
        budgets.require_cost(payer(), cost)
    with pytest.raises(RateLimited) as refused:
        budgets.require_cost(payer(), 10)
    assert refused.value.retry_after_seconds == 1
    time.now += 59
    with pytest.raises(RateLimited):
        budgets.require_cost(payer(), 1000)
    time.now += 1
    budgets.require_cost(payer(), 1000)


def test_the_remainder_is_the_sign_ins_or_what_the_user_has_left_if_that_is_less(time: Time) -> None:
    budgets = make(time, user=Budget(20, 2000, 200), signed_out=Budget(8, 800, 80))
    assert budgets.remainder(payer("ada")).left == (10, 1000, 100)
    for _ in range(9):
        budgets.require_operation(payer("ada"))
    budgets.require_cost(payer("ada"), 40)
    budgets.charge_cpu(payer("ada"), 0.25)
    remainder = budgets.remainder(payer("ada"))
    assert remainder.is_low
    assert remainder.format() == {
        "operations": {"limit": 10, "remaining": 1, "resetSeconds": 54},
        "cpuMs": {"limit": 1000, "remaining": 750, "resetSeconds": 15},
        "cost": {"limit": 100, "remaining": 60, "resetSeconds": 24},
    }
    assert passes(budgets, payer("ada", "2"), 9) == 9
    assert passes(budgets, payer("ada", "3"), 1) == 1
    assert budgets.remainder(payer("ada", "4")).left.operations == pytest.approx(1)
    assert budgets.remainder(payer()).left == (8, 800, 80)
    assert not budgets.remainder(payer()).is_low
    assert budgets.remainder(payer(ip="2001:db8::1")).left == (8, 800, 80)


payers = st.builds(payer, st.sampled_from([None, "ada", "bob"]), st.sampled_from("12"), st.sampled_from([HOME, CAFE]))


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.0, 1.0, 7.0]), payers), max_size=120))
def test_no_window_holds_more_operations_than_twice_a_budget_and_refused_ones_count_nowhere(
    steps: list[tuple[float, Payer]],
) -> None:
    time = Time()
    budgets = make(time, user=operations(6), signed_out=operations(4), address=operations(10))
    passed: list[tuple[float, Payer]] = []
    for pause, who in steps:
        time.now += pause
        before = [(spent.operations_at, spent) for _, _, spent in budgets._find_spent(who, time.now)]
        if wait_of(budgets, who) is None:
            passed.append((time.now, who))
        else:
            assert all(spent.operations_at == level for level, spent in before)
    for start, _ in passed:
        window = [who for at, who in passed if start <= at < start + 59.9]
        assert all(len([who for who in window if who.ip == ip]) <= 20 for ip in (HOME, CAFE))
        assert all(len([who for who in window if who.ip == ip and not who.viewer]) <= 8 for ip in (HOME, CAFE))
        for user in ("ada", "bob"):
            assert len([who for who in window if who.viewer and who.viewer.user_id == user]) <= 12
