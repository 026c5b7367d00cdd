"""Budgets: what a user, a sign-in and an address may make this process spend in a minute on operations.

They protect the CPU and memory of one process, and so they are counted in its memory. An operation counts once, by its
cost, and by its CPU time. The time is known only afterwards: a debt refuses the next operation. An operation of a
signed-in user counts for the user, the sign-in or token, and the address. Without a sign-in, it counts twice for the
address: for all operations from there, and for those of clients that are not signed in.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from gql_chat.infra.net.addresses import sites_of
from gql_chat.infra.rate_limits.limiter import ROUNDING_SECONDS, refusal
from gql_chat.infra.rate_limits.places import FACTORS
from gql_chat.infra.rate_limits.table import BucketTable
from gql_chat.users.viewer import Viewer

PERIOD_SECONDS = 60.0
SIGN_IN_DIVISOR = 2  # one sign-in gets half of its user's budget, so that a runaway script leaves some for the others


class Budget(NamedTuple):
    """What may be spent at once, and again over each minute."""

    operations: float
    cpu_ms: float
    cost: float

    def times(self, factor: float) -> "Budget":
        """Return a budget of `factor` times as much."""
        return Budget(self.operations * factor, self.cpu_ms * factor, self.cost * factor)


@dataclass(frozen=True, slots=True)
class BudgetPolicy:
    """The budgets of a user, of an address's clients that are not signed in, and of all clients of an address.

    An IPv6 address counts by its /64, and the /56 and the /48 have larger budgets.
    """

    user: Budget
    signed_out: Budget
    address: Budget


class Payer(NamedTuple):
    """The client whose budgets an operation is charged to."""

    viewer: Viewer | None
    ip: str | None


class Remainder(NamedTuple):
    """What is left of a budget's operations, CPU time and cost, with the whole budget."""

    budget: Budget
    left: Budget
    reset_seconds: Budget
    """The time until the whole budget is available again."""

    @property
    def is_low(self) -> bool:
        """Whether less than half of something is left."""
        return any(2 * left < whole for left, whole in zip(self.left, self.budget, strict=True))

    def format(self) -> dict[str, dict[str, int]]:
        """Return the response's `extensions.rateLimit`."""
        rows = zip(("operations", "cpuMs", "cost"), self.budget, self.left, self.reset_seconds, strict=True)
        return {
            name: {"limit": int(whole), "remaining": int(left), "resetSeconds": ceil(seconds)}
            for name, whole, left, seconds in rows
        }


