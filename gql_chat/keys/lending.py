"""The requests that a user may make with a key that somebody else pays for: a group's or the server's."""

from collections.abc import Mapping, Set
from typing import Any

from gql_chat.errors import BadUserInput
from gql_chat.keys.parameters import merged_parameters

LIMITS = ("max_tokens", "max_completion_tokens")
CLIENTS_TOOLS = frozenset({"function", "custom"})  # which the client runs; a provider charges for its own
# What a client of OpenAI's API may set: how a model samples and in which form it answers. Another field could choose
# another model, a dearer tier, more answers or an answer that is stored in the lender's account.
LENT_FIELDS: Set[str] = frozenset(
    {
        *("model", "messages", "stream", "stream_options", "user", "safety_identifier", "prompt_cache_key"),
        *("temperature", "top_p", "presence_penalty", "frequency_penalty", "logit_bias", "stop", "seed"),
        *("reasoning_effort", "response_format", "logprobs", "top_logprobs", *LIMITS),
        *("tools", "tool_choice", "parallel_tool_calls", "functions", "function_call"),
    }
)

# What a user may add to a call with a key that somebody else pays for: ways of sampling, and how long a model thinks.
# Anything else could choose another model, a dearer tier or more answers (`models`, `service_tier`, `n`), or let the
# provider run tools. The members of an object are listed for the same reason: vLLM's `chat_template_kwargs` may hold a
# whole template, which its server would run.
SHARED_EXTRAS: Mapping[str, Set[str]] = {
    **dict.fromkeys(("top_k", "min_p", "top_a", "typical_p", "repetition_penalty", "length_penalty"), frozenset()),
    **dict.fromkeys(("enable_thinking", "thinking_budget", "verbosity"), frozenset()),
    "thinking": frozenset({"type", "budget_tokens"}),
    "reasoning": frozenset({"effort", "enabled", "exclude"}),
    "chat_template_kwargs": frozenset({"enable_thinking", "thinking"}),
}


def shared_parameters(key: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a call with a key that is not the user's own: the key's, overridden by those sent.

    The key's `max_tokens` is a limit that a user cannot raise. Raises BadUserInput for an `extra` that only the owner
    of a key may set.
    """
    refused = [name for name, value in sent.get("extra", {}).items() if not is_shareable(name, value)]
    if refused:
        names = ", ".join(sorted(refused))
        raise BadUserInput(f"extra can set {names} only with a key of your own.", field="parameters.extra")
    merged = merged_parameters(key, sent)
    if "max_tokens" in key and "max_tokens" in merged:
        merged["max_tokens"] = min(key["max_tokens"], merged["max_tokens"])
    return merged


def is_shareable(name: str, value: Any) -> bool:
    """Return whether a user may add this field to a call with a key that is not the user's own."""
    members = SHARED_EXTRAS.get(name)
    if members is None:
        return False
    if isinstance(value, dict):
        return value.keys() <= members and not any(isinstance(member, dict | list) for member in value.values())
    return not isinstance(value, list)


def require_lent(body: Mapping[str, Any]) -> None:
    """Raise BadUserInput for a field of OpenAI's API that only the owner of a key may set."""
    for name, value in body.items():
        is_one_answer = name == "n" and value in (1, None)
        if not (name in LENT_FIELDS or is_one_answer or is_shareable(name, value)):
            raise BadUserInput(f"{name[:50]} can be set only with a key of your own.", field=name[:50])
    for name in LIMITS:
        limit = body.get(name)
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
            raise BadUserInput(f"{name} must be a positive integer.", field=name)
    tools = body.get("tools") or ()
    if not isinstance(tools, list | tuple) or not all(_is_clients(tool) for tool in tools):
        raise BadUserInput("tools can be other than functions only with a key of your own.", field="tools")


def with_lenders_parameters(body: Mapping[str, Any], lenders: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body with the lender's fields where it sets none. The lender's limit cannot be raised."""
    merged = {**lenders, **body}
    most = min((limit for name in LIMITS if isinstance(limit := lenders.get(name), int)), default=None)
    if most is None:
        return merged
    asked = [name for name in LIMITS if body.get(name) is not None]
    kept = {name: min(body[name], most) for name in asked} or {name: most for name in LIMITS if name in lenders}
    return {name: value for name, value in merged.items() if name not in LIMITS} | kept


def _is_clients(tool: object) -> bool:
    return isinstance(tool, dict) and tool.get("type") in CLIENTS_TOOLS
