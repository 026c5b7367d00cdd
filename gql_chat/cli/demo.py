"""`gql-chat demo`: a newcomer's first chat in a terminal, over the WebSocket API that a page uses too."""

import asyncio
import itertools
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import aiohttp
import click

from gql_chat.cli.command import CommandFailed, read_settings, report_errors
from gql_chat.server.server import Server
from gql_chat.settings import Settings
from gql_chat.web.app import GRAPHQL_PATH

SUBPROTOCOL = "graphql-transport-ws"
ANSWERS_WITHIN_SECONDS = 30
REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }"
SEND = "mutation ($text: String!) { sendMessage(input: {text: $text}) { reply { id model } } }"
WATCH = """subscription ($id: ID!) { reply(messageId: $id) {
  ... on ReplyDelta { kind text }
  ... on ReplyFinished { message { status error { message } usage { totalTokens } } }
} }"""


@click.command("demo")
@click.argument("message", default="What can you do?")
@click.option("--url", help="A running server. Default: the server of these settings, started if it is not running.")
@report_errors
def command(message: str, url: str | None) -> None:
    """Send a message to the demo model and watch the reply.

    Registers a throw-away user, sends MESSAGE and prints the reply as it streams.
    """
    asyncio.run(_run(message, url))


async def _run(message: str, url: str | None) -> None:
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        if url is None:
            settings = read_settings(default_log_level="WARNING")
            url = _address(settings)
            if not await _answers(http, url):
                url = await stack.enter_async_context(_own_server(settings))
        with _failures(url):
            await _chat(http, url.rstrip("/") + GRAPHQL_PATH, message)


async def _chat(http: aiohttp.ClientSession, endpoint: str, message: str) -> None:
    token = (await _post(http, endpoint, REGISTER, {"input": _visitor()}))["register"]["accessToken"]
    async with _Socket.connect(http, endpoint, token) as socket:
        reply = (await socket.result(SEND, {"text": message}))["sendMessage"]["reply"]
        click.secho(f"You: {message}\n{reply['model']}: ", bold=True, nl=False)
        async for data in socket.results(WATCH, {"id": reply["id"]}):
            _show(data["reply"])


class _Socket:
    """One graphql-transport-ws connection that runs one operation at a time."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = map(str, itertools.count(1))

    @classmethod
    @asynccontextmanager
    async def connect(cls, http: aiohttp.ClientSession, endpoint: str, token: str) -> AsyncIterator["_Socket"]:
        async with http.ws_connect(endpoint, protocols=[SUBPROTOCOL]) as socket:
            init = {"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}
            await socket.send_json(init)
            await socket.receive_json()
            yield cls(socket)

    async def result(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Return the one result of a query or mutation."""
        (data,) = [data async for data in self.results(query, variables)]
        return data

    async def results(self, query: str, variables: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """Yield every result until the operation completes."""
        operation_id = next(self._ids)
        payload = {"query": query, "variables": variables}
        await self._socket.send_json({"id": operation_id, "type": "subscribe", "payload": payload})
        async for frame in self._socket:
            event = json.loads(frame.data)
            if event["type"] == "next":
                yield _data(event["payload"])
            elif event["type"] == "error":
                raise CommandFailed(event["payload"][0]["message"])
            elif event["type"] == "complete":
                return
        raise CommandFailed("The server closed the connection.")


@asynccontextmanager
async def _own_server(settings: Settings) -> AsyncIterator[str]:
    server = Server(settings.model_copy(update={"port": 0}), banner=False)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        if serving.done():
            serving.result()
            raise CommandFailed("The server did not start.")
        await asyncio.sleep(0.05)
    try:
        yield server.origin
    finally:
        server.should_exit = True
        await serving


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(f"{url}/healthz", timeout=aiohttp.ClientTimeout(total=2)) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


async def _post(http: aiohttp.ClientSession, endpoint: str, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    body, timeout = {"query": query, "variables": variables}, aiohttp.ClientTimeout(total=ANSWERS_WITHIN_SECONDS)
    async with http.post(endpoint, json=body, timeout=timeout) as response:
        return _data(await response.json())


def _data(result: dict[str, Any]) -> dict[str, Any]:
    if result.get("errors"):
        raise CommandFailed(result["errors"][0]["message"])
    data: dict[str, Any] = result["data"]
    return data


@contextmanager
def _failures(url: str) -> Iterator[None]:
    """Raise CommandFailed where no server can be reached, or where the server is not gql-chat."""
    try:
        yield
    except aiohttp.InvalidURL as exc:
        raise CommandFailed(f"{url} is not a server's address: it must begin with http:// or https://.") from exc
    except (aiohttp.ClientConnectorError, TimeoutError) as exc:
        raise CommandFailed(f"No server answers at {url}: start one with `gql-chat serve`.") from exc
    except (aiohttp.ClientError, LookupError, TypeError, AttributeError, ValueError) as exc:
        raise CommandFailed(f"The server at {url} is not gql-chat.") from exc


def _address(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


def _visitor() -> dict[str, str]:
    name = f"visitor-{secrets.token_hex(6)}"
    return {"username": name, "email": f"{name}@example.com", "password": secrets.token_urlsafe(24)}


def _show(event: dict[str, Any]) -> None:
    if "text" in event:
        click.secho(event["text"], dim=event["kind"] == "REASONING", nl=False)
        return
    message = event["message"]
    tokens = f", {message['usage']['totalTokens']} tokens" if message["usage"] else ""
    error = f": {message['error']['message']}" if message["error"] else ""
    click.secho(f"\n[{message['status'].lower()}{tokens}{error}]", dim=True)
