"""The copy of a reply that Redis keeps while it is written, and the messages on the reply's channel.

A copy is three keys: its writer's fence, and the two texts in UTF-16, so that an offset is a place in the value. Each
run that writes a reply has a fence of its own, eight random bytes: only the last that claimed a copy can change it.
"""

import struct
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple, Self, TypeAlias

from gql_chat.chats.leases import Snapshot
from gql_chat.generation.delivery.growing import UNIT_BYTES, GrowingReply, Position
from gql_chat.infra.redis.client import LuaScript, ScriptCall

MAX_MESSAGE_BYTES = 64 * 1024  # of text; more is not published but left to be read from the copy

SEALED = bytes(8)
"""The fence of a copy whose writer is presumed dead."""

Fence: TypeAlias = bytes

# A message is a header, then the text and the reasoning from their offsets on. The lengths are bytes.
_HEADER = struct.Struct("<c8sIII")
_TEXT, _END = b"T", b"E"

# Run for every token of every reply, so it has few arguments, and the other keys are named after the first.
_WRITE = LuaScript(f"""
-- KEYS: the channel. ARGV: the message, and where it is to be published: PUBLISH or SPUBLISH.
-- To claim the copy or keep it longer, also: milliseconds to keep. To claim it, also: 1.
local writer_key, text_key, reasoning_key = KEYS[1] .. ':writer', KEYS[1] .. ':text', KEYS[1] .. ':reasoning'
local fence, text_at, reasoning_at, text_bytes, start = struct.unpack('<xc8I4I4I4', ARGV[1])
if ARGV[4] then
    redis.call('SET', writer_key, fence)
    redis.call('DEL', text_key, reasoning_key)
else
    local writer = redis.call('GET', writer_key)
    if not writer then return 0 end
    if writer ~= fence then return -1 end
end
local reasoning_bytes = #ARGV[1] - start + 1 - text_bytes
local function append(key, at, bytes, new)
    -- With nothing to append, only the heartbeat checks that all is there.
    local length = bytes > 0 and redis.call('APPEND', key, new) or ARGV[3] and redis.call('STRLEN', key)
    if not length or length == at * {UNIT_BYTES} + bytes then return true end
    redis.call('DEL', writer_key, text_key, reasoning_key)  -- a part was lost, or came twice: begin again
end
if not append(text_key, text_at, text_bytes, string.sub(ARGV[1], start, start + text_bytes - 1)) then return 0 end
if not append(reasoning_key, reasoning_at, reasoning_bytes, string.sub(ARGV[1], start + text_bytes)) then return 0 end
if ARGV[3] then
    for _, key in ipairs({{writer_key, text_key, reasoning_key}}) do redis.call('PEXPIRE', key, ARGV[3]) end
end
if text_bytes + reasoning_bytes > {MAX_MESSAGE_BYTES} then
    text_at, reasoning_at = text_at + text_bytes / {UNIT_BYTES}, reasoning_at + reasoning_bytes / {UNIT_BYTES}
    redis.call(ARGV[2], KEYS[1], 'T' .. fence .. struct.pack('<I4I4I4', text_at, reasoning_at, 0))
elseif text_bytes + reasoning_bytes > 0 or ARGV[4] then
    redis.call(ARGV[2], KEYS[1], ARGV[1])
end
return 1
""")

_FINISH = LuaScript("""
-- KEYS: writer, text, reasoning. ARGV: fence, channel, PUBLISH.
local writer = redis.call('GET', KEYS[1])
if writer and writer ~= ARGV[1] then return -1 end
redis.call('DEL', unpack(KEYS))
redis.call(ARGV[3], ARGV[2], 'E' .. ARGV[1] .. struct.pack('<I4I4I4', 0, 0, 0))
return 1
""")

_READ = LuaScript("""
-- KEYS: writer, text, reasoning. ARGV: the first byte of the text and of the reasoning.
local writer = redis.call('GET', KEYS[1]) or ''
return {writer, redis.call('GETRANGE', KEYS[2], ARGV[1], -1), redis.call('GETRANGE', KEYS[3], ARGV[2], -1)}
""")

