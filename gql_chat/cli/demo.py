"""`gql-chat demo`: a newcomer's first chat in a terminal, over the API that a page uses, with event streams."""

import asyncio
import json
import secrets
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import aiohttp
import click

from gql_chat.cli.command import CommandFailed, read_settings, report_errors
from gql_chat.server.listening import find_noted_address
from gql_chat.server.server import Server
from gql_chat.settings import Settings
from gql_chat.web import GRAPHQL_PATH
from gql_chat.web.graphql.content_negotiation import EVENT_STREAM

# A server that says nothing for longer is gone: a stream has a ping every 12 s.
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=30)
MAX_EVENT_BYTES = 1024 * 1024
REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }"
DELETE = "mutation ($password: String!) { deleteAccount(password: $password) }"
SEND = "mutation ($text: String!) { sendMessage(input: {text: $text}) { reply { id model } } }"
WATCH = """subscription ($id: ID!) { reply(messageId: $id) {
  ... on ReplyDelta { kind text }
  ... on ReplyFinished { message { status error { message } usage { totalTokens } } }
} }"""


@click.command("demo")
@click.argument("message", default="What can you do?")
@click.option("--url", help="A running server. Default: the server of these settings, started if it is not running.")
@report_errors
async def command(message: str, url: str | None) -> None:
    """Send a message to the demo model and watch the reply.

    Registers a user, sends MESSAGE, prints the reply as it streams, and deletes the user. The exit code is 1 if the
    reply fails.
    """
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(
            aiohttp.ClientSession(headers={"Accept": EVENT_STREAM}, timeout=TIMEOUT, read_bufsize=MAX_EVENT_BYTES)
        )
        if url is None:
            settings = read_settings(default_log_level="WARNING")
            url = find_noted_address(settings.data_dir) or _address(settings)
            if not await _answers(http, url):
                url = await stack.enter_async_context(_own_server(settings))
        with _failures(url):
            await _chat(http, url.rstrip("/") + GRAPHQL_PATH, message)


async def _chat(http: aiohttp.ClientSession, endpoint: str, message: str) -> None:
    visitor = _visitor()
    [registered] = [data async for data in _results(http, endpoint, REGISTER, {"input": visitor})]
    http.headers["Authorization"] = f"Bearer {registered['register']['accessToken']}"
    try:
        status = await _send_and_watch(http, endpoint, message)
    finally:
        await _delete_visitor(http, endpoint, visitor["password"])
    if status != "COMPLETED":
        sys.exit(1)


async def _send_and_watch(http: aiohttp.ClientSession, endpoint: str, message: str) -> str:
    """Print the reply as it grows, and return the status with which it ended."""
    [sent] = [data async for data in _results(http, endpoint, SEND, {"text": message})]
    reply = sent["sendMessage"]["reply"]
    click.secho(f"You: {message}\n{reply['model']}: ", bold=True, nl=False)
    async for data in _results(http, endpoint, WATCH, {"id": reply["id"]}):
        _show(data["reply"])
    status: str = data["reply"]["message"]["status"]
    return status


async def _delete_visitor(http: aiohttp.ClientSession, endpoint: str, password: str) -> None:
    # Not as an event stream, which ends with the sign-in.
    document = {"query": DELETE, "variables": {"password": password}}
    async with http.post(endpoint, json=document, headers={"Accept": "application/json"}) as response:
        await response.read()


async def _results(
    http: aiohttp.ClientSession, endpoint: str, query: str, variables: dict[str, Any]
) -> AsyncIterator[dict[str, Any]]:
    """Run an operation as an event stream, and yield the data of its results."""
    async with http.post(endpoint, json={"query": query, "variables": variables}) as response:
        async for line in response.content:
            if line.startswith(b"data: "):
                result = json.loads(line.removeprefix(b"data: "))
                if result.get("errors"):
                    raise CommandFailed(result["errors"][0]["message"])
                yield result["data"]


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


@contextmanager
def _failures(url: str) -> Iterator[None]:
    """Raise CommandFailed where no server can be reached, or where the server is not gql-chat."""
    try:
        yield
    except aiohttp.InvalidURL as exc:
        raise CommandFailed(f"{url} is not a server's address: it must begin with http:// or https://.") from exc
    except (aiohttp.ClientConnectorError, TimeoutError) as exc:
        raise CommandFailed(f"No server answers at {url}: start one with `gql-chat serve`.") from exc
    except aiohttp.ClientPayloadError as exc:
        raise CommandFailed("The server closed the connection.") from exc
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
