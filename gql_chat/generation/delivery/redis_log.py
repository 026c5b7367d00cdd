"""The log of a worker in Redis: what the database does not have yet of all replies that the worker writes.

A log is one list. Each of its values is a message, which is published too, on the channel with the list's name. A
message is an array in MessagePack: its number, and the entries of replies. An entry either says where in a reply its
text begins, so that one that comes twice does no harm, or goes on where the last entry of its reply ended. The numbers
of messages show whether one is missing between the two.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from typing import Any, Self

import msgspec

from gql_chat.chats.pieces import Piece
from gql_chat.generation.delivery.growing import GrowingReply, Position
from gql_chat.generation.delivery.growing_text import units_of
from gql_chat.infra.redis.client import LuaScript, ScriptCall

ABSENT = -1  # the place of a text that goes on where the last entry of the reply ended

# Messages are numbered modulo this. So many take four minutes at least, and a mirror asks after seconds of silence, so
# that it cannot miss as many without noticing.
MESSAGE_NUMBERS = 65_536

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
    """New text of a reply, which the writer calls by a number; without text and places, the end of the reply.

    The places are in UTF-16 code units. They and the id of the reply's message are in the first entry of a log with its
    number, after a message that may be missing, and in answers to those who ask for it.
    """

    number: int
    text_at: int = ABSENT
    text: str = ""
    reasoning_at: int = ABSENT
    reasoning: str = ""
    message_id: str = ""

    @classmethod
    def of(cls, reply: GrowingReply, number: int, since: Position, until: Position, message_id: str = "") -> Self:
        """Return the text of the reply from one position to another. Without an id it goes on there."""
        return cls(
            number,
            since.text if message_id else ABSENT,
            reply.text.between(since.text, until.text),
            since.reasoning if message_id else ABSENT,
            reply.reasoning.between(since.reasoning, until.reasoning),
            message_id,
        )

    @property
    def is_end(self) -> bool:
        """Whether the reply has ended."""
        return self.text_at == ABSENT == self.reasoning_at and not self.text and not self.reasoning

    @property
    def end(self) -> Position:
        """Where its texts end, if it says where they begin."""
        return Position(self.text_at + units_of(self.text), self.reasoning_at + units_of(self.reasoning))

    def placed(self, since: Position) -> Self:
        """Return the entry with its places: where it goes on, that is the position."""
        text_at = since.text if self.text_at == ABSENT else self.text_at
        reasoning_at = since.reasoning if self.reasoning_at == ABSENT else self.reasoning_at
        return msgspec.structs.replace(self, text_at=text_at, reasoning_at=reasoning_at)

    def shortened(self) -> list[Any]:
        """Return its fields without the last of them, if these are the defaults."""
        fields = list(msgspec.structs.astuple(self))
        for default in ("", "", ABSENT, "", ABSENT):
            if fields[-1] != default:
                break
            fields.pop()
        return fields


class LogMessage(msgspec.Struct, array_like=True, frozen=True):
    """Entries of different replies. Those that only go on, which are most, take two bytes and their text.

    The number of a message in the log is one more than that of the message before it. An answer, which is no part of
    the log, has the number of the last message that was sent; the end of a dead worker's reply has none.
    """

    number: int | None = None
    text: dict[int, str] = {}
    """What replies go on with, by their numbers; of one that is in both, the reasoning comes first."""
    reasoning: dict[int, str] = {}
    others: list[Entry] = []

    @property
    def entries(self) -> Iterator[Entry]:
        """The entries of the message."""
        for number, reasoning in self.reasoning.items():
            yield Entry(number, reasoning=reasoning)
        for number, text in self.text.items():
            yield Entry(number, text=text)
        yield from self.others

    def follows(self, number: int | None) -> bool:
        """Return whether no message is missing between this one and the last one, which had that number, if any."""
        if self.number is None or number is None:
            return True
        is_answer = self.number == number and not (self.text or self.reasoning)
        return is_answer or self.number == next_message_number(number)


class Ask(msgspec.Struct, array_like=True, frozen=True):
    """A request to the writer of a reply to publish what follows a position."""

    message_id: str
    text_at: int
    reasoning_at: int


decode_message = msgspec.msgpack.Decoder(LogMessage).decode
"""Returns the message. Raises msgspec.DecodeError if it is none of ours."""

decode_ask = msgspec.msgpack.Decoder(Ask).decode
"""Returns the request in a message. Raises msgspec.DecodeError if it is none of ours."""


def next_message_number(number: int) -> int:
    """Return the number of the message after the one with this number."""
    return (number + 1) % MESSAGE_NUMBERS


def encode_message(number: int | None, entries: Iterable[Entry]) -> bytes:
    """Return the message of these entries, each of another reply if it is part of a log."""
    text, reasoning, others = dict[int, str](), dict[int, str](), list[list[Any]]()
    for entry in entries:
        if entry.text_at == ABSENT == entry.reasoning_at and not (entry.is_end or entry.message_id):
            if entry.text:
                text[entry.number] = entry.text
            if entry.reasoning:
                reasoning[entry.number] = entry.reasoning
        else:
            others.append(entry.shortened())
    fields = [number, text, reasoning, others]
    while len(fields) > 1 and not fields[-1]:
        fields.pop()
    return msgspec.msgpack.encode(fields)


def encode_ask(message_id: str, since: Position) -> bytes:
    """Return the message that asks for what follows the position."""
    return msgspec.msgpack.encode(Ask(message_id, since.text, since.reasoning))


def pieces_of(log: Iterable[bytes]) -> dict[str, list[Piece]]:
    """Return what a log says of each reply, in order."""
    known: dict[int, tuple[str, Position]] = {}  # the id of each reply, and where its last entry ended
    pieces: dict[str, list[Piece]] = {}
    number = None
    for message in map(decode_message, log):
        if not message.follows(number):
            known.clear()
        number = message.number
        for entry in message.entries:
            message_id, since = known.pop(entry.number, ("", Position()))
            if entry.is_end or not (message_id := entry.message_id or message_id):
                continue
            placed = entry.placed(since)
            known[entry.number] = message_id, placed.end
            piece = Piece(message_id, placed.text_at, placed.reasoning_at, placed.text, placed.reasoning)
            pieces.setdefault(message_id, []).append(piece)
    return pieces


class LogScripts:
    """The calls that change and read logs under a prefix; a log is kept for `keep_seconds` after its last renewal.

    They publish by the command `publish`, which may be that of sharded pub/sub.
    """

    def __init__(self, prefix: str, publish: str, *, keep_seconds: float) -> None:
        self._prefix = prefix
        self._append = LuaScript(_APPEND.format(publish=publish))
        self._keep_milliseconds = int(keep_seconds * 1000)

    def log(self, worker_id: str) -> str:
        """Return the name of a worker's log, and of the channel on which it is published.

        It has only the random end of the worker's id, because it is sent for every token. The braces keep it and the
        sealed log in one slot of a cluster.
        """
        return f"{self._prefix}{{{worker_id.rpartition(':')[2]}}}"

    def asks(self, worker_id: str) -> str:
        """Return the name of the channel on which a worker is asked for text of its replies."""
        return f"{self.log(worker_id)}:asks"

    def begin(self, worker_id: str, number: int, entries: Sequence[Entry], *, must_exist: bool) -> ScriptCall:
        """Begin the log with these entries only, without publishing them: 1, or a LogState if it had to exist.

        The number is that of the last message that was published.
        """
        arguments = encode_message(number, entries), self._keep_milliseconds, int(must_exist)
        return ScriptCall(_BEGIN, (self.log(worker_id),), arguments)

    def append(self, worker_id: str, number: int, entries: Sequence[Entry], *, keep: bool) -> ScriptCall:
        """Append and publish the entries: the length of the log, or a LogState. With `keep`, renew the log."""
        keeping = (self._keep_milliseconds,) if keep else ()
        return ScriptCall(self._append, (self.log(worker_id),), (encode_message(number, entries), *keeping))

    def end(self, worker_id: str) -> ScriptCall:
        """Delete the log of a worker that writes no reply."""
        return ScriptCall(_END, (self.log(worker_id),), ())

    def seal(self, worker_id: str) -> ScriptCall:
        """Take the log from its worker and read all of it: the messages."""
        return ScriptCall(_SEAL, (self.log(worker_id),), (self._keep_milliseconds,))