_SEAL = LuaScript("""
-- KEYS: writer, text, reasoning. ARGV: the fence of what is sealed, milliseconds to keep.
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {ARGV[1], redis.call('GET', KEYS[2]) or '', redis.call('GET', KEYS[3]) or ''}
""")


class AppendResult(IntEnum):
    """The result of a write."""

    DONE = 1
    MISSING = 0
    """There is no copy, or it is too short: claim it and write the whole reply."""
    TAKEN = -1
    """The copy belongs to another writer, or is sealed."""


class Copy(NamedTuple):
    """The part of a reply that Redis holds from an offset on; an empty fence if it holds nothing."""

    fence: Fence
    text: bytes
    reasoning: bytes

    def snapshot(self, message_id: str) -> Snapshot:
        """Decode a copy that was read from its beginning."""
        return Snapshot(message_id, *(units.decode("utf-16-le", "replace") for units in (self.text, self.reasoning)))


class ChannelMessage(NamedTuple):
    """A message on a reply's channel: the reply's end, or the texts that were written at these offsets."""

    is_end: bool
    fence: Fence
    text_at: int
    reasoning_at: int
    text: bytes
    reasoning: bytes

    @classmethod
    def parse(cls, message: bytes) -> Self:
        """Decode a message. Raise struct.error if it is none of ours."""
        kind, fence, text_at, reasoning_at, text_bytes = _HEADER.unpack_from(message)
        start = _HEADER.size
        texts = message[start : start + text_bytes], message[start + text_bytes :]
        return cls(kind == _END, fence, text_at, reasoning_at, *texts)


class CopyScripts:
    """The calls that change and read copies under a prefix; a copy is kept for `keep_seconds` after its last write.

    They publish by the command `publish`, which may be that of sharded pub/sub.
    """

    def __init__(self, prefix: str, publish: str, *, keep_seconds: float) -> None:
        self.keep_seconds = keep_seconds
        self._prefix = prefix
        self._publish = publish
        self._keep_milliseconds = int(keep_seconds * 1000)

    def channel(self, message_id: str) -> str:
        """Return the name of the channel on which the writer of a reply publishes.

        The braces keep it and the keys of the copy in one slot of a cluster.
        """
        return f"{self._prefix}reply:{{{message_id}}}"

    def write(self, reply: GrowingReply, fence: Fence, since: Position, *, keep: bool, claim: bool) -> ScriptCall:
        """Append and publish the reply's text beyond the position: an AppendResult.

        With `keep` the copy is kept for another `keep_seconds`. With `claim` it is taken from any other writer, and
        holds only what is written now. Keep it whenever one of the texts begins.
        """
        text, reasoning = reply.text.units_since(since.text), reply.reasoning.units_since(since.reasoning)
        message = _HEADER.pack(_TEXT, fence, since.text, since.reasoning, len(text)) + text + reasoning
        keeping = (self._keep_milliseconds, 1) if claim else (self._keep_milliseconds,) if keep else ()
        return ScriptCall(_WRITE, (self.channel(reply.message_id),), (message, self._publish, *keeping))

    def end(self, message_id: str, fence: Fence) -> ScriptCall:
        """Delete the copy and publish the end, unless the copy belongs to another writer: an AppendResult."""
        return ScriptCall(_FINISH, self._keys(message_id), (fence, self.channel(message_id), self._publish))

    def read(self, message_id: str, since: Position) -> ScriptCall:
        """Read the texts from the position on: the fields of a Copy."""
        return ScriptCall(_READ, self._keys(message_id), (since.text * UNIT_BYTES, since.reasoning * UNIT_BYTES))

    def seal(self, message_id: str) -> ScriptCall:
        """Take the copy from its writer and read all of it: the fields of a Copy."""
        return ScriptCall(_SEAL, self._keys(message_id), (SEALED, self._keep_milliseconds))

    def _keys(self, message_id: str) -> Sequence[str]:
        key = self.channel(message_id)
        return (f"{key}:writer", f"{key}:text", f"{key}:reasoning")
