"""The tokens of a passed answer, estimated by its beginning: decoded only if the provider never counts them."""

from collections.abc import Iterator
from typing import Any

from gql_chat.generation.provider.completion_body import find_object
from gql_chat.generation.provider.passing_on.event_bytes import data_of, events_in

# Kept of an answer, about 1,000 tokens; the length of the rest is estimated by its bytes.
KEPT_BYTES = 256 * 1024
NOT_WRITTEN = frozenset(
    {"role", "type", "id", "url", "data", "b64_json"}
)  # names whose values are no text of the model


class UncountedAnswer:
    """The beginning of an answer, and the number of all its bytes."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []
        self.all_bytes = self._kept_bytes = 0

    def add(self, passed: bytes) -> None:
        """Add what was passed on: whole events, or a whole answer."""
        passed_bytes = len(passed)
        self.all_bytes += passed_bytes
        if self._kept_bytes < KEPT_BYTES:
            self._kept.append(passed)
            self._kept_bytes += passed_bytes

    @property
    def text(self) -> str:
        """The text that the model has written in the part that is kept, in all choices."""
        return "".join(text for passed in self._kept for text in _texts_in(passed))

    @property
    def has_text(self) -> bool:
        """Whether that part has text."""
        return any(text for passed in self._kept for text in _texts_in(passed))

    @property
    def lengths(self) -> float:
        """How many times as long as the part that is kept the answer is."""
        return self.all_bytes / self._kept_bytes if self._kept_bytes else 1.0


def _texts_in(passed: bytes) -> Iterator[str]:
    whole = find_object(passed) if passed.lstrip().startswith(b"{") else None
    bodies = [whole] if whole else [find_object(data_of(event)) for event in events_in(passed)]
    for body in bodies:
        choices = body.get("choices") if body else None
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict):
                yield from _texts_of(choice.get("delta") or choice.get("message"))


def _texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts_of(item)
    elif isinstance(value, dict):
        for name, member in value.items():
            if name not in NOT_WRITTEN:
                yield from _texts_of(member)
