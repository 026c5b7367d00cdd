"""Separation of reasoning that a model writes into its text, between `<think>` and `</think>` at the start.

So do DeepSeek-R1, Qwen 3 and their kin where the server has no parser for them: llama.cpp, vLLM and Ollama by default.
"""

from typing import NamedTuple

_OPEN = "<think>"
_CLOSE = "</think>"

# Before the tag stands white space at the most. A text that begins with more of it has no tag.
_MAX_INDENT = 16


class Separated(NamedTuple):
    """A piece of text, and the piece of reasoning before it; either may be empty."""

    text: str
    reasoning: str


class ThinkTags:
    """Separates a text that comes in pieces. Keeps back at most a piece that may turn out to be a tag."""

    def __init__(self) -> None:
        self.is_done = False
        """Whether all that follows is text: the caller need not call `feed` any more."""
        self._kept = ""
        self._is_inside = False
        self._has_begun = False
        self._is_after = False

    def feed(self, piece: str) -> Separated:
        """Return what the piece adds."""
        piece = self._kept + piece
        self._kept = ""
        if self._is_after:
            return self._begin_text(piece)
        return self._read_reasoning(piece) if self._is_inside else self._look_for_tag(piece)

    def end(self) -> Separated:
        """Return what was kept back: the text, or the reasoning, ends here."""
        kept, self._kept = self._kept, ""
        return Separated("", kept) if self._is_inside else Separated(kept, "")

    def _look_for_tag(self, piece: str) -> Separated:
        start = piece.lstrip()
        if len(piece) - len(start) <= _MAX_INDENT:
            if start.startswith(_OPEN):
                self._is_inside = True
                return self._read_reasoning(start[len(_OPEN) :])
            if _OPEN.startswith(start):
                self._kept = piece
                return Separated("", "")
        self.is_done = True
        return Separated(piece, "")

    def _read_reasoning(self, piece: str) -> Separated:
        if not self._has_begun:
            piece = piece.lstrip("\n")
            self._has_begun = bool(piece)
        reasoning, tag, rest = piece.partition(_CLOSE)
        if tag:
            self._is_inside, self._is_after = False, True
            return Separated(self._begin_text(rest).text, reasoning)
        kept = next(length for length in range(len(_CLOSE) - 1, -1, -1) if piece.endswith(_CLOSE[:length]))
        self._kept = piece[len(piece) - kept :]
        return Separated("", piece[: len(piece) - kept])

    def _begin_text(self, piece: str) -> Separated:
        # Models write an empty line behind the tag.
        text = piece.lstrip("\n")
        self.is_done = bool(text)
        return Separated(text, "")
