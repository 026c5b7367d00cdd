"""The demo server, which a test can also script or drive."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from gql_chat.demo import server
from gql_chat.demo.server import json_response, requests_usage
from tests.support.demo import failures
from tests.support.demo.driven import Driven, DrivenCall, play
from tests.support.demo.failures import Failure
from tests.support.demo.responses import ScriptedResponse, ScriptedStream, ScriptedWhole
from tests.support.demo.script import Script


@dataclass(frozen=True)
class RecordedRequest:
    """One received call. Header names are in lower case; the repr leaves them out, with the API key among them."""

    body: dict[str, Any]
    headers: dict[str, str] = field(repr=False)
    model: str


class DemoServer(server.DemoServer):
    """The demo server with a record of its calls, and with other models, which answer as a test orders."""

    def __init__(self, *, pace_seconds: float = 0.02, port: int = 0, api_key: str | None = None) -> None:
        super().__init__(pace_seconds=pace_seconds, port=port)
        self.requests: list[RecordedRequest] = []
        self._api_key = api_key
        self._orders: dict[str, Script | Driven] = {}

    def script(self, model: str, script: Script) -> None:
        """Play this script for calls with this model from now on."""
        self._orders[model] = script

    def drive(self, model: str) -> Driven:
        """Let the test respond to calls with this model from now on."""
        driven = Driven()
        self._orders[model] = driven
        return driven

    @property
    def models(self) -> Sequence[str]:
        return [*server.MODELS, *(name for name in self._orders if name not in server.MODELS)]

    async def answer(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(RecordedRequest(body, headers, body["model"]))
        if self._refuses(request):
            return json_response(*failures.invalid_api_key())
        order = self._orders.get(body["model"])
        if isinstance(order, Driven):
            return await self._hand_over(order, request, body, headers)
        if order is not None:
            return await self._play(order, request, body)
        return await super().answer(request, body)

    async def _list_models(self, request: web.Request) -> web.StreamResponse:
        if self._refuses(request):
            return json_response(*failures.invalid_api_key())
        return await super()._list_models(request)

    async def _hand_over(
        self, driven: Driven, request: web.Request, body: dict[str, Any], headers: dict[str, str]
    ) -> web.StreamResponse:
        response = self._respond(request, body, Script())
        call = DrivenCall(body, headers, response)
        driven.add(call)
        await call.serve()
        return response.response if call.refusal is None else json_response(*call.refusal)

    async def _play(self, script: Script, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        if script.redirect_to is not None:
            return web.Response(status=307, headers={"Location": script.redirect_to})
        if script.fail is not None:
            return _refusal(script.fail, script.retry_after_seconds)
        if script.refuses_stream_options and "stream_options" in body:
            return _refusal(failures.unknown_argument("stream_options"))
        response = self._respond(request, body, script)
        with contextlib.suppress(ConnectionError):  # the client may leave between two chunks
            await play(script, response)
        return response.response

    def _respond(self, request: web.Request, body: dict[str, Any], script: Script) -> ScriptedResponse:
        form = ScriptedStream if body.get("stream") else ScriptedWhole
        return form(request, self.completion(body), script, usage_requested=requests_usage(body))

    def _refuses(self, request: web.Request) -> bool:
        return self._api_key is not None and request.headers.get("Authorization") != f"Bearer {self._api_key}"


def _refusal(failure: Failure, retry_after_seconds: int | None = None) -> web.Response:
    response = json_response(*failure)
    if retry_after_seconds is not None:
        response.headers["Retry-After"] = str(retry_after_seconds)
    return response
