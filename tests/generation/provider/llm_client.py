"""Calls by the LLM client, and a server whose answers are given byte by byte."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any

import pytest

from gql_chat.errors import ProviderFailed
from gql_chat.generation.provider.call import ProviderCall
from gql_chat.generation.provider.completion import Increment
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.generation.provider.llm import LLM
from tests.support.demo.server import DemoServer
from tests.support.increments import each

MESSAGES = [{"role": "user", "content": "Say hello."}]
LOOPBACK = (ip_network("127.0.0.0/8"),)
SECRET = "a-secret-that-nobody-may-see"


def at(demo: DemoServer, model: str = "m", /, **parameters: Any) -> Endpoint:
    return Endpoint(demo.base_url, SECRET, model, parameters)


async def reply_of(llm: LLM, endpoint: Endpoint) -> tuple[str, ProviderCall]:
    async with (await llm.client()).stream(endpoint, MESSAGES) as call:
        return "".join([increment.text for increment in await increments_of(call)]), call


async def increments_of(call: ProviderCall) -> list[Increment]:
    """Read the answer to its end."""
    increments: list[Increment] = []
    await call.read(each(increments.append))
    return increments


async def failure_of(llm: LLM, endpoint: Endpoint) -> tuple[str, ProviderFailed]:
    """Return the text that came before the failure, and the failure."""
    texts: list[str] = []
    try:
        async with (await llm.client()).stream(endpoint, MESSAGES) as call:
            await call.read(each(lambda increment: texts.append(increment.text)))
    except ProviderFailed as failure:
        return "".join(texts), failure
    pytest.fail(f"no failure after {''.join(texts)!r}")


@asynccontextmanager
async def raw_server(answer: bytes, to_get: bytes | None = None, *, closes: bool = True) -> AsyncIterator[str]:
    """Run a server and yield its base URL. It answers with these bytes, and a GET with `to_get` if that is given."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(to_get if to_get is not None and head.startswith(b"GET") else answer)
        if not closes:
            await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


def http(body: bytes, content_type: str = "text/event-stream", status: str = "200 OK", *headers: str) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


async def begun(llm: LLM, endpoint: Endpoint) -> tuple[Any, ProviderCall]:
    stream = (await llm.client()).stream(endpoint, MESSAGES)
    return stream, await stream.__aenter__()
