"""Token counts, of one call or of several."""

from typing import Any

import msgspec

from gql_chat.usage.models import UsageSource


class Usage(msgspec.Struct, frozen=True):
    """Tokens of a call, or of all calls that a reply took.

    Cached tokens are a part of the prompt's, reasoning's a part of the completion's; None where nobody counted them.
    """

    prompt_tokens: int
    completion_tokens: int
    source: UsageSource
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None

    @property
    def total_tokens(self) -> int:
        """Tokens of prompt and completion together."""
        return self.prompt_tokens + self.completion_tokens

    @classmethod
    def of(cls, row: Any) -> "Usage | None":
        """Return the usage in the columns of a message or a call, None where nothing is known."""
        if row.prompt_tokens is None or row.completion_tokens is None or row.usage_source is None:
            return None
        return cls(row.prompt_tokens, row.completion_tokens, row.usage_source, row.cached_tokens, row.reasoning_tokens)

    def __add__(self, other: "Usage") -> "Usage":
        # A sum that contains an estimate is an estimate.
        source = self.source if self.source == other.source else UsageSource.ESTIMATED
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            source,
            _sum(self.cached_tokens, other.cached_tokens),
            _sum(self.reasoning_tokens, other.reasoning_tokens),
        )


def _sum(first: int | None, second: int | None) -> int | None:
    return None if first is None and second is None else (first or 0) + (second or 0)
