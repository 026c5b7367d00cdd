"""The upload policy: which files are taken, read again from the configuration when an admin asks for it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UploadPolicy:
    """What a file may be. `allowed_extensions` are in lower case and without a dot."""

    max_size_bytes: int
    allowed_extensions: tuple[str, ...]
    max_files_per_message: int


class UploadPolicySource:
    """The policy in force, at first `current`. `read` gives what the configuration says, or raises BadUserInput."""

    def __init__(self, current: UploadPolicy, read: Callable[[], UploadPolicy]) -> None:
        self._current = current
        self._read = read

    @property
    def current(self) -> UploadPolicy:
        """What holds for a file that comes now."""
        return self._current

    async def read(self) -> UploadPolicy:
        """What the configuration says by now, without taking it. Raises BadUserInput."""
        return await asyncio.to_thread(self._read)

    def take(self, policy: UploadPolicy) -> None:
        """Let this one hold from now on."""
        self._current = policy
