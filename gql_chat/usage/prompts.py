"""Prompts of the ledger: a call stores what is new in its prompt, and refers to an earlier call for the rest.

A chat's prompt is mostly the one before, without its beginning, then the answer to that one, and a question. Decision
records: docs/decisions/0062-a-prompt-once.md, 0085-an-answer-once.md.
"""

from array import array
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from operator import itemgetter
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import replace

from gql_chat.infra.db.database import fetch_all
from gql_chat.infra.db.packed_text import unpack
from gql_chat.infra.telemetry.redaction import without_secrets
from gql_chat.usage.contents import kept_messages
from gql_chat.usage.models import OpenCall

MAX_DEPTH = 64  # calls that are read for one prompt
MAX_SESSIONS = 2_000  # remembered by a worker, at 0.6 KB each and 8 bytes for each message

Marks: TypeAlias = "array[int]"

Kept: TypeAlias = Sequence[Mapping[str, Any]]
"""The messages of a request as the ledger keeps them, but for secrets."""

SELECT_WITH_EARLIER = """
WITH RECURSIVE needed (id, earlier) AS (
    SELECT id, earlier_call_id FROM calls WHERE id IN ({ids})
    UNION
    SELECT calls.id, calls.earlier_call_id FROM needed JOIN calls ON calls.id = needed.earlier
)
SELECT calls.id, calls.earlier_call_id, calls.request_messages, calls.response_text
FROM needed JOIN calls ON calls.id = needed.id
"""


_ROLE_AND_CONTENT = itemgetter("role", "content")


class StoredPrompt(msgspec.Struct, frozen=True, omit_defaults=True):
    """A prompt that begins with ranges of an earlier call's prompt, and goes on with messages of its own.

    If it is `answered`, the answer to the earlier call is between them.
    """

    copied: list[tuple[int, int]]
    then: list[Any]
    answered: bool = False


class _Earlier(msgspec.Struct, frozen=True):
    """A call to which the next one of its session may refer. Marks are equal for equal messages.

    They are an array, of 8 bytes for each, because nothing else keeps these numbers. `answer` is the answer's mark.
    `bounds` is equal for calls of one day whose key has the same secrets. It is a number like a mark, because a set of
    secrets for each session takes 200 bytes, and no secret is kept for longer than its call.
    """

    call_id: str
    bounds: int
    depth: int
    marks: Marks
    answer: int | None = None


class EarlierPrompts:
    """The last prompts of the sessions in use, as this worker stored them: marks of their messages, no texts."""

    def __init__(self, max_sessions: int = MAX_SESSIONS) -> None:
        self._max_sessions = max_sessions
        self._by_session: OrderedDict[str | None, _Earlier] = OrderedDict()

    def store(self, call: OpenCall, prompt: Kept, secrets: Iterable[str]) -> None:
        """Set what the call stores of its prompt, the secrets masked."""
        kept, marks = _kept_and_marks(prompt)
        stored: Kept | StoredPrompt = kept
        earlier = self._find(call, secrets)
        if earlier is not None:
            call.earlier_call_id, stored = earlier.call_id, _shortened(kept, marks, earlier)
        call.request_messages = encoded(stored, secrets)

    def keep(self, call: OpenCall, prompt: Kept, secrets: Iterable[str]) -> None:
        """Remember the call, which has been committed, for the next one of its session."""
        if not call.keeps_contents or call.session_id is None:
            return
        before = self._by_session.pop(call.session_id, None)
        is_longer = before is not None and before.call_id == call.earlier_call_id
        depth = before.depth + 1 if before is not None and is_longer else 1
        _, marks = _kept_and_marks(prompt)
        self._by_session[call.session_id] = _Earlier(call.id, _bounds(call, secrets), depth, marks)
        if len(self._by_session) > self._max_sessions:
            self._by_session.popitem(last=False)

    def keep_answer(self, call: OpenCall, text: str | None) -> None:
        """Remember the answer to the call, as the ledger has it, which has been committed."""
        earlier = self._by_session.get(call.session_id)
        if text is not None and earlier is not None and earlier.call_id == call.id:
            answer = _mark({"role": "assistant", "content": text})
            self._by_session[call.session_id] = replace(earlier, answer=answer)

    def _find(self, call: OpenCall, secrets: Iterable[str]) -> _Earlier | None:
        """Return the earlier call to refer to. It is of the same day, so that both lose their contents together."""
        earlier = self._by_session.get(call.session_id)
        if earlier is None or earlier.depth >= MAX_DEPTH:
            return None
        return earlier if earlier.bounds == _bounds(call, secrets) else None


