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

_WRITE = LuaScript(f"""
-- KEYS: writer, text, reasoning.
-- ARGV: fence, whether to claim, text offset, text, reasoning offset, reasoning, channel, milliseconds to keep,
-- PUBLISH.
if ARGV[2] == '1' then
    redis.call('SET', KEYS[1], ARGV[1])
    redis.call('DEL', KEYS[2], KEYS[3])
else
    local writer = redis.call('GET', KEYS[1])
    if not writer then return 0 end
    if writer ~= ARGV[1] then return -1 end
end
local text_at, reasoning_at = tonumber(ARGV[3]), tonumber(ARGV[5])
local text_bytes, reasoning_bytes = #ARGV[4], #ARGV[6]
if redis.call('STRLEN', KEYS[2]) < text_at * {UNIT_BYTES} then return 0 end
if redis.call('STRLEN', KEYS[3]) < reasoning_at * {UNIT_BYTES} then return 0 end
if text_bytes > 0 then redis.call('SETRANGE', KEYS[2], text_at * {UNIT_BYTES}, ARGV[4]) end
if reasoning_bytes > 0 then redis.call('SETRANGE', KEYS[3], reasoning_at * {UNIT_BYTES}, ARGV[6]) end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[8]) end
if text_bytes + reasoning_bytes > {MAX_MESSAGE_BYTES} then
    text_at, reasoning_at = text_at + text_bytes / {UNIT_BYTES}, reasoning_at + reasoning_bytes / {UNIT_BYTES}
    redis.call(ARGV[9], ARGV[7], 'T' .. ARGV[1] .. struct.pack('<I4I4I4', text_at, reasoning_at, 0))
elseif text_bytes + reasoning_bytes > 0 or ARGV[2] == '1' then
    local header = 'T' .. ARGV[1] .. struct.pack('<I4I4I4', text_at, reasoning_at, text_bytes)
    redis.call(ARGV[9], ARGV[7], header .. ARGV[4] .. ARGV[6])
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

    def write(self, reply: GrowingReply, fence: Fence, since: Position, *, claim: bool) -> ScriptCall:
        """Append and publish the reply's text beyond the position, and keep the copy longer: an AppendResult.

        With `claim` the copy is taken from any other writer, and holds only what is written now.
        """
        text, reasoning = reply.text.units_since(since.text), reply.reasoning.units_since(since.reasoning)
        grown = (since.text, text, since.reasoning, reasoning)
        arguments = (fence, int(claim), *grown, self.channel(reply.message_id), self._keep_milliseconds, self._publish)
        return ScriptCall(_WRITE, self._keys(reply.message_id), arguments)

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
