"""Providers' reasons for the end of an answer, in our words."""

from gql_chat.chats.models import FinishReason

# OpenAI's reasons and those of compatible servers, in lower case.
_FINISH_REASONS = {
    "stop": FinishReason.STOP,
    "end_turn": FinishReason.STOP,  # Anthropic's, behind proxies
    "stop_sequence": FinishReason.STOP,  # Anthropic's
    "eos": FinishReason.STOP,  # Together
    "eos_token": FinishReason.STOP,  # TGI
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,  # Anthropic's and Gemini's
    "max_output_tokens": FinishReason.LENGTH,  # OpenAI's responses, behind proxies
    "model_length": FinishReason.LENGTH,  # Mistral
    "model_context_window_exceeded": FinishReason.LENGTH,  # Anthropic's and Zhipu's
    "content_filter": FinishReason.CONTENT_FILTER,
    "content-filter": FinishReason.CONTENT_FILTER,
    "sensitive": FinishReason.CONTENT_FILTER,  # Zhipu
    "refusal": FinishReason.CONTENT_FILTER,  # Anthropic's
    "safety": FinishReason.CONTENT_FILTER,  # this and the next: https://ai.google.dev/api/generate-content#FinishReason
    "recitation": FinishReason.CONTENT_FILTER,
    "blocklist": FinishReason.CONTENT_FILTER,
    "prohibited_content": FinishReason.CONTENT_FILTER,
    "spii": FinishReason.CONTENT_FILTER,
    "image_safety": FinishReason.CONTENT_FILTER,
    "tool_calls": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "tool_use": FinishReason.TOOL_CALLS,  # Anthropic's
}

# Reasons that mean a failure: OpenRouter, DeepSeek, vLLM, Zhipu.
_BROKEN_OFF = frozenset({"error", "insufficient_system_resource", "abort", "network_error"})

# What servers write into chunks that are not the last.
_NONE = frozenset({"", "null", "none"})


def is_reason(theirs: str | None) -> bool:
    """Return whether the provider gave a reason; some write the word null."""
    return theirs is not None and theirs.lower() not in _NONE


def find_failure(theirs: str | None) -> dict[str, str] | None:
    """Return the error that the reason reports, None if it does not say that the provider broke the answer off."""
    return {"message": f"finish_reason: {theirs}"} if theirs and theirs.lower() in _BROKEN_OFF else None


def find_finish_reason(theirs: str) -> FinishReason | None:
    """Return the reason in our words, None if it is unknown. Gemini's door adds details: `content_filter: SAFETY`."""
    name = theirs.lower()
    return _FINISH_REASONS.get(name) or _FINISH_REASONS.get(name.partition(":")[0].rstrip())
