"""The demo server: OpenAI's chat completions over a real socket, answered by rules.

Its failures are worded as OpenAI words them: https://platform.openai.com/docs/guides/error-codes
"""

import asyncio
import contextlib
import itertools
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self, TypeAlias

import orjson
from aiohttp import web

from gql_chat.demo.model import reply, thoughts
from gql_chat.demo.responses import Completion, StreamedResponse, WholeResponse
from gql_chat.demo.tokens import pieces

MODELS = ("demo", "demo-reasoning")

# Images are data URLs inside the body.
_MAX_BODY_BYTES = 64 * 1024 * 1024

# Open streams get this long, twice, when the server stops; stalled ones would take for ever.
_SHUTDOWN_SECONDS = 0.01

Failure: TypeAlias = tuple[int, dict[str, Any]]
"""An HTTP status and its body."""


class DemoServer:
    """A server that runs while it is entered, on `listener` or else on a socket of its own."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        listener: socket.socket | None = None,
        pace_seconds: float = 0.02,
    ) -> None:
        self.base_url = ""
        self._host = host
        self._port = port
        self._listener = listener
        self._pace_seconds = pace_seconds
        self._ids = itertools.count(1)
        app = web.Application(middlewares=[_openai_errors], client_max_size=_MAX_BODY_BYTES)
        app.router.add_get("/v1/models", self._list_models)
        app.router.add_post("/v1/chat/completions", self._chat_completions)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS
        )

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await self._site().start()
        except OSError:
            await self._runner.cleanup()
            raise
        port = self._runner.addresses[0][1]
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.base_url = f"http://{host}:{port}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def models(self) -> Sequence[str]:
        """The names of the models."""
        return MODELS

    async def answer(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        """Answer a call, whose body is well formed, as the rule-based model does."""
        if body["model"] not in MODELS:
            raise _Refused(model_not_found(body["model"]))
        messages = body["messages"]
        chunks = pieces(reply(messages))
        limit = body.get("max_completion_tokens") or body.get("max_tokens") or len(chunks)
        form = StreamedResponse if body.get("stream") else WholeResponse
        response = form(request, self.completion(body), usage_requested=requests_usage(body))
        with contextlib.suppress(ConnectionError):  # the client may leave between two chunks
            await response.open()
            for text in pieces(thoughts(messages)) if body["model"] == "demo-reasoning" else ():
                await response.send(reasoning=[text])
                await asyncio.sleep(self._pace_seconds)
            for text in chunks[:limit]:
                await response.send(text)
                await asyncio.sleep(self._pace_seconds)
            usage = response.usage() if response.usage_requested else None
            await response.finish("stop" if len(chunks) <= limit else "length", usage)
        return response.response

    def completion(self, body: dict[str, Any]) -> Completion:
        """Return the properties of the next response."""
        return Completion(f"chatcmpl-demo{next(self._ids):06}", int(time.time()), body["model"], body["messages"])

    def _site(self) -> web.BaseSite:
        if self._listener is not None:
            return web.SockSite(self._runner, self._listener)
        return web.TCPSite(self._runner, self._host, self._port)

    async def _list_models(self, request: web.Request) -> web.StreamResponse:
        models = [{"id": name, "object": "model", "created": 0, "owned_by": "gql-chat"} for name in self.models]
        return json_response(200, {"object": "list", "data": models})

    async def _chat_completions(self, request: web.Request) -> web.StreamResponse:
        return await self.answer(request, _checked_body(await request.read()))


class _Refused(Exception):
    """The call gets this failure as its response."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure[0])
        self.failure = failure


@web.middleware
async def _openai_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except _Refused as refused:
        return json_response(*refused.failure)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return json_response(*failure_of(404, f"Invalid URL ({request.method} {request.path})"))


def _checked_body(content: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as exc:
        raise _Refused(failure_of(400, "We could not parse the JSON body of your request.")) from exc
    if not isinstance(body, dict):
        raise _Refused(failure_of(400, "The JSON body of your request must be an object."))
    if not isinstance(body.get("model"), str):
        raise _Refused(failure_of(400, "you must provide a model parameter", param="model"))
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(message, dict) for message in messages):
        raise _Refused(failure_of(400, "'messages' must be a list of messages", param="messages"))
    if not all(_is_limit(body.get(name)) for name in ("max_tokens", "max_completion_tokens")):
        raise _Refused(failure_of(400, "The token limit must be a positive integer.", param="max_tokens"))
    return body


def _is_limit(value: object) -> bool:
    return value is None or (isinstance(value, int) and value > 0)


def requests_usage(body: dict[str, Any]) -> bool:
    """Return whether a call asks for usage: one without a stream always gets it."""
    options = body.get("stream_options")
    return not body.get("stream") or (isinstance(options, dict) and bool(options.get("include_usage")))


def failure_of(
    status: int,
    message: str,
    *,
    kind: str = "invalid_request_error",
    param: str | None = None,
    code: str | None = None,
) -> Failure:
    """Return a failure in OpenAI's form."""
    return status, {"error": {"message": message, "type": kind, "param": param, "code": code}}


def model_not_found(model: str) -> Failure:
    """Return the failure for an unknown model."""
    message = f"The model `{model}` does not exist or you do not have access to it."
    return failure_of(404, message, code="model_not_found")


def json_response(status: int, body: dict[str, Any]) -> web.Response:
    """Return a response with this body."""
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")
