"""Brokers carry replies from their writers to their watchers; the one here does so within a process."""

import os
import secrets
import socket
from collections.abc import AsyncGenerator, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from gql_chat.chats.pieces import Piece
from gql_chat.generation.delivery.growing import Delta, GrowingReply, Position, TrySend


def new_worker_id() -> str:
    """Make an id of a worker, whose random end no other worker has."""
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_urlsafe(6)}"


class Broker(Protocol):
    """Where replies that are being written can be found. Losing a broker costs latency, never data."""

    worker_id: str
    """The id of this worker, which writes what is published here."""

    def publish(self, reply: GrowingReply) -> AbstractContextManager[None]:
        """Let the reply be watched inside the context; leaving it closes the reply, which ends every watch."""
        ...

    def watch(
        self, message_id: str, position: Position, try_send: TrySend | None = None, *, writer_id: str | None
    ) -> AsyncGenerator[Delta, None]:
        """Yield what is missing from the position on, then what follows; end soon if this worker does not write it.

        The position is advanced with each delta, so that it is known afterwards. `try_send` is offered deltas first, in
        the call that appends them: see GrowingReply.watch. A watch may end before its reply does: then the database has
        the reply's progress, until another watch succeeds.
        """
        ...

    def renew(self, message_ids: Collection[str], *, until: float) -> None:
        """Publish these replies, and new ones, until this time of the loop: the worker holds its lease until then."""
        return  # nothing to do, as in the next three, where nothing of a reply outlives its writer

    def note_saved(self, saved: Mapping[str, Position]) -> None:
        """Note that the database has these replies up to these positions: the broker need not keep that text."""
        return

    async def recover(self, worker_ids: Collection[str]) -> Mapping[str, Sequence[Piece]]:
        """Return what is left of each reply of dead workers, which can publish nothing more from here on."""
        return {}

    def end(self, dead: Mapping[str, str]) -> None:
        """End the watches of these replies, each with the id of its dead worker. The database has what they became."""
        return


class LocalBroker(Broker):
    """The broker of one process: watchers read the growing reply itself, and nothing of it survives its writer."""

    def __init__(self, worker_id: str | None = None) -> None:
        self.worker_id = worker_id or new_worker_id()
        self._replies: dict[str, GrowingReply] = {}

    @contextmanager
    def publish(self, reply: GrowingReply) -> Iterator[None]:
        self._replies[reply.message_id] = reply
        try:
            yield
        finally:
            del self._replies[reply.message_id]
            reply.close()

    def watch(
        self, message_id: str, position: Position, try_send: TrySend | None = None, *, writer_id: str | None = None
    ) -> AsyncGenerator[Delta, None]:
        reply = self._replies.get(message_id)
        return _nothing() if reply is None else reply.watch(position, try_send)


async def _nothing() -> AsyncGenerator[Delta, None]:
    return
    yield
