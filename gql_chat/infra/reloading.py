"""Values that follow a configuration file: read again when it changes, and kept as they were when it has a fault."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

from gql_chat.errors import BadUserInput

# Files are small, so they are read and compared. Unlike notifications and modification times, this works with editors
# that rename, with Kubernetes's swapped links and network mounts, and for two edits in one tick of the file's clock.
CHECK_INTERVAL_SECONDS = 1.0

Value = TypeVar("Value")

log = structlog.get_logger(__name__)


class Reloadable(Generic[Value]):
    """The value that `read` returns, in a thread, from a file. `read` raises BadUserInput for a file with a fault."""

    def __init__(self, name: str, current: Value, read: Callable[[], Value]) -> None:
        self._name = name
        self._current = current
        self._read = read
        self._logged_fault = ""

    @property
    def current(self) -> Value:
        """The value in force."""
        return self._current

    async def read(self) -> Value:
        """Read the file now, and leave the value in force as it is. Raises BadUserInput."""
        return await asyncio.to_thread(self._read)

    def take(self, value: Value) -> None:
        """Make this the value in force."""
        self._current = value

    async def reload(self) -> None:
        """Read the file now and take its value. Raises BadUserInput, and keeps the value, if the file has a fault."""
        self.take(await self.read())

    async def reload_if_changed(self) -> None:
        """Take the file's value if it has changed. A fault is logged once, and the value stays as it was."""
        try:
            value = await self.read()
        except BadUserInput as exc:
            if exc.message != self._logged_fault:
                self._logged_fault = exc.message
                log.warning("configuration_not_reloaded", source=self._name, reason=exc.message)
            return
        self._logged_fault = ""
        if value != self._current:
            self.take(value)
            log.info("configuration_reloaded", source=self._name)
