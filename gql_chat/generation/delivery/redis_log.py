"""The log of a worker in Redis: what the database does not have yet of all replies that the worker writes.

A log is one list. Each of its values is a message, which is published too, on the channel with the list's name. A
message is a list of entries in MessagePack. They say where in a reply their text begins, so that an entry that comes
twice does no harm, and one that did not come is noticed.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Any, Self

import msgspec

from gql_chat.chats.pieces import Piece
from gql_chat.generation.delivery.growing import GrowingReply, Position
from gql_chat.infra.redis.client import LuaScript, ScriptCall

ABSENT = -1  # the place of a text of which an entry says nothing

# Run for all tokens of a worker together. Once the log is sealed, nothing can be appended or published.
_APPEND = """
-- KEYS: the log. ARGV: the message. To keep the log longer, also: milliseconds.
local length = redis.call('RPUSHX', KEYS[1], ARGV[1])
if length == 0 then return redis.call('EXISTS', KEYS[1] .. ':sealed') == 1 and -1 or 0 end
redis.call('{publish}', KEYS[1], ARGV[1])
if ARGV[2] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return length
"""

_BEGIN = LuaScript("""
-- KEYS: the log. ARGV: the message, milliseconds to keep it, and 1 if the log must exist.
if ARGV[3] == '1' and redis.call('EXISTS', KEYS[1]) == 0 then
    return redis.call('EXISTS', KEYS[1] .. ':sealed') == 1 and -1 or 0
end
redis.call('DEL', KEYS[1], KEYS[1] .. ':sealed')
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
""")

_END = LuaScript("return redis.call('DEL', KEYS[1])")

_SEAL = LuaScript("""
-- KEYS: the log. ARGV: milliseconds to keep it.
local sealed = KEYS[1] .. ':sealed'
if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('RENAME', KEYS[1], sealed)
    redis.call('PEXPIRE', sealed, ARGV[1])
end
return redis.call('LRANGE', sealed, 0, -1)
""")


class LogState(IntEnum):
    """The result of a call that found no log to change. Otherwise it is the length of the log."""

    MISSING = 0
    """Redis has lost it: begin it again."""
    SEALED = -1
    """A reaper has taken this worker for dead."""


class Entry(msgspec.Struct, array_like=True, frozen=True):
    """New text of a reply, which the writer calls by a number; without text, the end of the reply.

    The places are in UTF-16 code units, and ABSENT for a text of which nothing is said. `message_id` is that of the
    reply in the first entry of a log with its number, and in answers to those who ask for it.
    """

    number: int
    text_at: int = ABSENT
    text: str = ""
    reasoning_at: int = ABSENT
    reasoning: str = ""
    message_id: str = ""

    @classmethod
    def of(cls, reply: GrowingReply, number: int, since: Position, until: Position, message_id: str = "") -> Self:
        """Return the text of the reply from one position to another."""
        has_reasoning = bool(message_id) or until.reasoning > since.reasoning
        return cls(
            number,
            since.text,
            reply.text.between(since.text, until.text),
            since.reasoning if has_reasoning else ABSENT,
            reply.reasoning.between(since.reasoning, until.reasoning),
            message_id,
        )

    @property
    def is_end(self) -> bool:
        """Whether the reply has ended."""
        return self.text_at == ABSENT == self.reasoning_at

    def shortened(self) -> list[Any]:
        """Return its fields without the last of them, if these are the defaults."""
        fields = list(msgspec.structs.astuple(self))
        for default in ("", "", ABSENT, "", ABSENT):
            if fields[-1] != default:
                break
            fields.pop()
        return fields


class Ask(msgspec.Struct, array_like=True, frozen=True):
    """A request to the writer of a reply to publish what follows a position."""

    message_id: str
    text_at: int
    reasoning_at: int


decode_entries = msgspec.msgpack.Decoder(list[Entry]).decode
"""Returns the entries of a message. Raises msgspec.DecodeError if it is none of ours."""

decode_ask = msgspec.msgpack.Decoder(Ask).decode
"""Returns the request in a message. Raises msgspec.DecodeError if it is none of ours."""


def encode_entries(entries: Iterable[Entry]) -> bytes:
    """Return the message of these entries."""
    return msgspec.msgpack.encode([entry.shortened() for entry in entries])


def encode_ask(message_id: str, since: Position) -> bytes:
    """Return the message that asks for what follows the position."""
    return msgspec.msgpack.encode(Ask(message_id, since.text, since.reasoning))


def pieces_of(log: Iterable[bytes]) -> dict[str, list[Piece]]:
    """Return what a log says of each reply, in order."""
    ids: dict[int, str] = {}
    pieces: dict[str, list[Piece]] = {}
    for message in log:
        for entry in decode_entries(message):
            if entry.message_id:
                ids[entry.number] = entry.message_id
            if entry.number in ids and not entry.is_end:
                message_id = ids[entry.number]
                piece = Piece(message_id, entry.text_at, entry.reasoning_at, entry.text, entry.reasoning)
                pieces.setdefault(message_id, []).append(piece)
    return pieces


class LogScripts:
    """The calls that change and read logs under a prefix; a log is kept for `keep_seconds` after its last renewal.

    They publish by the command `publish`, which may be that of sharded pub/sub.
    """

    def __init__(self, prefix: str, publish: str, *, keep_seconds: float) -> None:
        self._prefix = prefix
        self._append = LuaScript(_APPEND.format(publish=publish))
        self._publish = LuaScript(f"return redis.call('{publish}', KEYS[1], ARGV[1])")
        self._keep_milliseconds = int(keep_seconds * 1000)

    def log(self, worker_id: str) -> str:
        """Return the name of a worker's log, and of the channel on which it is published.

        It has only the random end of the worker's id, because it is sent for every token. The braces keep it and the
        sealed log in one slot of a cluster.
        """
        return f"{self._prefix}log:{{{worker_id.rpartition(':')[2]}}}"

    def asks(self, worker_id: str) -> str:
        """Return the name of the channel on which a worker is asked for text of its replies."""
        return f"{self.log(worker_id)}:asks"

    def begin(self, worker_id: str, entries: Sequence[Entry], *, must_exist: bool) -> ScriptCall:
        """Begin the log with these entries only, without publishing them: 1, or a LogState if it had to exist."""
        arguments = encode_entries(entries), self._keep_milliseconds, int(must_exist)
        return ScriptCall(_BEGIN, (self.log(worker_id),), arguments)

    def append(self, worker_id: str, entries: Sequence[Entry], *, keep: bool) -> ScriptCall:
        """Append and publish the entries: the length of the log, or a LogState. With `keep`, renew the log."""
        keeping = (self._keep_milliseconds,) if keep else ()
        return ScriptCall(self._append, (self.log(worker_id),), (encode_entries(entries), *keeping))

    def publish(self, worker_id: str, entries: Sequence[Entry]) -> ScriptCall:
        """Publish the entries without appending them."""
        return ScriptCall(self._publish, (self.log(worker_id),), (encode_entries(entries),))

    def ask(self, worker_id: str, message_id: str, since: Position) -> ScriptCall:
        """Ask the writer of a reply to publish what follows the position."""
        return ScriptCall(self._publish, (self.asks(worker_id),), (encode_ask(message_id, since),))

    def end(self, worker_id: str) -> ScriptCall:
        """Delete the log of a worker that writes no reply."""
        return ScriptCall(_END, (self.log(worker_id),), ())

    def seal(self, worker_id: str) -> ScriptCall:
        """Take the log from its worker and read all of it: the messages."""
        return ScriptCall(_SEAL, (self.log(worker_id),), (self._keep_milliseconds,))
