"""Brokers carry replies from who writes them to who watches them; the one here does so within a process."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from gql_chat.generation.growing import Delta, GrowingReply, Position


class Broker(Protocol):
    """Where replies that are being written can be found. Losing a broker costs latency, never data."""

    def publish(self, reply: GrowingReply) -> AbstractContextManager[None]:
        """A context in which the reply can be watched; leaving it closes the reply, which ends every watch."""
        ...

    def watch(self, message_id: str, position: Position) -> AsyncGenerator[Delta, None]:
        """From the position: what is missing, then what follows, then the end; ends at once if nobody writes it.

        The position is advanced as deltas are given, so that what comes after the watch knows where it stood.
        """
        ...


class LocalBroker:
    """For one process: watchers read the growing reply itself."""

    def __init__(self) -> None:
        self._replies: dict[str, GrowingReply] = {}

    @contextmanager
    def publish(self, reply: GrowingReply) -> Iterator[None]:
        """See Broker."""
        self._replies[reply.message_id] = reply
        try:
            yield
        finally:
            del self._replies[reply.message_id]
            reply.close()

    async def watch(self, message_id: str, position: Position) -> AsyncGenerator[Delta, None]:
        """See Broker."""
        reply = self._replies.get(message_id)
        if reply is not None:
            async for delta in reply.watch(position):
                yield delta
