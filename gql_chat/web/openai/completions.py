"""`POST /v1/chat/completions`: passes the bytes of an answer on as they arrive, until it ends or the client leaves."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from gql_chat.api.engine.fields.costs import REPLY_COST
from gql_chat.errors import ShuttingDown, Unavailable
from gql_chat.infra.telemetry.request_context import current_request
from gql_chat.users.sign_outs import SignOuts
from gql_chat.users.viewer import Viewer
from gql_chat.web.connections.http_protocol import TRY_SEND_BODY
from gql_chat.web.connections.open_connections import LastingConnections, wait_for_disconnect
from gql_chat.web.openai.bodies import HeldBytes, Hold, RequestBody
from gql_chat.web.openai.callers import Callers
from gql_chat.web.openai.responses import WrongMethod, error_response
from gql_chat.workflows.call_limits import CallLimits
from gql_chat.workflows.completions import Completions

if TYPE_CHECKING:
    from gql_chat.generation.provider.passing_on.passed_call import PassedCall

TrySend: TypeAlias = Callable[[bytes], bool]

EVENT_STREAM_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would buffer the events
]


class ChatCompletions:
    """The ASGI application at the path. A request is one task, which ends with the client, its token or the server."""

    def __init__(
        self,
        callers: Callers,
        completions: Completions,
        *,
        limits: CallLimits,
        sign_outs: SignOuts,
        lasting: LastingConnections,
        is_draining: Callable[[], bool],
    ) -> None:
        self._callers = callers
        self._completions = completions
        self._limits = limits
        self._sign_outs = sign_outs
        self._lasting = lasting
        self._is_draining = is_draining
        self._held = HeldBytes()
        self._running: set[asyncio.Task[None]] = set()

    async def finish(self) -> None:
        """Return once no answer is being passed on."""
        while self._running:
            await asyncio.wait(self._running)

    async def interrupt(self) -> None:
        """End all answers; their calls are errors of this server in the ledger."""
        for task in self._running:
            task.cancel()
        await self.finish()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = RequestBody(request)
        try:
            if request.method != "POST":
                raise WrongMethod("POST")
            viewer = await self._callers.admit(request, cost=REPLY_COST)
            if self._is_draining():
                raise ShuttingDown
            info = current_request()
            with self._lasting.count_stream(viewer.user_id, info.client_ip if info else None):
                await self._limits.require_send(viewer.user_id)
                with self._held.of(viewer.user_id) as hold:
                    await self._run(viewer, await body.read(hold), hold, receive, send, _find_try_send(scope))
        except ClientDisconnect:
            return
        except asyncio.CancelledError:  # of a server that ends, and waits no longer
            if body.is_over:
                raise
            await error_response(ShuttingDown())(scope, receive, send)
        except Exception as exc:  # noqa: BLE001 - the edge of the request's task
            with suppress(ClientDisconnect, asyncio.CancelledError):  # the latter of a server that ends
                await body.discard()
            await error_response(exc)(scope, receive, send)

    async def _run(
        self, viewer: Viewer, body: dict[str, Any], hold: Hold, receive: Receive, send: Send, try_send: TrySend | None
    ) -> None:
        """Pass the answer on in a task of its own, which is cancelled if the client or its token ends before it."""
        hung_up, reply = asyncio.Event(), _Reply(send, try_send)
        passing = asyncio.create_task(self._pass_on(viewer.user_id, body, hold, hung_up, reply))
        leaving = asyncio.create_task(wait_for_disconnect(receive))
        self._running.add(passing)
        passing.add_done_callback(self._running.discard)
        with self._sign_outs.watch(viewer) as signing_out:
            try:
                await asyncio.wait((passing, leaving, signing_out), return_when=asyncio.FIRST_COMPLETED)
                hung_up.set()
            finally:
                has_left = leaving.done()
                passing.cancel()
                leaving.cancel()
                await asyncio.wait((passing, leaving))
        if passing.cancelled() and not has_left:
            await reply.fail(signing_out.result() if signing_out.done() else Unavailable("This server has shut down."))

    async def _pass_on(
        self, user_id: str, body: dict[str, Any], hold: Hold, hung_up: asyncio.Event, reply: "_Reply"
    ) -> None:
        try:
            async with self._completions.pass_on(user_id, body, hung_up) as call:
                call.on_held = hold
                data = await call.read()
                await reply.start(call, data)
                while data:
                    await reply.send({"type": "http.response.body", "body": data, "more_body": True})
                    data = await call.read(reply.try_send)
        except Exception as exc:  # noqa: BLE001 - the edge of the answer's task
            await reply.fail(exc)
        else:
            await reply.end()


class _Reply:
    """The response, which begins with the provider's answer."""

    def __init__(self, send: Send, try_send: TrySend | None) -> None:
        self.send = send
        self.try_send = try_send
        self._has_started = False

    async def start(self, call: "PassedCall", data: bytes) -> None:
        """Send the headers of an answer that begins with these bytes, or is a whole one."""
        self._has_started = True
        headers = EVENT_STREAM_HEADERS
        if not call.is_stream:
            length = (b"content-length", str(len(data)).encode())
            headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), length]
        await self.send({"type": "http.response.start", "status": 200, "headers": headers})

    async def end(self, data: bytes = b"") -> None:
        """Send the last bytes."""
        await self.send({"type": "http.response.body", "body": data})

    async def fail(self, error: Exception) -> None:
        """Send the error as the response, or as the last event of one that has begun."""
        response = error_response(error)
        if self._has_started:
            await self.end(b"data: " + bytes(response.body) + b"\n\n")
            return
        self._has_started = True
        start = {"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers}
        await self.send(start)
        await self.end(bytes(response.body))


def _find_try_send(scope: Scope) -> TrySend | None:
    find = scope.get("extensions", {}).get(TRY_SEND_BODY)
    return find() if find else None
