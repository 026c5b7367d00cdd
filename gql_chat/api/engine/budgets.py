"""Budgets: the most that a user, a sign-in or an address may make this process spend on operations in a minute.

They protect the CPU and memory of one process, and so they are counted in its memory. An operation counts once, by its
cost, and by its CPU time. The time is known only afterwards: a debt refuses the next operation. An operation of a
signed-in user counts for the user, the sign-in or token, and the address. Without a sign-in, it counts twice for the
address: for all operations from there, and for those of clients that are not signed in.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from gql_chat.infra.net.addresses import sites_of
from gql_chat.infra.rate_limits.limiter import FACTORS, ROUNDING_SECONDS, refusal
from gql_chat.infra.rate_limits.table import BucketTable
from gql_chat.users.viewer import Viewer

PERIOD_SECONDS = 60.0
FULL_SECONDS = PERIOD_SECONDS + ROUNDING_SECONDS
SIGN_IN_DIVISOR = 2  # one sign-in gets half of its user's budget, so that a runaway script leaves some for the others


class Budget(NamedTuple):
    """The amounts that may be spent at once, and again over each minute."""

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

    @property
    def name(self) -> str:
        """The user's id, or the largest network of an address without a sign-in."""
        return self.viewer.user_id if self.viewer else sites_of(self.ip)[0]


NOBODY = Payer(None, None)


