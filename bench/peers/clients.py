"""The servers to compare: how each is started, and how a client chats with it."""

import asyncio
import os
import shutil
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson

from bench.connections import HttpConnection, Socket
from bench.servers import DidNotStart
from bench.tokens import Pace, Transcript

LISTED = 50  # sessions, and messages of the one whose messages are listed
YOGA = Path(__file__).with_name("yoga")
LISTED_TEXT = "lorem ipsum dolor sit amet " * 20

Query = tuple[str, dict[str, Any]]


class Peer(ABC):
    """A client of a running server."""

    name: ClassVar[str]

    def __init__(self) -> None:
        self.lists: dict[str, Query] = {}
        """Queries by what they list; none if the server can do no more than stream."""
        self.port = 0
        self._token: str | None = None

    @abstractmethod
    def command(self, port: int, model_port: int, folder: Path) -> tuple[list[str], dict[str, str]]:
        """Return the command that starts it, and its environment variables."""

    async def prepare(self, port: int) -> None:
        """Create the data that the scenarios need, after the server has started."""
        self.port = port

    @abstractmethod
    async def ask(self, socket: Socket, transcript: Transcript) -> None:
        """Send a message and receive the reply to its end. Raise OperationFailed."""

    @abstractmethod
    async def watch_idly(self, sockets: Sequence[Socket]) -> None:
        """Open on each socket a subscription in which nothing happens for some seconds."""

    def act_as(self, other: "Peer") -> None:
        """Use the user that another peer has created in the same database."""
        self._token = other._token

    async def open_http(self) -> HttpConnection:
        """Open a signed-in connection for queries."""
        return await HttpConnection.open(self.port, self._token)

    async def connect(self) -> Socket:
        """Open a signed-in socket of a client."""
        return await Socket.open(self.port, self._token)


