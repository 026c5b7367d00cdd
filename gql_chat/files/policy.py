"""The upload policy: which files are taken, read again from the configuration when that changes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from gql_chat.errors import BadUserInput, PayloadTooLarge, UnsupportedFile

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class UploadPolicy:
    """Limits of uploads. `allowed_extensions` are in lower case and without a dot."""

    max_size_bytes: int
    allowed_extensions: tuple[str, ...]
    max_files_per_message: int
    quota_bytes_per_user: int

    def require_allowed(self, extension: str, size_bytes: int, *, field: str) -> None:
        """Raise UnsupportedFile or PayloadTooLarge; their messages say what is allowed."""
        if extension not in self.allowed_extensions:
            allowed = ", ".join(self.allowed_extensions)
            what = f"of the type .{extension}" if extension else "without an extension"
            raise UnsupportedFile(f"Files {what} are not allowed. Use one of these: {allowed}.", field=field)
        if size_bytes > self.max_size_bytes:
            raise too_large(self.max_size_bytes, field=field)


def too_large(max_bytes: int, *, field: str | None = None) -> PayloadTooLarge:
    """Return the error for a file with more bytes."""
    return PayloadTooLarge(f"The file is too large. A file may have at most {max_bytes} bytes.", field=field)


class UploadPolicySource:
    """The policy in force, at first `current`. `read` gives what the configuration says, or raises BadUserInput."""

    def __init__(self, current: UploadPolicy, read: Callable[[], UploadPolicy]) -> None:
        self._current = current
        self._read = read
        self._told_fault = ""

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

    async def take_if_changed(self) -> None:
        """Let what the configuration says hold if that has changed; a fault is logged once, and all stays as it is."""
        try:
            policy = await self.read()
        except BadUserInput as exc:
            if exc.message != self._told_fault:
                self._told_fault = exc.message
                log.warning("upload_policy_stays", reason=exc.message)
            return
        self._told_fault = ""
        if policy != self._current:
            self.take(policy)
            log.info("upload_policy_changed", max_size_bytes=policy.max_size_bytes)
