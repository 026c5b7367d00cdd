"""Whether a key reaches its provider and may use its model."""

import time
from dataclasses import dataclass, field, replace
from functools import partial

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.accounting import About, LedgerPolicy
from gql_chat.generation.provider.listing import list_models
from gql_chat.generation.provider.llm import LLM, Endpoint
from gql_chat.workflows.side_calls import MakeSideCall, side_call

# How a server says that it cannot list its models.
_NO_LIST_STATUSES = frozenset({404, 405, 501})

_ONE_WORD = ({"role": "user", "content": "Say hi."},)


@dataclass(frozen=True, slots=True)
class KeyTrial:
    """`error` tells why not `ok`. `models` are those that the key may use, none where they cannot be listed."""

    ok: bool
    latency_ms: int
    models: list[str] = field(default_factory=list)
    error: ProviderFailed | None = None


async def try_key(about: About, endpoint: Endpoint, *, llm: LLM, ledger: LedgerPolicy) -> KeyTrial:
    """As `try_endpoint`, and the ledger tells of each call."""
    return await try_endpoint(llm, endpoint, partial(side_call, about, ledger))


async def try_endpoint(llm: LLM, endpoint: Endpoint, calling: MakeSideCall) -> KeyTrial:
    """List the models, or ask for one token where they cannot be listed. A provider's failure is a result."""
    started_at = time.perf_counter()
    models: list[str] = []
    error = None
    try:
        models = await _find_models(llm, endpoint, calling)
        if models:
            _require_listed(endpoint.model, models)
        else:
            await _ask_for_a_token(llm, endpoint, calling)
    except ProviderFailed as exc:
        error = exc
    latency_ms = round((time.perf_counter() - started_at) * 1000)
    return KeyTrial(ok=error is None, latency_ms=latency_ms, models=models, error=error)


async def _find_models(llm: LLM, endpoint: Endpoint, calling: MakeSideCall) -> list[str]:
    try:
        async with calling(endpoint, ()):
            return await list_models(llm, endpoint)
    except ProviderFailed as exc:
        if exc.status_code in _NO_LIST_STATUSES:
            return []
        raise


def _require_listed(model: str, models: list[str]) -> None:
    # Ollama lists `llama3:latest` for what is asked for as `llama3`, Google `models/gemini…` for `gemini…`.
    if not {model, f"{model}:latest", f"models/{model}"}.intersection(models):
        sentence = f"The provider does not list the model {model!r} for this key."
        raise ProviderFailed(ProviderErrorCode.MODEL_NOT_FOUND, sentence)


async def _ask_for_a_token(llm: LLM, endpoint: Endpoint, calling: MakeSideCall) -> None:
    asking = replace(endpoint, parameters={**endpoint.parameters, "max_tokens": 1})
    async with calling(asking, _ONE_WORD) as side, llm.stream(asking, _ONE_WORD) as call:
        side.call = call
        async for increment in call:
            side.text = increment.text
            return
