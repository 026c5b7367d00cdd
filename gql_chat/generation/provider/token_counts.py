"""The provider's own count of a call's tokens, in the forms in which servers give it."""

from collections.abc import Mapping
from typing import Any

from gql_chat.usage.models import UsageSource
from gql_chat.usage.tokens import Usage

# Of one call. A larger count could not be stored, and a negative one would lift a quota.
_MAX_TOKENS = 100_000_000

# Each count by its names, most common first; the second name is one within a nested object.
_PROMPT = (("prompt_tokens", None), ("input_tokens", None))
_COMPLETION = (("completion_tokens", None), ("output_tokens", None))
_CACHED = (
    ("prompt_tokens_details", "cached_tokens"),  # OpenAI
    ("input_tokens_details", "cached_tokens"),  # OpenAI's responses
    ("prompt_cache_hit_tokens", None),  # DeepSeek
    ("cached_tokens", None),  # Moonshot
    ("cache_read_input_tokens", None),  # Anthropic
)
_REASONING = (
    ("completion_tokens_details", "reasoning_tokens"),  # OpenAI
    ("output_tokens_details", "reasoning_tokens"),  # OpenAI's responses
    ("reasoning_tokens", None),  # Perplexity
)


def find_usage(usage: Any, before: Usage | None = None) -> Usage | None:
    """Return the counts that `usage` holds, None if it holds none. A zero keeps what was counted before.

    Counts in every chunk are cumulative; some servers end with zeros.
    """
    if not isinstance(usage, dict):  # what JSON decodes to; a check for Mapping costs ten times as much
        return None
    prompt, completion = _find(usage, _PROMPT), _find(usage, _COMPLETION)
    if prompt is None or completion is None:
        return None
    cached, reasoning = _find(usage, _CACHED), _find(usage, _REASONING)
    if before is not None:
        prompt, completion = prompt or before.prompt_tokens, completion or before.completion_tokens
        cached, reasoning = cached or before.cached_tokens, reasoning or before.reasoning_tokens
    return Usage(prompt, completion, UsageSource.PROVIDER, cached, reasoning)


def _find(usage: Mapping[str, Any], names: tuple[tuple[str, str | None], ...]) -> int | None:
    for name, inner in names:
        if name in usage and (count := _as_count(usage[name], inner)) is not None:
            return count
    return None


def _as_count(value: Any, inner: str | None) -> int | None:
    if inner is not None:
        value = value.get(inner) if isinstance(value, dict) else None
    is_number = type(value) is int or type(value) is float  # what JSON decodes to, and no bool
    return int(value) if is_number and 0 <= value <= _MAX_TOKENS else None
