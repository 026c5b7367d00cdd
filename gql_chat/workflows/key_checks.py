"""Checks whether a key reaches its provider and may use its model."""

import asyncio
import time
from dataclasses import dataclass, field, replace
from importlib import import_module

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.accounting import CallContext
from gql_chat.generation.provider.completion import Increment
from gql_chat.generation.provider.endpoint import MODELS_PATH, Endpoint
from gql_chat.workflows.call_limits import CallLimits
from gql_chat.workflows.side_calls import SideCalls

_VERDICTS = frozenset({401, None})  # without a status the provider was not reached
_MAX_WORD_LENGTH = 1000  # characters of the answer that the call log keeps
_ONE_WORD = ({"role": "user", "content": "Say hi."},)


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """The result of a check: `error` says why it is not `ok`, `models` are those listed for the key, if any."""

    ok: bool
    latency_ms: int | None
    """None if the provider was not reached: the time could tell which names exist inside the operator's network."""
    models: list[str] = field(default_factory=list)
    error: ProviderFailed | None = None


async def check_key(context: CallContext, endpoint: Endpoint, *, calls: SideCalls, limits: CallLimits) -> KeyCheck:
    """List the models, and ask for one token unless the list has the model.

    A list that lacks the model is no verdict, nor is one that cannot be read: gateways list what they like, and many
    servers list nothing. A provider's failure is a result. Each call is recorded in the ledger.

    Raises RateLimited after too many tests, and QuotaExceeded if too many of the user's calls are under way.
    """
    async with limits.key_test(context.user_id):
        started_at = time.perf_counter()
        models: list[str] = []
        error = None
        try:
            models = await _find_models(context, endpoint, calls)
            if not _lists(endpoint.model, models):
                await _ask_for_a_token(context, endpoint, calls)
        except ProviderFailed as exc:
            error = exc
        is_reached = error is None or error.provider_code is not ProviderErrorCode.UNREACHABLE
        latency_ms = round((time.perf_counter() - started_at) * 1000) if is_reached else None
        return KeyCheck(ok=error is None, latency_ms=latency_ms, models=models, error=error)


async def _find_models(context: CallContext, endpoint: Endpoint, calls: SideCalls) -> list[str]:
    """Return the names of the models, none if they cannot be listed. Raise ProviderFailed where that is a verdict."""
    try:
        async with calls.record(context, endpoint, (), path=MODELS_PATH) as side:
            # Imports the SDK, 0.3 s of CPU time and 30 MB: in a thread, and only on a server where a key is tested.
            listing = await asyncio.to_thread(import_module, "gql_chat.generation.provider.listing")
            listed = await listing.list_models(await calls.llm.client(), endpoint)
            side.status_code = listed.status_code
            names: list[str] = listed.names
            return names
    except ProviderFailed as exc:
        if exc.status_code in _VERDICTS:
            raise
        return []


def _lists(model: str, models: list[str]) -> bool:
    # Ollama lists `llama3:latest` for `llama3`, Google `models/gemini…` for `gemini…`.
    return not {model, f"{model}:latest", f"models/{model}"}.isdisjoint(models)


async def _ask_for_a_token(context: CallContext, endpoint: Endpoint, calls: SideCalls) -> None:
    asking = replace(endpoint, parameters={**endpoint.parameters, "max_tokens": 1})
    async with calls.ask(context, asking, _ONE_WORD) as (side, call):

        def take_one(increment: Increment) -> bool:
            side.received = increment.text[:_MAX_WORD_LENGTH]
            return False

        await call.read(take_one)
