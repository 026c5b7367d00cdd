"""Password rules, and bcrypt off the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import bcrypt

from gql_chat.errors import BadUserInput, Unavailable
from gql_chat.infra.telemetry.metrics import in_queue

Result = TypeVar("Result", bytes, bool)

MIN_LENGTH = 8  # characters
MAX_BYTES = 72  # bcrypt reads no further, and bcrypt 5 raises beyond it
COST = 12  # 2^12 rounds: 217 ms on the reference machine
AT_ONCE = 1  # for each worker: a second one took the loop's core from replies (docs/benchmarks.md)
MAX_WAITING = 60  # the last one waits for 13 s; beyond that, clients have given up
WORST = frozenset([
    "12345678", "123456789", "1234567890", "password", "password1", "passw0rd", "qwertyui", "qwerty123",
    "qwertyuiop", "1q2w3e4r", "1qaz2wsx", "iloveyou", "11111111", "00000000", "88888888", "abcd1234", "abc12345",
    "letmein1", "football", "baseball", "sunshine", "princess", "superman", "trustno1", "asdfghjk", "zxcvbnm1",
    "a1234567", "woaini1314", "5201314a", "admin123", "changeme",
])  # fmt: skip


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


def require_good_password(password: str, *, username: str, field: str) -> None:
    """Raise BadUserInput if the password breaks a rule."""
    if len(password) < MIN_LENGTH:
        raise BadUserInput(f"A password needs at least {MIN_LENGTH} characters.", field=field)
    if len(password.encode()) > MAX_BYTES:
        raise BadUserInput(f"A password may take at most {MAX_BYTES} bytes in UTF-8.", field=field)
    if "\0" in password:
        raise BadUserInput("A password cannot contain a NUL character.", field=field)
    if password.casefold() == username.casefold():
        raise BadUserInput("The password must differ from the username.", field=field)
    if password.casefold() in WORST:
        raise BadUserInput("This password is too easy to guess. Choose another.", field=field)
