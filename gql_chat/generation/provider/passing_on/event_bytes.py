"""The events in the bytes of a stream."""

import re

EVENT_END = re.compile(rb"\r?\n\r?\n")


def data_of(event: bytes) -> bytes:
    """Return the data of an event's lines."""
    lines = (line[5:].strip() for line in event.splitlines() if line.startswith(b"data:"))
    return b"\n".join(lines)


def events_in(data: bytes) -> list[bytes]:
    """Return the events with the empty lines that end them."""
    ends = [match.end() for match in EVENT_END.finditer(data)]
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def with_lf_ends(data: bytes) -> bytes:
    """Return lines that end with LF, whatever they ended with."""
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
