"""A small client of the real API over real sockets: HTTP for operations, graphql-transport-ws for subscriptions."""

import itertools
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp

SEND = """mutation Send($input: SendMessageInput!) { sendMessage(input: $input) {
    session { id title messageCount } userMessage { id order text }
    reply { id sessionId parentId order status text model finishReason error { code message }
            usage { promptTokens completionTokens totalTokens source } } } }"""
WATCH = """subscription Watch($id: ID!, $offset: Int!, $reasoningOffset: Int! = 0) {
    reply(messageId: $id, offset: $offset, reasoningOffset: $reasoningOffset) { __typename
        ... on ReplyDelta { kind offset text }
        ... on ReplyFinished { message { id status text reasoning finishReason error { code message } } } } }"""
MESSAGE = (
    """query Message($id: ID!) { node(id: $id) { ... on Message { id status text reasoning order siblingIds } } }"""
)


FILE = "id sessionId name extension mediaType sizeBytes sha256 status failure isProcessed text downloadUrl createdAt"
UPLOAD = f"mutation Upload($id: ID!, $file: Upload!) {{ uploadFile(sessionId: $id, file: $file) {{ {FILE} }} }}"


class GraphQLErrors(Exception):
    """The response had errors: `codes` are their extensions' codes."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(str(errors))
        self.errors = errors
        self.codes = [error["extensions"]["code"] for error in errors]


@dataclass
class Client:
    """A user's client of one server."""

    http: aiohttp.ClientSession
    origin: str
    token: str | None = None
    user_id: str = ""
    refresh_token: str = ""

    def at(self, origin: str) -> "Client":
        """Return a client of the same user at another server."""
        return replace(self, origin=origin)

    async def run(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """Run a query or mutation and return its data. Raises GraphQLErrors."""
        response = await self.post(query, **variables)
        if response.get("errors"):
            raise GraphQLErrors(response["errors"])
        data: dict[str, Any] = response["data"]
        return data

    async def post(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """Run a query or mutation and return the whole response."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        body = {"query": query, "variables": variables}
        async with self.http.post(f"{self.origin}/graphql", json=body, headers=headers) as response:
            parsed: dict[str, Any] = await response.json(content_type=None)
            return parsed

    async def post_form(self, *parts: tuple[str, Any, str | None]) -> aiohttp.ClientResponse:
        """Post a multipart request of these parts: name, content, and the file's name if the part is a file."""
        form = aiohttp.FormData(quote_fields=False)
        for name, content, filename in parts:
            form.add_field(name, content, filename=filename)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.http.post(f"{self.origin}/graphql", data=form, headers=headers) as response:
            await response.read()
            return response

    async def post_file(self, query: str, content: bytes | str, name: str, **variables: Any) -> dict[str, Any]:
        """Run an operation whose variable `file` is a file and return the whole response."""
        operations = {"query": query, "variables": {**variables, "file": None}}
        response = await self.post_form(
            ("operations", json.dumps(operations), None),
            ("map", '{"0": ["variables.file"]}', None),
            ("0", content, name),
        )
        parsed: dict[str, Any] = await response.json(content_type=None)
        return parsed

    async def upload(self, session_id: str, content: bytes | str = "hello", name: str = "notes.txt") -> dict[str, Any]:
        """Upload a file by `uploadFile` and return it. Raises GraphQLErrors."""
        response = await self.post_file(UPLOAD, content, name, id=session_id)
        if response.get("errors"):
            raise GraphQLErrors(response["errors"])
        uploaded: dict[str, Any] = response["data"]["uploadFile"]
        return uploaded

    async def new_session(self) -> str:
        """Create a session and return its id."""
        made = await self.run("mutation { createSession(input: {}) { id } }")
        return str(made["createSession"]["id"])

    async def send(self, text: str = "hello", **more: Any) -> dict[str, Any]:
        """Send a message and return the payload. `more` are further fields of the input."""
        payload: dict[str, Any] = (await self.run(SEND, input={"text": text, **more}))["sendMessage"]
        return payload

    async def watch_to_end(self, message_id: str, offset: int = 0, had: str = "") -> "Screen":
        """Watch a reply to its end, as a page that has this text up to the offset, and return the screen."""
        screen = Screen({"TEXT": had.encode("utf-16-le", "surrogatepass")})
        async for event in self.watch(message_id, offset):
            screen.take(event)
        return screen

    async def message(self, message_id: str) -> dict[str, Any]:
        """Return a message as it is stored."""
        found: dict[str, Any] = (await self.run(MESSAGE, id=message_id))["node"]
        return found

    async def watch(self, message_id: str, offset: int = 0) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the events of the subscription `reply` on a socket of its own."""
        async with self.connect() as socket:
            async for data in socket.subscribe(WATCH, id=message_id, offset=offset):
                yield data["reply"]

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["Socket"]:
        """Open a graphql-transport-ws connection and initialise it."""
        url, protocols = f"{self.origin}/graphql", ["graphql-transport-ws"]
        async with self.http.ws_connect(url, protocols=protocols, max_msg_size=0) as socket:
            payload = {"Authorization": f"Bearer {self.token}"} if self.token else {}
            await socket.send_json({"type": "connection_init", "payload": payload})
            ack = await socket.receive()
            assert ack.data == '{"type":"connection_ack"}', (ack.data, ack.extra)
            yield Socket(socket)


class Socket:
    """An open connection. It runs one subscription at a time."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.raw = socket
        self._ids = map(str, itertools.count(1))

    async def subscribe(self, query: str, **variables: Any) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the data of each result until the operation completes. Raises GraphQLErrors."""
        operation_id = next(self._ids)
        payload = {"query": query, "variables": variables}
        await self.raw.send_json({"id": operation_id, "type": "subscribe", "payload": payload})
        async for frame in self.raw:
            event = json.loads(frame.data)
            if event["type"] == "complete":
                return
            if event["type"] == "error":
                raise GraphQLErrors(event["payload"])
            if event["type"] == "next":
                if event["payload"].get("errors"):
                    raise GraphQLErrors(event["payload"]["errors"])
                yield event["payload"]["data"]
        raise ConnectionError(f"closed with {self.raw.close_code}")


@dataclass
class Screen:
    """The text of a page, by the rule that is always right: `text = text.slice(0, offset) + delta.text`."""

    units: dict[str, bytes] = field(default_factory=dict)
    final: dict[str, Any] | None = None

    def take(self, event: dict[str, Any]) -> None:
        """Apply one event."""
        if event["__typename"] == "ReplyFinished":
            self.final = event["message"]
            return
        before = self.units.get(event["kind"], b"")[: event["offset"] * 2]
        assert len(before) == event["offset"] * 2, "a delta begins beyond what the page has"
        self.units[event["kind"]] = before + event["text"].encode("utf-16-le", "surrogatepass")

    @property
    def text(self) -> str:
        """The text."""
        return self.units.get("TEXT", b"").decode("utf-16-le")

    @property
    def reasoning(self) -> str:
        """The reasoning."""
        return self.units.get("REASONING", b"").decode("utf-16-le")
