"""Bcrypt off the event loop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import bcrypt

from gql_chat.infra.net.addresses import sites_of
from gql_chat.infra.tasks.fair_queue import FairQueue, QueueLimits

Result = TypeVar("Result", bytes, bool)

MAX_BYTES = 72  # bcrypt reads no further, and bcrypt 5 raises beyond it
COST = 12  # 2^12 rounds: 217 ms on the reference machine
AT_ONCE = 1  # for each worker: a second one would take the loop's core from replies (docs/benchmarks.md)
# Sign-ins of one network, such as a classroom: the last one waits for 13 s; beyond that, clients have given up.
MAX_WAITING_PER_PLACE = 60
MAX_WAITING = 240  # of all networks
MAX_CHANGES_WAITING = 60  # of all users; they take turns with the networks that sign in, as if they were one of those
MAX_CHANGES_WAITING_PER_USER = 3


@dataclass(frozen=True, slots=True)
class PasswordUse:
    """The owner of a turn with a password: a network that signs in, or the user whose password is changed."""

    owner: str
    is_change: bool


def sign_in_from(client_ip: str | None) -> PasswordUse:
    """Return the use of a sign-in, a registration or a reset, whose owner is the client's largest network."""
    return PasswordUse(sites_of(client_ip)[0], is_change=False)


def change_of(user_id: str) -> PasswordUse:
    """Return the use of a change of the user's password, or of anything else that asks for it."""
    return PasswordUse(user_id, is_change=True)


class Passwords:
    """Hashes and checks passwords in threads, a bounded number at once so that sign-ins do not starve replies.

    Networks that sign in take turns, and so do users who change their passwords. Together those users wait and count
    as one more network, so that no number of them holds up a sign-in for longer than one change takes.
    """

    def __init__(self, *, cost: int = COST, at_once: int = AT_ONCE, max_waiting: int = MAX_WAITING) -> None:
        self._cost = cost
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="bcrypt")
        waiting_per_place = min(max_waiting, MAX_WAITING_PER_PLACE)
        self._queue = FairQueue("passwords", QueueLimits(at_once, max_waiting, waiting_per_place, at_once))
        self._changes = FairQueue("password_changes", QueueLimits(1, MAX_CHANGES_WAITING, MAX_CHANGES_WAITING_PER_USER))
        # A hash without a known password: a check against it takes as long as against any other.
        self._nobody = f"$2b${cost:02}$" + "." * 53

    async def hash(self, password: str, use: PasswordUse) -> str:
        """Return the bcrypt hash to store. Raises RateLimited, Unavailable."""
        return (await self._run(bcrypt.hashpw, password.encode(), bcrypt.gensalt(self._cost), use)).decode()

    async def matches(self, password: str, password_hash: str | None, use: PasswordUse) -> bool:
        """Return whether the password is right. Without a hash (no such user) it takes as long.

        Raises RateLimited, Unavailable.
        """
        encoded = password.encode()
        same = await self._run(bcrypt.checkpw, encoded[:MAX_BYTES], (password_hash or self._nobody).encode(), use)
        return same and password_hash is not None and len(encoded) <= MAX_BYTES

    async def _run(
        self, work: Callable[[bytes, bytes], Result], password: bytes, salt_or_hash: bytes, use: PasswordUse
    ) -> Result:
        async with self._turn(use):
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, password, salt_or_hash)

    @asynccontextmanager
    async def _turn(self, use: PasswordUse) -> AsyncIterator[None]:
        if use.is_change:
            async with self._changes.turn(use.owner), self._queue.turn("changes"):
                yield
        else:
            async with self._queue.turn(use.owner):
                yield