def encoded(stored: Kept | StoredPrompt, secrets: Iterable[str]) -> str:
    """Return what a call stores as JSON, with the key's secrets masked."""
    return without_secrets(msgspec.json.encode(stored).decode(), secrets)


async def load_prompts(call_ids: Sequence[str]) -> list[list[Any]]:
    """Return the prompts of these calls; an empty one where its contents are not kept, or no longer."""
    if not call_ids:
        return []
    select = SELECT_WITH_EARLIER.format(ids=", ".join(f"${number}" for number in range(1, len(call_ids) + 1)))
    rows = {row["id"]: row for row in await fetch_all(select, *call_ids)}
    whole: dict[str, list[Any]] = {}
    for call_id in call_ids:
        _complete(call_id, rows, whole)
    return [whole.get(call_id, []) for call_id in call_ids]


def _complete(call_id: str | None, rows: Mapping[str, Mapping[str, Any]], whole: dict[str, list[Any]]) -> None:
    """Add the call's prompt, and those that it refers to, to the whole ones."""
    waiting = []
    while call_id is not None and call_id in rows and call_id not in whole:
        waiting.append(rows[call_id])
        call_id = rows[call_id]["earlier_call_id"]
    for row in reversed(waiting):
        stored = msgspec.json.decode(row["request_messages"], type=StoredPrompt | list[Any])
        if isinstance(stored, StoredPrompt):
            earlier = whole.get(row["earlier_call_id"], [])
            answer = unpack(rows[row["earlier_call_id"]]["response_text"]) if earlier and stored.answered else None
            is_there = all(end <= len(earlier) for _, end in stored.copied) and not (stored.answered and answer is None)
            copied = [message for first, end in stored.copied for message in earlier[first:end]]
            answers = [{"role": "assistant", "content": answer}] if stored.answered else []
            stored = [*copied, *answers, *stored.then] if is_there else []
        whole[row["id"]] = stored


def _shortened(kept: Kept, marks: Marks, earlier: _Earlier) -> StoredPrompt:
    """Return the prompt as the beginning that both have, one more range of the earlier one, the answer, the rest."""
    others = earlier.marks
    same = _equal(marks, others)
    place = _place_of(marks[same], others, same) if same < len(marks) else len(others)
    length = _equal(marks[same:], others[place:])
    ranges = [(first, end) for first, end in [(0, same), (place, place + length)] if end > first]
    rest = same + length
    answered = rest < len(marks) and marks[rest] == earlier.answer
    return StoredPrompt(ranges, list(kept[rest + answered :]), answered)


def _place_of(mark: int, marks: Marks, start: int) -> int:
    """Return the first place of the mark from the start on, or else the end."""
    try:
        return marks.index(mark, start)
    except ValueError:
        return len(marks)


def _equal(marks: Marks, others: Marks) -> int:
    """Return how many marks are equal from the start."""
    count = min(len(marks), len(others))
    if marks[:count] == others[:count]:
        return count
    pairs = enumerate(zip(marks, others, strict=False))
    return next((n for n, (one, other) in pairs if one != other), count)


def _kept_and_marks(prompt: Kept) -> tuple[Kept, Marks]:
    """Return the messages without what the ledger does not keep, and a mark of each."""
    try:
        if {2}.issuperset(map(len, prompt)):
            return prompt, array("q", map(hash, map(_ROLE_AND_CONTENT, prompt)))
    except (KeyError, TypeError):  # a content of parts, which are kept without their files and have no hash
        pass
    kept = kept_messages(prompt)
    return kept, array("q", map(_mark, kept))


def _bounds(call: OpenCall, secrets: Iterable[str]) -> int:
    """Return a number for what must be equal: the day in UTC, and the secrets, which each call masks."""
    return hash((call.created_at.astimezone(UTC).date(), frozenset(secrets)))


def _mark(message: Mapping[str, Any]) -> int:
    """Return a number for the message. Python keys its hashes anew in each process, and remembers those of texts."""
    content = message.get("content")
    if isinstance(content, str) and message.keys() == {"role", "content"}:
        return hash((message["role"], content))
    return hash(msgspec.json.encode(message))
