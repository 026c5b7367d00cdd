"""The newest messages of the sessions in use, kept in memory: what a prompt needs is mostly what the last one had."""

import sys
import time
from collections import OrderedDict
from collections.abc import Collection, Sequence

import msgspec

from gql_chat.chats.models import ChatSession, Message

MAX_BYTES = 32 * 1024 * 1024
UNUSED_SECONDS = 600.0
ROW_BYTES = 3_000  # of a row without its texts
EXCHANGE = 2  # messages


class _Branch(msgspec.Struct, frozen=True):
    user_id: str
    messages: Sequence[Message]
    bytes: int
    used_at: float = msgspec.field(default_factory=time.monotonic)


class RecentMessages:
    """The ends of the branches to which this worker added last, within a bound of bytes and of time.

    The ancestors of a message never change, so that an end is valid while its last message is the session's head. The
    last one itself may have changed: read it again.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._branches: OrderedDict[str, _Branch] = OrderedDict()
        self.bytes = 0

    def find(self, session: ChatSession, count: int) -> list[Message] | None:
        """Return the last messages of the session's branch, oldest first, or None if they are not all known."""
        branch = self._branches.get(session.id)
        if branch is None or branch.messages[-1].id != session.head_id:
            return None
        messages = list(branch.messages[-count:])
        return messages if len(messages) == count or messages[0].order == 1 else None

    def keep(self, session: ChatSession, messages: Sequence[Message]) -> None:
        """Keep the end of the session's branch, oldest first, for the next prompt."""
        before = self._drop(session.id)
        branch = _Branch(session.user_id, messages, _bytes_after(before, messages))
        self._branches[session.id] = branch
        self.bytes += branch.bytes
        self._drop_old()

    def forget(self, user_ids: Collection[str]) -> None:
        """Drop all that these users have, because they deleted some of it."""
        for session_id in [key for key, branch in self._branches.items() if branch.user_id in user_ids]:
            self._drop(session_id)

    async def sweep(self) -> None:
        """Drop what was not used for long. For those whose deletion this worker does not hear of."""
        self._drop_old()

    def _drop_old(self) -> None:
        while self._branches and self._is_over(next(iter(self._branches.values()))):
            self._drop(next(iter(self._branches)))

    def _is_over(self, oldest: _Branch) -> bool:
        return self.bytes > self._max_bytes or time.monotonic() - oldest.used_at > UNUSED_SECONDS

    def _drop(self, session_id: str) -> _Branch | None:
        branch = self._branches.pop(session_id, None)
        if branch is not None:
            self.bytes -= branch.bytes
        return branch


def _bytes_after(before: _Branch | None, messages: Sequence[Message]) -> int:
    """Return the bytes of a branch, mostly the one before with one more exchange: then count only what differs."""
    if before is not None:
        lost = len(before.messages) + EXCHANGE - len(messages)  # at the beginning
        shared = messages[: -EXCHANGE - 1]  # without the reply that was the last, and has its text only now
        if shared and before.messages[lost:-1] == shared:
            gone, new = [*before.messages[:lost], before.messages[-1]], messages[len(shared) :]
            return before.bytes - _bytes_of(gone) + _bytes_of(new)
    return _bytes_of(messages)


def _bytes_of(messages: Sequence[Message]) -> int:
    texts = [text for message in messages for text in (message.text, message.reasoning)]
    return ROW_BYTES * len(messages) + sum(map(sys.getsizeof, texts))