class Remainder(NamedTuple):
    """The remainder of a budget, and the times until all of it is available again."""

    budget: Budget
    left: Budget
    reset_seconds: Budget

    @property
    def is_low(self) -> bool:
        """Whether less than half of something is left."""
        whole, left = self.budget, self.left
        return 2 * left[0] < whole[0] or 2 * left[1] < whole[1] or 2 * left[2] < whole[2]

    def format(self) -> dict[str, dict[str, int]]:
        """Return the response's `extensions.rateLimit`."""
        rows = zip(("operations", "cpuMs", "cost"), self.budget, self.left, self.reset_seconds, strict=True)
        return {
            name: {
                "limit": int(whole),
                "remaining": int(left + ROUNDING_SECONDS),
                "resetSeconds": ceil(seconds - ROUNDING_SECONDS),
            }
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

    def require_operation(self, payer: Payer, cost: float = 0) -> None:
        """Count an operation for all of the payer's budgets, or for none. Raise RateLimited if one is used up."""
        self._require(payer, 1, cost)

    def require_cost(self, payer: Payer, cost: float) -> None:
        """Charge an operation's cost, which is known after the operation was counted, as `require_operation` does.

        A cost above a whole budget needs an untouched one.
        """
        self._require(payer, 0, cost)

    def charge_cpu(self, payer: Payer, seconds: float) -> None:
        """Charge CPU time that was spent. It may leave a debt."""
        for _, pace, spent in self._find_spent(payer, self._monotonic()):
            spent.cpu_at += seconds * pace.seconds_per_cpu_second

    def remainder(self, payer: Payer) -> Remainder:
        """Return what is left: of the sign-in's budget or less, if the user's has less. Others' shares stay private."""
        now, viewer = self._monotonic(), payer.viewer
        if viewer is None:
            sites = sites_of(payer.ip)
            pace = self._signed_out[len(sites)][-1]
            spent = self._signed_out_addresses.get(sites[-1], now, pace)
            return Remainder(pace.budget, pace.left_of(spent, now), spent.waits(now))
        spent = self._sign_ins.get(viewer.credential_id, now)
        left = self._sign_in.left_of(spent, now)
        of_user = self._user.left_of(self._users.get(viewer.user_id, now), now)
        return Remainder(self._sign_in.budget, Budget(*map(min, left, of_user)), spent.waits(now))

    def _require(self, payer: Payer, count: int, cost: float) -> None:
        now = self._monotonic()
        entries = self._find_spent(payer, now)
        for name, pace, spent in entries:
            operations_seconds = spent.operations_at - now + count * pace.seconds_per_operation
            if operations_seconds > FULL_SECONDS:
                raise refusal(f"operations:{pace.name}:{name}", operations_seconds - PERIOD_SECONDS)
            if spent.cpu_at - now > PERIOD_SECONDS:
                raise refusal(f"cpu:{pace.name}:{name}", spent.cpu_at - now - PERIOD_SECONDS)
            cost_seconds = spent.cost_at - now + min(cost * pace.seconds_per_cost, PERIOD_SECONDS)
            if cost_seconds > FULL_SECONDS:
                raise refusal(f"cost:{pace.name}:{name}", cost_seconds - PERIOD_SECONDS)
        for _, pace, spent in entries:
            spent.operations_at += count * pace.seconds_per_operation
            spent.cost_at += cost * pace.seconds_per_cost

    def _find_spent(self, payer: Payer, now: float) -> "list[tuple[str, _Pace, _Spent]]":
        """Return the buckets of all budgets with nothing in the past, so that none is empty and dropped before its use.

        Larger networks come first: they bound the number of smaller ones.
        """
        sites, viewer = sites_of(payer.ip), payer.viewer
        addresses, found = self._addresses, []
        for site, pace in zip(sites, self._address[len(sites)], strict=True):
            found.append((site, pace, addresses.get(site, now, pace).until(now)))
        if viewer is not None:
            found.append((viewer.user_id, self._user, self._users.get(viewer.user_id, now).until(now)))
            sign_in = self._sign_ins.get(viewer.credential_id, now)
            found.append((viewer.credential_id, self._sign_in, sign_in.until(now)))
            return found
        addresses = self._signed_out_addresses
        for site, pace in zip(sites, self._signed_out[len(sites)], strict=True):
            found.append((site, pace, addresses.get(site, now, pace).until(now)))
        return found


class NoBudgets:
    """Limits nothing."""

    def require_operation(self, payer: Payer, cost: float = 0) -> None:
        """Allow the operation."""

    def require_cost(self, payer: Payer, cost: float) -> None:
        """Allow the cost."""

    def charge_cpu(self, payer: Payer, seconds: float) -> None:
        """Charge nothing."""


class _Pace:
    """A budget, as the seconds by which an operation, a second of CPU time and a cost of 1 fill its buckets."""

    __slots__ = ("budget", "name", "seconds_per_cost", "seconds_per_cpu_second", "seconds_per_operation")

    def __init__(self, name: str, budget: Budget) -> None:
        self.name = name
        self.budget = budget
        self.seconds_per_operation = PERIOD_SECONDS / budget.operations
        self.seconds_per_cpu_second = PERIOD_SECONDS * 1000 / budget.cpu_ms
        self.seconds_per_cost = PERIOD_SECONDS / budget.cost

    def left_of(self, spent: "_Spent", now: float) -> Budget:
        """Return what is left of the budget."""
        operations, cpu_ms, cost = self.budget
        end = now + PERIOD_SECONDS
        return Budget(
            operations
            if spent.operations_at <= now
            else max((end - spent.operations_at) / self.seconds_per_operation, 0),
            cpu_ms if spent.cpu_at <= now else max((end - spent.cpu_at) * 1000 / self.seconds_per_cpu_second, 0),
            cost if spent.cost_at <= now else max((end - spent.cost_at) / self.seconds_per_cost, 0),
        )


class _Spent:
    """The times at which three buckets will be empty."""

    __slots__ = ("cost_at", "cpu_at", "operations_at")

    def __init__(self, operations_at: float = 0.0, cpu_at: float = 0.0, cost_at: float = 0.0) -> None:
        self.operations_at = operations_at
        self.cpu_at = cpu_at
        self.cost_at = cost_at

    def is_empty(self, now: float) -> bool:
        return self.operations_at < now and self.cpu_at < now and self.cost_at < now

    def copy(self) -> "_Spent":
        return _Spent(self.operations_at, self.cpu_at, self.cost_at)

    def until(self, now: float) -> "_Spent":
        """Return these buckets after all that leaks by now has leaked."""
        if self.operations_at < now:
            self.operations_at = now
        if self.cpu_at < now:
            self.cpu_at = now
        if self.cost_at < now:
            self.cost_at = now
        return self

    def waits(self, now: float) -> Budget:
        """Return the seconds until each is empty."""
        return Budget(max(self.operations_at - now, 0), max(self.cpu_at - now, 0), max(self.cost_at - now, 0))


def _paces(name: str, budget: Budget) -> dict[int, tuple[_Pace, ...]]:
    """Return the paces of an address's networks, by their number, the largest first."""
    return {count: tuple(_Pace(name, budget.times(factor)) for factor in factors) for count, factors in FACTORS.items()}
