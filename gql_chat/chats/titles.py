"""Titles of sessions: made by rule from the first message, or cleaned from a model's answer."""

from collections.abc import Sequence

import regex

from gql_chat.changes import changelog
from gql_chat.changes.models import ChangeKind
from gql_chat.chats.models import ChatSession
from gql_chat.chats.session_fields import TITLE_MAX_LENGTH
from gql_chat.chats.sessions import lock_session
from gql_chat.infra import clock
from gql_chat.infra.db.database import transaction
from gql_chat.infra.db.repeating import repeated_on_conflict

MAX_GRAPHEMES = 60  # of a title in a list of sessions
MAX_ANSWER_GRAPHEMES = 120  # a longer answer is no title

_LOOKED_AT = 2000  # characters
_GRAPHEME = regex.compile(r"\X")
# A Latin mark ends a sentence before a space only, and not right at the beginning, where it follows a number.
_SENTENCE = regex.compile(r".{2,}?(?:[。！？]+|(?<=.{8})[.!?…]+(?=\s|$))")
_NOT_WRITTEN = regex.compile(r"[\p{Cc}\p{Cs}\u2028\u2029]+")
_MARKUP = regex.compile(r"^(?:#+\s*|[>*\-•]\s+|```\w*)+")
_WORD = regex.compile(r"[\p{L}\p{N}]")
_THOUGHTS = regex.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", regex.DOTALL | regex.IGNORECASE)
_LABEL = regex.compile(
    r"^(?:(?:chat |conversation )?title|标题|標題|タイトル|제목|titre|titel|título)\s*[:：]\s*", regex.IGNORECASE
)
_PAIRS = ('""', "''", "``", "**", "__", "“”", "‘’", "„“", "«»", "「」", "『』", "《》", "【】", "（）", "()", "[]")
_NO_TITLES = frozenset(
    {"title", "untitled", "conversation", "chat", "new chat", "no title", "标题", "无标题", "新对话"}
)


def rule_title(text: str) -> str:
    """Return the first sentence of the first line with a letter or digit, cut at a word; empty if there is none."""
    for line in text[:_LOOKED_AT].splitlines():
        plain = _MARKUP.sub("", _on_one_line(line))
        if _WORD.search(plain):
            sentence = _SENTENCE.match(plain)
            return _cut(_without_stop(sentence[0] if sentence else plain))
    return ""


def cleaned_title(answer: str) -> str | None:
    """Return the title in a model's answer, None if it holds none."""
    said = _THOUGHTS.sub("", answer)
    line = next((plain for line in said.splitlines() if (plain := _on_one_line(line))), "")
    before = None
    while before != line:
        before = line
        line = _LABEL.sub("", _MARKUP.sub("", line)).strip()
        for pair in _PAIRS:
            if len(line) > 1 and line.startswith(pair[0]) and line.endswith(pair[1]):
                line = line[1:-1].strip()
        line = _without_stop(line)
    is_title = _WORD.search(line) and line.casefold() not in _NO_TITLES
    return _cut(line) if is_title and len(_graphemes(line)) <= MAX_ANSWER_GRAPHEMES else None


@repeated_on_conflict
async def replace_title(user_id: str, session_id: str, before: str, title: str) -> ChatSession:
    """Set the title unless it is no longer `before`, and return the session as it is then. Raises NotFound."""
    async with transaction():
        session = await lock_session(user_id, session_id)
        if session.title == before != title:
            session.title, session.updated_at = title, clock.now()
            await session.save(update_fields=["title", "updated_at"])
            await changelog.record(user_id, (ChangeKind.SESSION_CHANGED, [session.id]))
    return session


def _on_one_line(text: str) -> str:
    return " ".join(_NOT_WRITTEN.sub(" ", text).split())


def _without_stop(line: str) -> str:
    return line if line.endswith("...") else line.rstrip(".。,，:：;；、 ")


def _cut(line: str) -> str:
    graphemes = _graphemes(line)
    if len(graphemes) <= MAX_GRAPHEMES and len(line) <= TITLE_MAX_LENGTH:
        return line
    kept = ""
    for grapheme in graphemes[: MAX_GRAPHEMES - 1]:
        if len(kept) + len(grapheme) >= TITLE_MAX_LENGTH:
            break
        kept += grapheme
    words, space, _ = kept.rpartition(" ")
    return (words if space and 2 * len(words) >= len(kept) else kept).rstrip() + "…"


def _graphemes(line: str) -> Sequence[str]:
    found: list[str] = _GRAPHEME.findall(line)
    return found
