"""Brokers carry replies from who writes them to who watches them; the one here does so within a process."""

from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from gql_chat.chats.messages import Snapshot
from gql_chat.generation.delivery.growing import Delta, GrowingReply, Position, TrySend


class Broker(Protocol):
    """Where replies that are being written can be found. Losing a broker costs latency, never data."""

    def publish(self, reply: GrowingReply) -> AbstractContextManager[None]:
        """A context in which the reply can be watched; leaving it closes the reply, which ends every watch."""
        ...

    def watch(
        self, message_id: str, position: Position, try_send: TrySend | None = None
    ) -> AsyncGenerator[Delta, None]:
        """From the position what is missing, then what follows, then the end; ends soon if nobody writes it.

        The position is advanced as deltas are given, so that what follows the watch knows where it stood. `try_send`
        is offered deltas first, in the call that appends them: see GrowingReply.watch. A watch may end before its
        reply does: then the database tells how far it is, until another watch succeeds.
        """
        ...

    def renew(self, message_ids: Collection[str], *, until: float) -> None:
        """Who publishes these holds their leases until this time of the loop; after it they are not told further."""
        ...

    async def recover(self, message_ids: Sequence[str]) -> list[Snapshot]:
        """What is left of replies whose writers have died; from here on these can tell nothing more of them."""
        ...

    def end(self, message_ids: Sequence[str]) -> None:
        """End the watches of replies whose writers have died, now that they are settled."""
        ...


class LocalBroker:
    """For one process: watchers read the growing reply itself, and nothing of it survives its writer."""

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

    def watch(
        self, message_id: str, position: Position, try_send: TrySend | None = None
    ) -> AsyncGenerator[Delta, None]:
        """See Broker."""
        reply = self._replies.get(message_id)
        return _nothing() if reply is None else reply.watch(position, try_send)

    def writes(self, message_id: str) -> bool:
        """Whether the reply is published here."""
        return message_id in self._replies

    def renew(self, message_ids: Collection[str], *, until: float) -> None:
        """See Broker."""

    async def recover(self, message_ids: Sequence[str]) -> list[Snapshot]:
        """See Broker."""
        return []

    def end(self, message_ids: Sequence[str]) -> None:
        """See Broker."""


async def _nothing() -> AsyncGenerator[Delta, None]:
    return
    yield
