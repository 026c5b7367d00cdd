"""Bcrypt off the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import bcrypt

from gql_chat.errors import Unavailable
from gql_chat.infra.telemetry.metrics import in_queue

Result = TypeVar("Result", bytes, bool)

MAX_BYTES = 72  # bcrypt reads no further, and bcrypt 5 raises beyond it
COST = 12  # 2^12 rounds: 217 ms on the reference machine
AT_ONCE = 1  # for each worker: a second one took the loop's core from replies (docs/benchmarks.md)
MAX_WAITING = 60  # the last one waits for 13 s; beyond that, clients have given up


class Passwords:
    """Hashes and checks passwords in threads, a bounded number at once so that sign-ins do not starve replies."""

    def __init__(self, *, cost: int = COST, at_once: int = AT_ONCE, max_waiting: int = MAX_WAITING) -> None:
        self._cost = cost
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="bcrypt")
        self._room = at_once + max_waiting
        # A hash without a known password: a check against it takes as long as against any other.
        self._nobody = f"$2b${cost:02}$" + "." * 53

    async def hash(self, password: str) -> str:
        """Return the bcrypt hash to store. Raises Unavailable."""
        return (await self._run(bcrypt.hashpw, password.encode(), bcrypt.gensalt(self._cost))).decode()

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Return whether the password is right. Without a hash (no such user) it takes as long. Raises Unavailable."""
        encoded = password.encode()
        same = await self._run(bcrypt.checkpw, encoded[:MAX_BYTES], (password_hash or self._nobody).encode())
        return same and password_hash is not None and len(encoded) <= MAX_BYTES

    async def _run(self, work: Callable[[bytes, bytes], Result], password: bytes, salt_or_hash: bytes) -> Result:
        if self._room <= 0:
            raise Unavailable("Too many people are signing in at the moment. Try again soon.")
        self._room -= 1
        try:
            with in_queue("passwords"):
                return await asyncio.get_running_loop().run_in_executor(self._threads, work, password, salt_or_hash)
        finally:
            self._room += 1
