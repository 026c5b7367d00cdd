"""The demo server: OpenAI's chat completions over a real socket, answered by rules, by a script or by a test."""

import contextlib
import itertools
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import orjson
from aiohttp import web

from gql_chat.demo import failures
from gql_chat.demo.driven import Driven, DrivenCall, play
from gql_chat.demo.failures import Failure
from gql_chat.demo.model import reply, thoughts
from gql_chat.demo.responses import ChatResponse, Completion, StreamedResponse, WholeResponse
from gql_chat.demo.script import Script
from gql_chat.demo.tokens import pieces

MODELS = ("demo", "demo-reasoning")

# Images are data URLs inside the body.
_MAX_BODY_BYTES = 64 * 1024 * 1024

# Open streams get this long, twice, when the server stops; stalled ones would take for ever.
_SHUTDOWN_SECONDS = 0.01


@dataclass(frozen=True)
class RecordedRequest:
    """One received call. Header names are in lower case; the repr leaves them out, with the API key among them."""

    body: dict[str, Any]
    headers: dict[str, str] = field(repr=False)
    model: str


class DemoServer:
    """A server that runs while it is entered, on `listener` or else on a socket of its own.

    `record=False` keeps no requests: for servers that outlive a test.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        listener: socket.socket | None = None,
        pace_seconds: float = 0.02,
        api_key: str | None = None,
        record: bool = True,
    ) -> None:
        self.requests: list[RecordedRequest] = []
        self.base_url = ""
        self._host = host
        self._port = port
        self._listener = listener
        self._pace_seconds = pace_seconds
        self._api_key = api_key
        self._record = record
        self._orders: dict[str, Script | Driven] = {}
        self._ids = itertools.count(1)
        app = web.Application(middlewares=[_openai_errors], client_max_size=_MAX_BODY_BYTES)
        app.router.add_get("/v1/models", self._models)
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

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    def script(self, model: str, script: Script) -> None:
        """Play this script for calls with this model from now on."""
        self._orders[model] = script

    def drive(self, model: str) -> Driven:
        """Let the test respond to calls with this model from now on."""
        driven = Driven()
        self._orders[model] = driven
        return driven

    def _site(self) -> web.BaseSite:
        if self._listener is not None:
            return web.SockSite(self._runner, self._listener)
        return web.TCPSite(self._runner, self._host, self._port)

    async def _models(self, request: web.Request) -> web.StreamResponse:
        self._require_key(request)
        names = [*MODELS, *(name for name in self._orders if name not in MODELS)]
        models = [{"id": name, "object": "model", "created": 0, "owned_by": "gql-chat"} for name in names]
        return _json(200, {"object": "list", "data": models})

    async def _chat_completions(self, request: web.Request) -> web.StreamResponse:
        recorded = await _read_request(request)
        if self._record:
            self.requests.append(recorded)
        self._require_key(request)
        order = self._orders.get(recorded.model) or self._improvise(recorded)
        if isinstance(order, Driven):
            return await self._hand_over(order, request, recorded)
        return await self._play(order, request, recorded)

    async def _hand_over(self, driven: Driven, request: web.Request, recorded: RecordedRequest) -> web.StreamResponse:
        response = self._respond(request, recorded.body, Script())
        call = DrivenCall(recorded.body, recorded.headers, response)
        driven.add(call)
        await call.serve()
        if call.refusal is not None:
            raise _Refused(call.refusal)
        return response.response

    async def _play(self, script: Script, request: web.Request, recorded: RecordedRequest) -> web.StreamResponse:
        if script.redirect_to is not None:
            return web.Response(status=307, headers={"Location": script.redirect_to})
        if script.fail is not None:
            raise _Refused(script.fail, script.retry_after_seconds)
        if script.refuses_stream_options and "stream_options" in recorded.body:
            raise _Refused(failures.unknown_argument("stream_options"))
        response = self._respond(request, recorded.body, script)
        with contextlib.suppress(ConnectionError):  # the client may leave between two chunks
            await play(script, response)
        return response.response

    def _respond(self, request: web.Request, body: dict[str, Any], script: Script) -> ChatResponse:
        completion = Completion(
            id=f"chatcmpl-demo{next(self._ids):06}",
            created=int(time.time()),
            model=body["model"],
            messages=body["messages"],
        )
        if body.get("stream"):
            return StreamedResponse(request, completion, script, usage_requested=_requests_usage(body))
        return WholeResponse(request, completion, script, usage_requested=True)

    def _improvise(self, recorded: RecordedRequest) -> Script:
        """Return the rule-based model's reply as a script."""
        if recorded.model not in MODELS:
            raise _Refused(failures.model_not_found(recorded.model))
        messages = recorded.body["messages"]
        chunks = pieces(reply(messages))
        limit = recorded.body.get("max_completion_tokens") or recorded.body.get("max_tokens") or len(chunks)
        return Script(
            chunks=chunks[:limit],
            reasoning=pieces(thoughts(messages)) if recorded.model == "demo-reasoning" else (),
            pace_seconds=self._pace_seconds,
            finish_reason="stop" if len(chunks) <= limit else "length",
        )

    def _require_key(self, request: web.Request) -> None:
        if self._api_key is not None and request.headers.get("Authorization") != f"Bearer {self._api_key}":
            raise _Refused(failures.invalid_api_key())


class _Refused(Exception):
    """The call gets this failure as its response."""

    def __init__(self, failure: Failure, retry_after_seconds: int | None = None) -> None:
        super().__init__(failure[0])
        self.status, self.body = failure
        self.headers = {} if retry_after_seconds is None else {"Retry-After": str(retry_after_seconds)}


@web.middleware
async def _openai_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except _Refused as refused:
        return _json(refused.status, refused.body, refused.headers)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return _json(*failures.unknown_url(request.method, request.path))


async def _read_request(request: web.Request) -> RecordedRequest:
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError as exc:
        raise _Refused(failures.bad_request("We could not parse the JSON body of your request.")) from exc
    if not isinstance(body, dict):
        raise _Refused(failures.bad_request("The JSON body of your request must be an object."))
    if not isinstance(body.get("model"), str):
        raise _Refused(failures.bad_request("you must provide a model parameter", param="model"))
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(message, dict) for message in messages):
        raise _Refused(failures.bad_request("'messages' must be a list of messages", param="messages"))
    if not all(_is_limit(body.get(name)) for name in ("max_tokens", "max_completion_tokens")):
        raise _Refused(failures.bad_request("The token limit must be a positive integer.", param="max_tokens"))
    headers = {name.lower(): value for name, value in request.headers.items()}
    return RecordedRequest(body=body, headers=headers, model=body["model"])


def _is_limit(value: object) -> bool:
    return value is None or (isinstance(value, int) and value > 0)


def _requests_usage(body: dict[str, Any]) -> bool:
    options = body.get("stream_options")
    return isinstance(options, dict) and bool(options.get("include_usage"))


def _json(status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json", headers=headers)