class Budgets:
    """Counts what operations spend. Users, sign-ins and addresses have tables of their own.

    So no flood of addresses, which can fill only the tables of addresses, affects users' budgets.
    """

    def __init__(self, policy: BudgetPolicy, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._user = _Pace("user", policy.user)
        self._sign_in = _Pace("sign-in", policy.user.times(1 / SIGN_IN_DIVISOR))
        self._signed_out = _paces("signed out", policy.signed_out)
        self._address = _paces("address", policy.address)
        self._users, self._sign_ins = BucketTable(_Spent), BucketTable(_Spent)
        self._addresses, self._signed_out_addresses = BucketTable(_Spent), BucketTable(_Spent)

    def require_operation(self, payer: Payer) -> None:
        """Count an operation for all of the payer's budgets, or for none. Raise RateLimited if one is used up."""
        now = self._monotonic()
        for name, pace, spent in self._entries(payer, now):
            if (wait_seconds := spent.operations_at - now - pace.operations_room) > ROUNDING_SECONDS:
                raise refusal(f"operations:{pace.name}:{name}", wait_seconds)
            if (wait_seconds := spent.cpu_at - now - PERIOD_SECONDS) > 0:
                raise refusal(f"cpu:{pace.name}:{name}", wait_seconds)
        for _, pace, spent in self._entries(payer, now):
            spent.operations_at = max(spent.operations_at, now) + pace.seconds_per_operation

    def require_cost(self, payer: Payer, cost: float) -> None:
        """Charge the operation's cost to all of the payer's budgets, or to none. Raise RateLimited if one is used up.

        A cost above a whole budget needs an untouched one.
        """
        now = self._monotonic()
        for name, pace, spent in self._entries(payer, now):
            room = max(PERIOD_SECONDS - cost * pace.seconds_per_cost, 0.0)
            if (wait_seconds := spent.cost_at - now - room) > ROUNDING_SECONDS:
                raise refusal(f"cost:{pace.name}:{name}", wait_seconds)
        for _, pace, spent in self._entries(payer, now):
            spent.cost_at = max(spent.cost_at, now) + cost * pace.seconds_per_cost

    def charge_cpu(self, payer: Payer, seconds: float) -> None:
        """Charge CPU time that was spent. It may leave a debt."""
        now = self._monotonic()
        for _, pace, spent in self._entries(payer, now):
            spent.cpu_at = max(spent.cpu_at, now) + seconds * pace.seconds_per_cpu_second

    def remainder(self, payer: Payer) -> Remainder:
        """Return what is left: of the sign-in's budget or less, if the user's has less. Others' shares stay private."""
        now = self._monotonic()
        if payer.viewer is None:
            sites = sites_of(payer.ip)
            pace = self._signed_out[len(sites)][-1]
            return _remainder(pace, self._signed_out_addresses.get(sites[-1], now, pace), now)
        sign_in = _remainder(self._sign_in, self._sign_ins.get(payer.viewer.credential_id, now), now)
        user = _remainder(self._user, self._users.get(payer.viewer.user_id, now), now)
        return sign_in._replace(left=Budget(*map(min, sign_in.left, user.left)))

    def _entries(self, payer: Payer, now: float) -> "Iterator[tuple[str, _Pace, _Spent]]":
        """Yield the buckets of all budgets, larger networks first, so that a refusal leaves none for smaller ones.

        Fill a bucket before the next is yielded, which may drop empty ones.
        """
        sites = sites_of(payer.ip)
        for site, pace in zip(sites, self._address[len(sites)], strict=True):
            yield site, pace, self._addresses.get(site, now, pace)
        viewer = payer.viewer
        if viewer is not None:
            yield viewer.user_id, self._user, self._users.get(viewer.user_id, now)
            yield viewer.credential_id, self._sign_in, self._sign_ins.get(viewer.credential_id, now)
            return
        for site, pace in zip(sites, self._signed_out[len(sites)], strict=True):
            yield site, pace, self._signed_out_addresses.get(site, now, pace)


class _Pace:
    """A budget, as the seconds by which an operation, a second of CPU time and a cost of 1 fill its buckets."""

    __slots__ = (
        "budget", "name", "operations_room", "seconds_per_cost", "seconds_per_cpu_second", "seconds_per_operation",
    )  # fmt: skip

    def __init__(self, name: str, budget: Budget) -> None:
        self.name = name
        self.budget = budget
        self.seconds_per_operation = PERIOD_SECONDS / budget.operations
        self.operations_room = PERIOD_SECONDS - self.seconds_per_operation
        self.seconds_per_cpu_second = PERIOD_SECONDS * 1000 / budget.cpu_ms
        self.seconds_per_cost = PERIOD_SECONDS / budget.cost


class _Spent:
    """The times at which three buckets will be empty."""

    __slots__ = ("cost_at", "cpu_at", "operations_at")

    def __init__(self, operations_at: float = 0.0, cpu_at: float = 0.0, cost_at: float = 0.0) -> None:
        self.operations_at = operations_at
        self.cpu_at = cpu_at
        self.cost_at = cost_at

    def is_empty(self, now: float) -> bool:
        return self.operations_at <= now and self.cpu_at <= now and self.cost_at <= now

    def copy(self) -> "_Spent":
        return _Spent(self.operations_at, self.cpu_at, self.cost_at)


def _paces(name: str, budget: Budget) -> dict[int, tuple[_Pace, ...]]:
    """Return the paces of an address's networks, by their number, the largest first."""
    return {count: tuple(_Pace(name, budget.times(factor)) for factor in factors) for count, factors in FACTORS.items()}


def _remainder(pace: _Pace, spent: _Spent, now: float) -> Remainder:
    waits = Budget(*(round(max(at - now, 0.0), 3) for at in (spent.operations_at, spent.cpu_at, spent.cost_at)))
    left = (
        round(whole * max(1 - wait / PERIOD_SECONDS, 0.0), 3) for whole, wait in zip(pace.budget, waits, strict=True)
    )
    return Remainder(pace.budget, Budget(*left), waits)
