"""Decoding of server-sent events from a body, however the network split its bytes.

The format: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

import re
from codecs import BOM_UTF8

# An event of one line, as providers send most.
_ONE_LINE = re.compile(rb"data: ?([^\r\n]+)(?:\n\n|\r\n\r\n)")

# A longer line or event counts as endless.
MAX_EVENT_BYTES = 8 * 1024 * 1024


class EventTooLong(ValueError):
    """A line or an event does not end."""


class ErrorEvent(bytes):
    """The data of an event whose name is `error`."""


class EventDecoder:
    """Returns the `data` of every event that the bytes fed to it complete; that of one named `error` as ErrorEvent.

    Other names, ids, retry times and comments are dropped: no provider of chat completions uses them.
    """

    def __init__(self) -> None:
        self._line: list[bytes] = []  # pieces of a line whose end has not come
        self._line_bytes = 0
        self._event: list[bytes] = []  # data lines of an event whose end has not come
        self._event_bytes = 0
        self._is_error = False
        self._after_cr = False
        self._at_start = True

    @property
    def unread_bytes(self) -> int:
        """The bytes that are kept of a line or event whose end has not come."""
        return self._line_bytes + self._event_bytes

    @property
    def is_between_events(self) -> bool:
        """Whether the next byte begins an event."""
        return not (self._line or self._event or self._after_cr or self._is_error or self._at_start)

    def feed(self, data: bytes) -> list[bytes]:
        """Return the data of the events that end in these bytes. Raise EventTooLong."""
        events: list[bytes] = []
        if not data:
            return events
        if self.is_between_events and len(data) <= MAX_EVENT_BYTES and (event := _ONE_LINE.fullmatch(data)):
            return [event[1]]
        if self._after_cr and data.startswith(b"\n"):
            data = data[1:]  # the LF of a CRLF that was cut in the middle
        for line in data.splitlines(keepends=True):
            if line[-1] in b"\r\n":
                self._end_line(line, events)
            else:
                self._keep(line)
        self._after_cr = data.endswith(b"\r")
        return events

    def end(self) -> list[bytes]:
        """Return the event that the end of the body cut short, if any: many servers omit the last empty line."""
        events: list[bytes] = []
        self._end_line(b"\n", events)
        self._end_line(b"\n", events)
        return events

    def _keep(self, piece: bytes) -> None:
        self._line.append(piece)
        self._line_bytes += len(piece)
        if self._line_bytes > MAX_EVENT_BYTES:
            raise EventTooLong

    def _end_line(self, line: bytes, events: list[bytes]) -> None:
        if self._line:
            line = b"".join((*self._line, line))
            self._line.clear()
            self._line_bytes = 0
        line = line.rstrip(b"\r\n")
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(BOM_UTF8)
        if line.startswith(b"data:"):
            self._add_data(line[6:] if line.startswith(b"data: ") else line[5:])
        elif not line:
            self._end_event(events)
        elif line.startswith(b"event:"):
            self._is_error = line[6:].strip() == b"error"

    def _end_event(self, events: list[bytes]) -> None:
        if self._event:
            data = self._event[0] if len(self._event) == 1 else b"\n".join(self._event)
            events.append(ErrorEvent(data) if self._is_error else data)
            self._event.clear()
            self._event_bytes = 0
        self._is_error = False

    def _add_data(self, value: bytes) -> None:
        self._event.append(value)
        self._event_bytes += len(value)
        if self._event_bytes > MAX_EVENT_BYTES:
            raise EventTooLong
