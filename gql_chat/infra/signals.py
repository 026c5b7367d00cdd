"""Signals between the workers of one server: hints, which may be lost, so a subscriber also checks for itself."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeAlias

SignalPayload: TypeAlias = Sequence[str]
"""The content of a signal: mostly ids."""

SignalHandler: TypeAlias = Callable[[SignalPayload], None]


class Signals(Protocol):
    """Publishes to the other workers and receives from them, by topic."""

    def send(self, topic: str, payload: SignalPayload) -> None:
        """Notify the other workers soon, without waiting and without raising."""
        ...

    def subscribe(self, topic: str, handler: SignalHandler) -> AbstractContextManager[None]:
        """Call the handler with each signal of other workers while the block runs. Its errors are logged."""
        ...


class NoSignals:
    """The implementation for a server with a single worker."""

    def send(self, topic: str, payload: SignalPayload) -> None:
        pass

    def subscribe(self, topic: str, handler: SignalHandler) -> AbstractContextManager[None]:
        return nullcontext()