class GqlChat(Peer):
    """gql-chat as users run it: `gql-chat serve` with the embedded database."""

    name = "gql-chat"

    _REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }"
    SEND = "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { session { id } reply { id } } }"
    WATCH = """subscription ($id: ID!) { reply(messageId: $id) { __typename
        ... on ReplyDelta { kind offset text } ... on ReplyFinished { message { id status finishReason } } } }"""
    _SESSIONS = "query ($first: Int!) { sessions(first: $first) { nodes { id title createdAt updatedAt } } }"
    _MESSAGES = """query ($id: ID!, $first: Int!) { session(id: $id) {
        messages(first: $first) { nodes { id role text createdAt } } } }"""

    def __init__(self, username: str = "ada") -> None:
        super().__init__()
        self._username = username
        self._sessions: WeakKeyDictionary[Socket, str] = WeakKeyDictionary()

    def command(self, port: int, model_port: int, folder: Path) -> tuple[list[str], dict[str, str]]:
        settings = {
            "PORT": port,
            "DATA_DIR": folder,
            "OPENAI_API_KEY": "any",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{model_port}/v1",
            "RATE_LIMITS": "off",
            "MAX_REPLIES_PER_USER": 100_000,
            "MAX_CONNECTIONS_PER_ADDRESS": 1_000_000,
            "MAX_WEBSOCKETS_PER_USER": 1_000_000,
            "LOG_LEVEL": "WARNING",
        }
        variables = {f"GQL_CHAT_{name}": str(value) for name, value in settings.items()}
        return [sys.executable, "-m", "gql_chat", "serve"], variables

    async def prepare(self, port: int) -> None:
        await self.register(port)
        session_id = await self._fill()
        self.lists = {"sessions": self.list_sessions(), "messages": self.list_messages(session_id)}

    def list_sessions(self) -> Query:
        """Return the query of the newest sessions."""
        return self._SESSIONS, {"first": LISTED}

    def list_messages(self, session_id: str) -> Query:
        """Return the query of a session's messages."""
        return self._MESSAGES, {"id": session_id, "first": LISTED}

    async def register(self, port: int) -> None:
        """Create a user on this port, as whom sockets are opened."""
        await super().prepare(port)
        stranger = await self.open_http()
        address = f"{self._username}@example.com"
        account = {"username": self._username, "email": address, "password": "correct horse battery"}
        self._token = (await stranger.run(self._REGISTER, {"input": account}))["register"]["accessToken"]
        stranger.close()

    async def ask(self, socket: Socket, transcript: Transcript) -> None:
        await self.watch(socket, await self.send(socket, transcript.pace), transcript)

    async def exchange(self, socket: Socket, transcript: Transcript, session_id: str | None) -> str:
        """Send a message to this session, or a new one, receive the reply to its end, and return the session's id."""
        if session_id is not None:
            self._sessions[socket] = session_id
        await self.ask(socket, transcript)
        return self._sessions[socket]

    async def send(self, socket: Socket, pace: Pace) -> str:
        """Start a reply in the socket's session, which grows as a user's does, and return its id."""
        session = {"sessionId": self._sessions[socket]} if socket in self._sessions else {}
        sent = (await socket.first(self.SEND, {"input": {"text": str(pace), **session}}))["sendMessage"]
        self._sessions[socket] = sent["session"]["id"]
        reply_id: str = sent["reply"]["id"]
        return reply_id

    async def watch(self, socket: Socket, reply_id: str, transcript: Transcript) -> None:
        """Receive a reply to its end. Raise OperationFailed."""

        def take(data: dict[str, Any]) -> None:
            event = data["reply"]
            if event["__typename"] == "ReplyDelta":
                transcript.add(event["text"], event["offset"])
            elif event["message"]["status"] != "COMPLETED":
                transcript.failure = event["message"]["status"]

        await socket.start(self.WATCH, {"id": reply_id}, take)

    async def watch_idly(self, sockets: Sequence[Socket]) -> None:
        reply_id = await self.send(sockets[0], Pace(first_ms=10_000))
        for socket in sockets:
            socket.start(self.WATCH, {"id": reply_id}, lambda data: None)

    async def _fill(self) -> str:
        """Create enough sessions to list, and enough messages in one of them."""
        http = await self.open_http()
        message = {"text": f"{Pace(tokens=40)} {LISTED_TEXT}", "wait": True}
        sent = [await http.run(self.SEND, {"input": message}) for _ in range(LISTED)]
        session_id: str = sent[0]["sendMessage"]["session"]["id"]
        for _ in range(LISTED // 2 - 1):
            await http.run(self.SEND, {"input": {**message, "sessionId": session_id}})
        http.close()
        return session_id


class OpenAIDoor(GqlChat):
    """gql-chat as OpenAI clients use it: each reply is a stream on a connection of its own."""

    name = "gql-chat /v1"

    async def ask(self, socket: Socket, transcript: Transcript) -> None:
        messages = [{"role": "user", "content": str(transcript.pace)}]
        body = orjson.dumps({"model": "gpt-5-mini", "messages": messages, "stream": True})
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {self._token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(head.encode() + body)
        async for line in reader:
            if line.startswith(b"data: {"):
                for choice in orjson.loads(line[6:])["choices"]:
                    if text := choice["delta"].get("content"):
                        transcript.add(text)
            elif line.startswith(b"data: [DONE]"):
                break
        writer.close()


class Naive(Peer):
    """The baseline: `bench/peers/naive.py`."""

    name = "naive"

    _CHAT = "subscription ($sessionId: ID!, $text: String!) { chat(sessionId: $sessionId, text: $text) }"
    _IDLE = "subscription ($sessionId: ID!) { messageAdded(sessionId: $sessionId) { id role content createdAt } }"
    _SESSIONS = "query ($first: Int!) { sessions(first: $first) { id title createdAt updatedAt } }"
    _MESSAGES = """query ($sessionId: ID!, $first: Int!) {
        messages(sessionId: $sessionId, first: $first) { id role content createdAt } }"""

    def __init__(self) -> None:
        super().__init__()
        self._session = {"sessionId": str(UUID(int=1))}
        self.lists = {
            "sessions": (self._SESSIONS, {"first": LISTED}),
            "messages": (self._MESSAGES, {**self._session, "first": LISTED}),
        }

    def command(self, port: int, model_port: int, folder: Path) -> tuple[list[str], dict[str, str]]:
        arguments = [str(port), f"http://127.0.0.1:{model_port}/v1", str(folder / "naive.sqlite3")]
        return [sys.executable, "-m", "bench.peers.naive", *arguments], {}

    async def ask(self, socket: Socket, transcript: Transcript) -> None:
        variables = {**self._session, "text": str(transcript.pace)}
        await socket.start(self._CHAT, variables, lambda data: transcript.add(data["chat"]))

    async def watch_idly(self, sockets: Sequence[Socket]) -> None:
        for socket in sockets:
            socket.start(self._IDLE, self._session, lambda data: None)


class Yoga(Naive):
    """The same on Node: `bench/peers/yoga/server.mjs`."""

    name = "yoga"

    _CHAT = """subscription ($sessionId: ID!, $text: String!) {
        chat(sessionId: $sessionId, text: $text) { delta messageId done } }"""

    def command(self, port: int, model_port: int, folder: Path) -> tuple[list[str], dict[str, str]]:
        node = shutil.which("node", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
        if node is None or not (YOGA / "node_modules").is_dir():
            raise DidNotStart("The server of Node.js is not installed. Run `make bench` once.")
        model_url = f"http://127.0.0.1:{model_port}/v1"
        return [node, str(YOGA / "server.mjs"), str(port), model_url, str(folder / "yoga.sqlite3")], {}

    async def ask(self, socket: Socket, transcript: Transcript) -> None:
        variables = {**self._session, "text": str(transcript.pace)}
        await socket.start(self._CHAT, variables, lambda data: transcript.add(data["chat"]["delta"]))


class Raw(Naive):
    """The limit: `bench/peers/raw.py`, which takes the same operations and looks only at their variables."""

    name = "raw"

    def __init__(self) -> None:
        super().__init__()
        self.lists = {}

    def command(self, port: int, model_port: int, folder: Path) -> tuple[list[str], dict[str, str]]:
        return [sys.executable, "-m", "bench.peers.raw", str(port), str(model_port)], {}
