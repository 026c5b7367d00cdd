"""Checks whether a key reaches its provider and may use its model."""

import asyncio
import time
from dataclasses import dataclass, field, replace
from importlib import import_module

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.accounting import CallContext, LedgerPolicy
from gql_chat.generation.provider.llm import LLM, Endpoint
from gql_chat.workflows.side_calls import side_call

_NO_LIST_STATUSES = frozenset({404, 405, 501})  # of servers that cannot list their models
_ONE_WORD = ({"role": "user", "content": "Say hi."},)


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """The result of a check: `error` says why it is not `ok`, `models` are those listed for the key, if any."""

    ok: bool
    latency_ms: int
    models: list[str] = field(default_factory=list)
    error: ProviderFailed | None = None


async def check_key(context: CallContext, endpoint: Endpoint, *, llm: LLM, ledger: LedgerPolicy) -> KeyCheck:
    """List the models, or ask for one token where they cannot be listed. A provider's failure is a result.

    Each call is recorded in the ledger.
    """
    started_at = time.perf_counter()
    models: list[str] = []
    error = None
    try:
        models = await _find_models(context, endpoint, llm, ledger)
        if models:
            _require_listed(endpoint.model, models)
        else:
            await _ask_for_a_token(context, endpoint, llm, ledger)
    except ProviderFailed as exc:
        error = exc
    latency_ms = round((time.perf_counter() - started_at) * 1000)
    return KeyCheck(ok=error is None, latency_ms=latency_ms, models=models, error=error)


async def _find_models(context: CallContext, endpoint: Endpoint, llm: LLM, ledger: LedgerPolicy) -> list[str]:
    """Return the names of the models, none if the server cannot list them."""
    try:
        async with side_call(context, ledger, endpoint, ()):
            # Imports the SDK, 0.3 s of CPU time and 30 MB: in a thread, and only on a server where a key is tested.
            listing = await asyncio.to_thread(import_module, "gql_chat.generation.provider.listing")
            models: list[str] = await listing.list_models(llm, endpoint)
            return models
    except ProviderFailed as exc:
        if exc.status_code in _NO_LIST_STATUSES:
            return []
        raise


def _require_listed(model: str, models: list[str]) -> None:
    # Ollama lists `llama3:latest` for `llama3`, Google `models/gemini…` for `gemini…`.
    if not {model, f"{model}:latest", f"models/{model}"}.intersection(models):
        sentence = f"The provider does not list the model {model!r} for this key."
        raise ProviderFailed(ProviderErrorCode.MODEL_NOT_FOUND, sentence)


async def _ask_for_a_token(context: CallContext, endpoint: Endpoint, llm: LLM, ledger: LedgerPolicy) -> None:
    asking = replace(endpoint, parameters={**endpoint.parameters, "max_tokens": 1})
    async with side_call(context, ledger, asking, _ONE_WORD) as side, llm.stream(asking, _ONE_WORD) as call:
        side.call = call
        async for increment in call:
            side.text = increment.text
            return
