"""Bytes of uploads that are on their way: reserved before they are read, for each user and for the whole process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from gql_chat.errors import Conflict, ConflictReason, RateLimited, Unavailable
from gql_chat.infra.telemetry.throttled_log import warn_throttled

RETRY_SECONDS = 10

log = structlog.get_logger(__name__)


@dataclass
class UploadsInFlight:
    """Bounds the bytes in the folder for temporary files, of each user and of all together, in this process."""

    max_bytes_per_user: int
    max_bytes: int
    _bytes: dict[str, int] = field(default_factory=dict)
    _files: set[str] = field(default_factory=set)

    @contextmanager
    def only(self, file_id: str) -> Iterator[None]:
        """Let one upload of the file run at a time. Raise Conflict for a second one."""
        if file_id in self._files:
            message = "This file is being uploaded already. Wait for that upload to end."
            raise Conflict(message, reason=ConflictReason.UPLOAD_RUNNING)
        self._files.add(file_id)
        try:
            yield
        finally:
            self._files.remove(file_id)

    @contextmanager
    def reserve(self, user_id: str, size_bytes: int) -> Iterator["Reservation"]:
        """Reserve these bytes for as long as the block runs. Raise as `Reservation.cover` does."""
        reservation = Reservation(self, user_id)
        try:
            reservation.cover(size_bytes)
            yield reservation
        finally:
            self._add(user_id, -reservation.size_bytes)

    def _add(self, user_id: str, size_bytes: int) -> None:
        self._bytes[user_id] = self._bytes.get(user_id, 0) + size_bytes
        if not self._bytes[user_id]:
            del self._bytes[user_id]

    def _require_room(self, user_id: str, more_bytes: int) -> None:
        if self._bytes.get(user_id, 0) + more_bytes > self.max_bytes_per_user:
            warn_throttled(log, "uploads_in_flight_of_user", user_id)
            message = f"At most {self.max_bytes_per_user} bytes of your uploads may be on their way at the same time."
            raise RateLimited(message, retry_after_seconds=RETRY_SECONDS)
        if sum(self._bytes.values()) + more_bytes > self.max_bytes:
            warn_throttled(log, "uploads_in_flight", "all")
            message = "The server is receiving as many uploads as it can. Try again later."
            raise Unavailable(message, retry_after_seconds=RETRY_SECONDS)


class Reservation:
    """The bytes that are reserved for one request."""

    def __init__(self, uploads: UploadsInFlight, user_id: str) -> None:
        self._uploads = uploads
        self._user_id = user_id
        self.size_bytes = 0

    def cover(self, size_bytes: int) -> None:
        """Reserve more, unless so many bytes are reserved already. Raise RateLimited, or Unavailable for all users."""
        more_bytes = size_bytes - self.size_bytes
        if more_bytes > 0:
            self._uploads._require_room(self._user_id, more_bytes)
            self._uploads._add(self._user_id, more_bytes)
            self.size_bytes = size_bytes
