"""A WebSocket connection of the graphql-transport-ws protocol, strictly as specified.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. Plain ASGI, because a reply is thousands of messages.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import structlog
from graphql import OperationType
from msgspec.structs import replace
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from gql_chat.api.engine.budgets import NOBODY
from gql_chat.api.engine.cancellation import stray_cancellation_as_error
from gql_chat.api.engine.context import Context, MakeContext
from gql_chat.api.engine.errors import format_error
from gql_chat.api.engine.execution import Engine, encode
from gql_chat.api.engine.requests import MalformedRequest, Operation, format_errors
from gql_chat.errors import RateLimited, Unauthenticated
from gql_chat.infra.telemetry.request_context import RequestInfo, bind_request, current_request, new_trace_id
from gql_chat.infra.telemetry.throttled_log import warn_throttled
from gql_chat.infra.telemetry.tracing import is_tracing
from gql_chat.users.sign_outs import SignOutWait
from gql_chat.web.connections.open_connections import Slots
from gql_chat.web.connections.uvicorn_websocket import DRAIN, FIND_FRAME_SENDER, TRY_SEND, FrameSender
from gql_chat.web.graphql.websocket_messages import (
    MAX_REASON_BYTES,
    CloseCode,
    ConnectionLimits,
    Violation,
    close_code_of,
    parse_message,
    read_authorization,
    read_id,
    read_payload,
)

log = structlog.get_logger(__name__)


class WebSocketConnection:
    """A client's connection. `run` reads; each operation is a task that sends."""

    __slots__ = (
        *("_authorization", "_closing", "_drain", "_engine", "_find_frame_sender", "_info", "_is_acknowledged"),
        *("_is_closed", "_limits"),
        *("_make_context", "_operation_count", "_operations", "_payer", "_receive", "_send", "_sign_out_wait"),
        *("_tasks", "_try_send_parts", "_user_id", "_users", "__weakref__"),
    )

    def __init__(
        self,
        engine: Engine,
        make_context: MakeContext,
        limits: ConnectionLimits,
        users: Slots,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        self._engine = engine
        self._make_context = make_context
        self._limits = limits
        self._users = users
        self._user_id: str | None = None
        self._receive = receive
        self._send = send
        self._authorization = Headers(scope=scope).get("authorization")
        extensions = scope.get("extensions", {})
        self._try_send_parts: Callable[..., bool] | None = extensions.get(TRY_SEND)
        self._find_frame_sender: Callable[[bytes, bytes], FrameSender | None] | None = extensions.get(FIND_FRAME_SENDER)
        self._drain: Callable[[], Awaitable[None]] | None = extensions.get(DRAIN)
        info = current_request()
        assert info is not None, "RequestIdMiddleware sets it"
        self._info = info
        self._payer = NOBODY
        self._is_acknowledged = False
        self._is_closed = False
        self._operation_count = 0
        self._closing: asyncio.Task[None] | None = None
        """Closes the connection because its credential has ended, or soon if it has none."""
        self._sign_out_wait: SignOutWait | None = None
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: dict[asyncio.Task[None], OperationType] = {}
        """The tasks of `_operations`, and of completed ones that are still cleaning up."""

    async def run(self) -> None:
        """Serve until either side closes, then end all operations."""
        try:
            await self._read_messages()
        except Violation as violation:
            await self.close(violation.code, violation.reason)
        except _Disconnected:
            pass
        finally:
            self._is_closed = True
            if self._user_id is not None:
                self._users.release(self._user_id)
            if self._sign_out_wait is not None:
                self._sign_out_wait.cancel()
                self._sign_out_wait = None  # it holds this connection
            tasks = [*self._tasks, *([self._closing] if self._closing else ())]
            self._closing = None  # a cancelled task holds the frames in which it was, and they hold this connection
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self, code: int, reason: str) -> None:
        """Close the connection, from any task; do nothing if it is closed."""
        if self._is_closed:
            return
        self._is_closed = True
        short_reason = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
        with contextlib.suppress(OSError):  # the client closed first
            await self._send({"type": "websocket.close", "code": code, "reason": short_reason})

    async def end(self, code: int, reason: str, *, patience_seconds: float) -> None:
        """Wait a little for operations that are about to complete, then close."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=patience_seconds)
        await self.close(code, reason)

    async def leave(self, code: int, reason: str) -> None:
        """Close once no query or mutation is running: unlike a subscription, a mutation must not be sent again."""
        while answers := [task for task, kind in self._tasks.items() if kind is not OperationType.SUBSCRIPTION]:
            await asyncio.wait(answers)
        await self.close(code, reason)

    async def _read_messages(self) -> None:
        try:
            async with asyncio.timeout(self._limits.init_timeout_seconds):
                while not self._is_acknowledged:
                    await self._handle(await self._read_message())
        except TimeoutError:
            raise Violation(CloseCode.INIT_TIMEOUT, "Connection initialisation timeout") from None
        while True:
            await self._handle(await self._read_message())

    async def _read_message(self) -> dict[str, Any]:
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            raise _Disconnected
        return parse_message(event.get("text"), max_characters=self._limits.max_message_characters)

    async def _handle(self, message: dict[str, Any]) -> None:
        match message.get("type"):
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                self._complete(message)
            case "ping":
                await self._pong(message)
            case "pong":
                read_payload(message)
            case "connection_init":
                await self._initialize(message)
            case other:
                raise Violation(CloseCode.BAD_REQUEST, f"Invalid message type {orjson.dumps(other).decode()}")

    async def _initialize(self, message: dict[str, Any]) -> None:
        if self._is_acknowledged:
            raise Violation(CloseCode.TOO_MANY_INITS, "Too many initialisation requests")
        authorization = read_authorization(message)
        if authorization is not None:
            self._authorization = authorization
        try:
            context = await self._make_context(self._authorization, self._info)
        except Exception as exc:
            raise Violation(CloseCode.TRY_AGAIN, format_error(exc, self._info.request_id)["message"]) from exc
        if context.auth_error is not None:
            raise Violation(close_code_of(context.auth_error), context.auth_error.code)
        if context.viewer is not None:
            self._count_for_user(context.viewer.user_id)
        self._is_acknowledged = True
        self._payer = context.payer
        await self._send_text(b'{"type":"connection_ack"}')
        if context.viewer is None:
            self._closing = asyncio.create_task(self._close_anonymous())
        else:
            self._sign_out_wait = context.services.sign_outs.call_when_ended(context.viewer, self._close_signed_out)

    def _count_for_user(self, user_id: str) -> None:
        if not self._users.take(user_id):
            warn_throttled(log, "connection_refused", user_id, reason="too many WebSockets of one user")
            raise Violation(CloseCode.TRY_AGAIN, "Too many connections of this user")
        self._user_id = user_id

    async def _close_anonymous(self) -> None:
        """Close the connection of a client that is not signed in: it has had the time to log in."""
        await asyncio.sleep(self._limits.anonymous_seconds)
        reason = "Connect again with a token"
        await self.end(CloseCode.UNAUTHORIZED, reason, patience_seconds=self._limits.anonymous_seconds)

    def _close_signed_out(self, error: Unauthenticated) -> None:
        self._closing = asyncio.create_task(self.close(close_code_of(error), error.code))

    async def _pong(self, message: dict[str, Any]) -> None:
        payload = read_payload(message)
        await self._send_text(encode({"type": "pong"} if payload is None else {"type": "pong", "payload": payload}))

    async def _subscribe(self, message: dict[str, Any]) -> None:
        if not self._is_acknowledged:
            raise Violation(CloseCode.UNAUTHORIZED, "Unauthorized")
        operation_id = read_id(message)
        if operation_id in self._operations:
            raise Violation(CloseCode.SUBSCRIBER_ALREADY_EXISTS, f"Subscriber for {operation_id} already exists")
        self._operation_count += 1
        info = self._info_of_operation(self._operation_count)
        with bind_request(info):
            await self._try_to_start(operation_id, message.get("payload"), info)

    def _info_of_operation(self, number: int) -> RequestInfo:
        # A connection lives for hours, so each operation is a trace of its own, unless the client sent one for all.
        trace_id = new_trace_id() if is_tracing() and not self._info.traceparent else self._info.trace_id
        return replace(self._info, request_id=f"{self._info.request_id}.{number}", trace_id=trace_id)

    async def _try_to_start(self, operation_id: str, payload: object, info: RequestInfo) -> None:
        try:
            operation = await self._engine.admission.admit(payload, self._payer)
            if len(self._operations) >= self._limits.max_operations:
                raise RateLimited(f"A connection may run {self._limits.max_operations} operations at once.")
        except MalformedRequest as malformed:
            raise Violation(CloseCode.BAD_REQUEST, str(malformed)) from malformed
        except Exception as exc:  # noqa: BLE001 - the other operations of the connection go on
            await self._send_error(operation_id, exc, info)
        else:
            self._start(operation_id, operation, info)

    def _start(self, operation_id: str, operation: Operation, info: RequestInfo) -> None:
        task = asyncio.create_task(self._run_operation(operation_id, operation, info))
        self._operations[operation_id] = task
        self._tasks[task] = operation.type
        task.add_done_callback(self._tasks.__delitem__)

    def _complete(self, message: dict[str, Any]) -> None:
        """Cancel an operation, whose id is free at once; an unknown id is one that has just completed."""
        task = self._operations.pop(read_id(message), None)
        if task is not None:
            task.cancel()

    async def _run_operation(self, operation_id: str, operation: Operation, info: RequestInfo) -> None:
        try:
            await self._send_responses(operation_id, operation, info)
        except _Disconnected:
            pass
        finally:
            # No await between the last message and this: the client may use the id again once it has that message.
            if self._operations.get(operation_id) is asyncio.current_task():
                del self._operations[operation_id]

    async def _send_responses(self, operation_id: str, operation: Operation, info: RequestInfo) -> None:
        opening = b'{"id":%b,"type":"next","payload":' % orjson.dumps(operation_id)
        try:
            with stray_cancellation_as_error:
                context = await self._make_context(self._authorization, info)
            completion = b'{"id":%b,"type":"complete"}' % orjson.dumps(operation_id)
            if operation.type is OperationType.SUBSCRIPTION:
                await self._send_events(opening, operation, context)
                await self._send_text(completion)
            else:
                response = encode(await self._engine.execute(operation, context))
                await self._send_text(opening, response, b"}", then=completion)
        except _Disconnected:
            raise
        except Exception as exc:  # noqa: BLE001 - the edge of the operation's task
            await self._send_error(operation_id, exc, info)

    async def _send_events(self, opening: bytes, operation: Operation, context: Context) -> None:
        sender = self._find_frame_sender(opening, b"}") if self._find_frame_sender is not None else None
        try_send = sender.try_send if sender is not None else None
        async with contextlib.aclosing(self._engine.stream(operation, context, try_send)) as responses:
            async for response in responses:
                await self._send_text(opening, response, b"}")
                if self._drain is not None:
                    await self._drain()  # before the next response is made, so that it holds all that has come

    async def _send_error(self, operation_id: str, error: Exception, info: RequestInfo) -> None:
        errors = format_errors(error, info.request_id)
        await self._send_text(encode({"id": operation_id, "type": "error", "payload": errors}))

    async def _send_text(self, *parts: bytes, then: bytes = b"") -> None:
        """Send a text, and another one if given, by one write where possible.

        Wait while the client reads too slowly, so that nothing queues up outside of sources.
        """
        if self._is_closed:
            raise _Disconnected
        if self._try_send_parts is not None and self._drain is not None:
            if self._try_send_parts(*parts, then=then):
                return
            await self._drain()
            if self._try_send_parts(*parts, then=then):
                return
        try:
            await self._send({"type": "websocket.send", "text": b"".join(parts).decode()})
            if then:
                await self._send({"type": "websocket.send", "text": then.decode()})
        except OSError as exc:
            raise _Disconnected from exc


class _Disconnected(Exception):
    """The client is gone."""
