"""Completions for OpenAI clients: a request goes to the provider of a user's key as it is, and the answer comes back.

Nothing is stored but the call in the ledger, without its texts.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from gql_chat.errors import BadUserInput, KeyRequired, NotFound
from gql_chat.generation.accounting import OUTPUT_LIMITS, CallContext
from gql_chat.generation.provider.endpoint import Endpoint, request_body
from gql_chat.infra.telemetry.metrics import Counter, gauge
from gql_chat.keys.keyring import list_keys
from gql_chat.keys.lending import require_lent, with_lenders_parameters
from gql_chat.usage.models import CallPurpose
from gql_chat.workflows.routing import ModelRouter, Route
from gql_chat.workflows.side_calls import SideCall, SideCalls

if TYPE_CHECKING:
    from gql_chat.generation.provider.passing_on.passed_call import PassedCall

COMPLETIONS = Counter("gql_chat_completions_total", "Completions for OpenAI clients that ended, by how.", ("outcome",))
_completions = cache(COMPLETIONS.labels)
OPEN = gauge("gql_chat_completions_open", "Completions for OpenAI clients that are under way.")

MAX_MESSAGES = 10_000  # of one request: each takes memory and time of its own

_SET_BY_US = frozenset({"model", "messages", "stream", "stream_options"})


@dataclass(frozen=True, slots=True)
class Completions:
    """Passes requests of OpenAI clients on, within the quotas of their users."""

    router: ModelRouter
    calls: SideCalls

    @asynccontextmanager
    async def pass_on(
        self, user_id: str, body: Mapping[str, Any], hung_up: asyncio.Event
    ) -> AsyncIterator["PassedCall"]:
        """Pass a request on, and yield the answer when it begins. Leaving ends the call.

        Set `hung_up` before you cancel the task because the client has gone: then the call is no error in the ledger.
        Raises BadUserInput, NotFound for a model that no key reaches, KeyRequired, QuotaExceeded and ProviderFailed.
        """
        messages = _messages_in(body)
        if not isinstance(body.get("stream_options"), dict | None):
            raise BadUserInput("stream_options must be an object.", field="stream_options")
        route = await self._find_route(user_id, body.get("model"))
        full = _completed(body, route)
        endpoint = replace(route.endpoint, parameters={"extra": _scalars_in(full)})
        context = CallContext(user_id, CallPurpose.COMPLETION, route.key)
        counted = [*messages, *_as_messages(full.get("tools"), full.get("functions"), full.get("response_format"))]
        client = await self.calls.llm.client()
        with OPEN.track_inprogress():
            async with self.calls.record(context, endpoint, counted, keeps_contents=False) as side:
                limited = _limited(full, endpoint, side.endpoint)
                call: PassedCall | None = None
                try:
                    async with client.pass_on(endpoint, limited, on_sent=side.note_sent) as call:
                        side.call = call
                        yield call
                except BaseException as exc:
                    side.is_stopped = isinstance(exc, asyncio.CancelledError) and hung_up.is_set()
                    _note_end(side, call, "hung_up" if side.is_stopped else "failed")
                    raise
                _note_end(side, call, "complete")

    async def list_models(self, user_id: str) -> list[tuple[str, str]]:
        """Return the names that a request's `model` may have, each with its owner: models first, then keys."""
        keys, server_key = await list_keys(user_id), self.router.server_key
        models = {key.model: key.name for key in reversed(keys)}
        if server_key is not None:
            models.setdefault(server_key.model, "server")
        return list((models | {key.name: key.name for key in keys if key.name not in models}).items())

    async def _find_route(self, user_id: str, model: object) -> Route:
        if not isinstance(model, str) or not model:
            raise BadUserInput("you must provide a model parameter", field="model")
        try:
            return await self.router.get_route_by_name(user_id, model)
        except BadUserInput as exc:
            raise NotFound(exc.message, field="model") from exc
        except KeyRequired as exc:
            if exc.model is None:
                raise
            raise NotFound(exc.message, field="model") from exc


def _messages_in(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(message, dict) for message in messages):
        raise BadUserInput("messages must be a list of at least one message.", field="messages")
    if len(messages) > MAX_MESSAGES:
        raise BadUserInput(f"A request may have {MAX_MESSAGES:,} messages.", field="messages")
    return [{"content": _countable(message)} for message in messages]


def _countable(message: Mapping[str, Any]) -> str | list[dict[str, Any]]:
    """Return a message's content in the form that an estimate of its tokens takes, whatever a client sends."""
    content, rest = message.get("content"), [message.get("tool_calls"), message.get("function_call")]
    texts = [content if isinstance(content, str) else "", *(_json(other) for other in rest if other)]
    parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    texts += [text for part in parts if isinstance(text := part.get("text"), str)]
    others = [part for part in parts if part.get("type") not in ("text", "refusal")]
    return [{"type": "text", "text": "".join(texts)}, *({"type": "other"} for _ in others)]


def _as_messages(*definitions: object) -> list[dict[str, Any]]:
    return [{"content": _json(definition)} for definition in definitions if definition]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode(errors="replace")


def _completed(body: Mapping[str, Any], route: Route) -> dict[str, Any]:
    """Return the body with the provider's model, and for a lent key with the lender's parameters."""
    full = dict(body)
    if route.key is None or route.key.group_id is not None:
        require_lent(body)
        full = with_lenders_parameters(body, _without(_SET_BY_US, request_body(route.endpoint, ())))
    return {**full, "model": route.endpoint.model}


def _scalars_in(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters for the ledger and the quotas: the numbers, and no texts."""
    return {
        name: value
        for name, value in body.items()
        if name in OUTPUT_LIMITS or (name not in _SET_BY_US and isinstance(value, bool | int | float))
    } | {"stream": bool(body.get("stream"))}


def _limited(body: Mapping[str, Any], endpoint: Endpoint, limited: Endpoint) -> dict[str, Any]:
    """Return the body with the limit that the quotas set, if they set one."""
    if limited is endpoint:
        return dict(body)
    limits = {name: value for name, value in request_body(limited, ()).items() if name in OUTPUT_LIMITS}
    return _without(frozenset(OUTPUT_LIMITS), body) | limits


def _without(names: frozenset[str], body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


def _note_end(side: SideCall, call: "PassedCall | None", outcome: str) -> None:
    """Fill in the text by which the ledger estimates an answer that was not counted. The answer has been closed."""
    if call is not None:
        side.received, side.lengths = call.uncounted_text, call.uncounted_lengths
    _completions(outcome).inc()
