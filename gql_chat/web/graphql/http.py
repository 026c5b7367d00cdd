"""GraphQL over HTTP: POST and GET as in https://graphql.github.io/graphql-over-http/draft/, and event streams."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Iterator
from contextlib import aclosing, contextmanager
from typing import Any, TypeVar

import orjson
from graphql import OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gql_chat.api.engine.cancellation import is_cancelled_itself, stray_cancellation_as_error
from gql_chat.api.engine.context import Context, MakeContext
from gql_chat.api.engine.errors import ErrorCode, request_error
from gql_chat.api.engine.execution import Engine, encode
from gql_chat.api.engine.requests import MalformedRequest, Operation, RequestRejected, format_errors
from gql_chat.errors import GqlChatError, ShuttingDown
from gql_chat.infra.telemetry.request_context import RequestInfo, current_request
from gql_chat.web.connections.open_connections import LastingConnections, in_turn
from gql_chat.web.graphql.content_negotiation import (
    EVENT_STREAM,
    GRAPHQL_RESPONSE,
    JSON,
    SUBSCRIPTION_PARTS,
    choose_media_type,
)
from gql_chat.web.graphql.json_decoding import decode_json
from gql_chat.web.graphql.multipart import is_multipart, read_multipart
from gql_chat.web.graphql.sse import EVENTS, PARTS, Framing, send_event_stream, send_single_event
from gql_chat.web.graphql.statuses import OF_GRAPHQL_RESPONSES, OF_JSON, OF_REFUSALS, Edition
from gql_chat.web.headers import read_header, refusal_headers, remainder_headers

MAX_BODY_BYTES = 1024 * 1024
PING_SECONDS = 12.0  # as in graphql-sse's own server; proxies close a stream that is silent for much longer

Answer = TypeVar("Answer")

_FRAMINGS = {EVENT_STREAM: EVENTS, SUBSCRIPTION_PARTS: PARTS}


class GraphQLOverHTTP:
    """The ASGI application at `/graphql` for HTTP."""

    def __init__(
        self,
        engine: Engine,
        make_context: MakeContext,
        lasting: LastingConnections,
        *,
        max_body_bytes: int = MAX_BODY_BYTES,
        ping_seconds: float = PING_SECONDS,
        edition: Edition = "2025",
    ) -> None:
        self._engine = engine
        self._make_context = make_context
        self._lasting = lasting
        self._max_body_bytes = max_body_bytes
        self._ping_seconds = ping_seconds
        self._edition: Edition = edition
        self._subscriptions: dict[asyncio.Task[Any], asyncio.Event] = {}
        """Those of event streams, each with the event that cuts it off."""
        self._is_leaving = False

    async def send_elsewhere(self, *, within_seconds: float) -> None:
        """End the event streams of all subscriptions, whose clients connect to another server."""
        self._is_leaving = True
        async for cut in in_turn(list(self._subscriptions.values()), within_seconds=within_seconds):
            cut.set()

    async def end_subscriptions(self, *, patience_seconds: float) -> None:
        """End the event streams of all subscriptions, once they have had a little time to complete by themselves."""
        if self._subscriptions:
            await asyncio.wait(self._subscriptions, timeout=patience_seconds)
        self._is_leaving = True
        for cut in self._subscriptions.values():
            cut.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, info = Request(scope, receive), current_request()
        assert info is not None, "RequestIdMiddleware sets it"
        media_type = choose_media_type(read_header(scope, b"accept"))
        reply = _Reply(info, GRAPHQL_RESPONSE if media_type == GRAPHQL_RESPONSE else JSON, self._edition)
        try:
            if media_type is None:
                raise _Refused(406, ErrorCode.BAD_USER_INPUT, f"Accept {JSON}, {GRAPHQL_RESPONSE} or {EVENT_STREAM}.")
            _require_no_encoding(request)
            with stray_cancellation_as_error:
                if media_type in _FRAMINGS and request.method != "HEAD" and not _has_files(request):
                    payload = await self._read_payload(request)
                    await self._stream(request, payload, info, send, _FRAMINGS[media_type])
                    return
                response = await _in_time(self._read_and_respond(request, reply))
        except ClientDisconnect:
            return
        except _Refused as refused:
            response = reply.error(refused.status, refused.error, refused.headers)
        except RequestRejected as rejected:
            response = reply.error(reply.statuses.of_rejection(rejected), rejected)
        except GqlChatError as error:
            # Raised before the operation began; the rest of a body with files is not read.
            headers = {"connection": "close"} | refusal_headers(error)
            response = reply.error(OF_REFUSALS.get(error.code, 500), error, headers)
        except Exception as exc:  # noqa: BLE001 - the edge of the request's task
            response = reply.error(500, exc)
        await response(scope, receive, send)

    async def _read_and_respond(self, request: Request, reply: "_Reply") -> Response:
        if _has_files(request):
            return await self._respond_with_files(request, reply)
        return await self._respond(request, await self._read_payload(request), reply)

    async def _respond_with_files(self, request: Request, reply: "_Reply") -> Response:
        """Read files of signed-in users only: a page of another site could send a form, but no token."""
        context = await self._make_context(read_header(request.scope, b"authorization"), reply.info)
        form = read_multipart(
            request, context.user_id, files=context.services.files, max_fields_bytes=self._max_body_bytes
        )
        async with form as payload:
            return await self._respond(request, payload, reply)

    async def _read_payload(self, request: Request) -> Any:
        if request.method in ("GET", "HEAD"):
            return _read_query_string(request)
        if request.method != "POST":
            raise _Refused(405, ErrorCode.BAD_USER_INPUT, "Use GET or POST.", allow="GET, HEAD, POST")
        _require_json(read_header(request.scope, b"content-type") or "")
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self._max_body_bytes:
                message = f"The body is larger than {self._max_body_bytes} bytes."
                raise _Refused(413, ErrorCode.PAYLOAD_TOO_LARGE, message, connection="close")
        return _parse_json(bytes(body), "The body")

    async def _respond(self, request: Request, payload: Any, reply: "_Reply") -> Response:
        context = await self._make_context(read_header(request.scope, b"authorization"), reply.info)
        operation = await self._prepare(request, payload, context)
        if operation.type is OperationType.SUBSCRIPTION:
            message = f"Subscribe over a WebSocket (graphql-transport-ws), or accept {EVENT_STREAM}."
            raise _Refused(400, ErrorCode.BAD_USER_INPUT, message)
        content = await self._engine.execute(operation, context, to_end=True)
        return reply.json(reply.statuses.of_response(content), content, remainder_headers(context.remainder))

    async def _stream(self, request: Request, payload: Any, info: RequestInfo, send: Send, framing: Framing) -> None:
        context = await self._make_context(read_header(request.scope, b"authorization"), info)
        try:
            operation: Operation | RequestRejected = await self._prepare(request, payload, context)
        except MalformedRequest:
            raise
        except RequestRejected as rejected:
            operation = rejected  # an event, as in graphql-sse, so that clients show GraphQL's errors
        user_id = context.viewer.user_id if context.viewer else None
        with self._lasting.count_stream(user_id, info.client_ip):
            if isinstance(operation, Operation) and operation.type is OperationType.SUBSCRIPTION:
                await self._stream_events(operation, context, request.receive, send, framing)
            else:
                response = self._single_response(operation, context)
                await send_single_event(response, send, ping_seconds=self._ping_seconds, framing=framing)

    async def _stream_events(
        self, operation: Operation, context: Context, receive: Receive, send: Send, framing: Framing
    ) -> None:
        with self._cut_when_leaving() as cut:
            await send_event_stream(
                self._responses(operation, context),
                _sign_out_response(context),
                cut.wait(),
                receive,
                send,
                ping_seconds=self._ping_seconds,
                framing=framing,
            )

    @contextmanager
    def _cut_when_leaving(self) -> Iterator[asyncio.Event]:
        cut, task = asyncio.Event(), asyncio.current_task()
        assert task is not None, "a coroutine runs in a task"
        if self._is_leaving:
            cut.set()
        self._subscriptions[task] = cut
        try:
            yield cut
        finally:
            del self._subscriptions[task]

    async def _prepare(self, request: Request, payload: Any, context: Context) -> Operation:
        operation = await self._engine.admission.admit(payload, context.payer)
        if request.method != "POST" and operation.type is OperationType.MUTATION:
            raise _Refused(405, ErrorCode.BAD_USER_INPUT, "A mutation needs a POST.", allow="POST")
        return operation

    async def _single_response(self, operation: Operation | RequestRejected, context: Context) -> bytes:
        try:
            if isinstance(operation, RequestRejected):
                raise operation
            return encode(await _in_time(self._engine.execute(operation, context, to_end=True)))
        except Exception as exc:  # noqa: BLE001 - the edge of the request's task
            return encode({"errors": format_errors(exc, context.request.request_id)})

    async def _responses(self, operation: Operation, context: Context) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(self._engine.stream(operation, context)) as responses:
                async for response in responses:
                    yield response
        except Exception as exc:  # noqa: BLE001 - the edge of the request's task
            yield encode({"errors": format_errors(exc, context.request.request_id)})


async def _in_time(answer: Awaitable[Answer]) -> Answer:
    """Return the answer. Raise ShuttingDown if the server ends and waits no longer: it cancels this task then.

    Nothing has been done then, because a mutation that has begun is answered: its client would send it again.
    """
    try:
        return await answer
    except asyncio.CancelledError as exc:
        if not is_cancelled_itself():
            raise
        raise ShuttingDown from exc


async def _sign_out_response(context: Context) -> bytes:
    """Wait for the end of the stream's credential and return the response that reports it."""
    if context.viewer is None:
        await asyncio.get_running_loop().create_future()  # for ever: there is no credential
    with context.services.sign_outs.watch(context.require_viewer()) as ended:
        return encode({"errors": format_errors(await ended, context.request.request_id)})


