"""The fake model's protocol: the reply that a message requests, its tokens, and a client's transcript of them.

A token is `~SSSSTTTTTTTT`: its number and the moment when it was sent, in hexadecimal. Independent of the protocol,
a client on the same machine knows exactly how late it is and whether any is lost, repeated or out of order.
"""

import re
import time
from dataclasses import asdict, dataclass

_TOKEN = re.compile("~([0-9a-f]{4})([0-9a-f]{8})")
_TOKEN_LENGTH = 13
_MICROSECONDS = 0xFFFFFFFF  # range of the stamp, which starts again every 71 minutes
_ASKED = re.compile(r"(\w+)=(-?\d+)")


@dataclass(frozen=True, slots=True)
class Pace:
    """The requested reply; its text form is the message. Without a gap all tokens are sent at once."""

    tokens: int = 1
    gap_ms: int = 0
    first_ms: int = 0
    lost: int = -1  # the number of a token that is never sent, a fault that a check must find

    def __str__(self) -> str:
        return " ".join(f"{name}={value}" for name, value in asdict(self).items())

    @classmethod
    def asked(cls, text: str) -> "Pace":
        """Parse a message."""
        return cls(**{name: int(value) for name, value in _ASKED.findall(text) if name in cls.__slots__})


def stamped(number: int) -> bytes:
    """Return the token of this number, stamped with the current time."""
    return b"~%04x%08x" % (number & 0xFFFF, _now())


class Transcript:
    """The deltas that one client received of one reply. Nothing is computed before the end, to keep receiving cheap."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.sent_at = time.monotonic()
        self.first_at: float | None = None
        self.failure: str | None = None
        self._deltas: list[tuple[int, str]] = []
        self._length = 0

    def add(self, text: str, offset: int | None = None) -> None:
        """Add a delta. `offset` is its beginning, as the delta states it."""
        if self.first_at is None:
            self.first_at = time.monotonic()
        if offset is not None and offset != self._length:
            self.failure = f"a delta begins at {offset} of {self._length} characters"
        self._deltas.append((_now(), text))
        self._length += len(text)

    def fault(self) -> str | None:
        """Return the fault of a text that does not contain each token once, in order, and nothing else; or None."""
        if self.failure is not None:
            return self.failure
        text = "".join(text for _, text in self._deltas)
        numbers = [int(number, 16) for number, _ in _TOKEN.findall(text)]
        if numbers != list(range(self.pace.tokens)):
            return f"{len(numbers)} of {self.pace.tokens} tokens, or not in order"
        return None if len(text) == _TOKEN_LENGTH * len(numbers) else "text that no token holds"

    def lateness_ms(self) -> list[float]:
        """Return how long each token was on its way from the model to this client."""
        return [
            (arrived - int(sent, 16) & _MICROSECONDS) / 1000
            for arrived, text in self._deltas
            for _, sent in _TOKEN.findall(text)
        ]

    def added_first_ms(self) -> float:
        """Return the time from sending the message to the first token, without the model's share."""
        assert self.first_at is not None
        return (self.first_at - self.sent_at) * 1000 - self.pace.first_ms


def _now() -> int:
    return int(time.monotonic() * 1e6) & _MICROSECONDS