class _Refused(Exception):
    """A request that HTTP itself refuses, with this status."""

    def __init__(self, status: int, code: ErrorCode, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = request_error(code, message)
        self.headers = headers


class _Reply:
    """The responses to one request."""

    def __init__(self, info: RequestInfo, media_type: str, edition: Edition) -> None:
        self.info = info
        self.media_type = media_type
        self.statuses = OF_JSON if media_type == JSON else OF_GRAPHQL_RESPONSES[edition]

    def json(self, status: int, content: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
        own = {"content-type": f"{self.media_type}; charset=utf-8", "vary": "Accept"}
        return Response(orjson.dumps(content), status, own | (headers or {}))

    def error(self, status: int, error: Exception, headers: dict[str, str] | None = None) -> Response:
        return self.json(status, {"errors": format_errors(error, self.info.request_id)}, headers)


def _has_files(request: Request) -> bool:
    return request.method == "POST" and is_multipart(request)


def _require_no_encoding(request: Request) -> None:
    """Refuse a compressed body: a few bytes of it could be megabytes."""
    encoding = read_header(request.scope, b"content-encoding")
    if encoding is not None and encoding.strip().lower() != "identity":
        message = "Send the body without a Content-Encoding."
        raise _Refused(415, ErrorCode.BAD_USER_INPUT, message, **{"accept-encoding": "identity", "connection": "close"})


def _require_json(content_type: str) -> None:
    """Refuse other types, and so forged requests: browsers send JSON to other sites only after a preflight."""
    if content_type == JSON:
        return
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    if media_type != JSON or any(parameter not in ("charset=utf-8", 'charset="utf-8"') for parameter in parameters):
        raise _Refused(415, ErrorCode.BAD_USER_INPUT, f"The body must be {JSON} in UTF-8.")


def _read_query_string(request: Request) -> dict[str, Any]:
    parameters = request.query_params
    texts = ("query", "documentId", "operationName")
    payload: dict[str, Any] = {key: parameters[key] for key in texts if parameters.get(key)}
    for key in ("variables", "extensions"):
        if parameters.get(key):
            payload[key] = _parse_json(parameters[key], f"The parameter `{key}`")
    return payload


def _parse_json(text: str | bytes, name: str) -> Any:
    try:
        return decode_json(text)
    except ValueError as exc:
        raise _Refused(400, ErrorCode.BAD_USER_INPUT, f"{name} is not JSON in UTF-8.") from exc
