"""Requests that are still under way when a server ends: they are answered, or refused with a reason."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gql_chat.api.engine.execution import Engine
from gql_chat.files.models import File
from gql_chat.server import server as server_module
from tests.support.chat import Chat, run_chat
from tests.support.client import UPLOAD, Client
from tests.support.uploads import CREATE

FORM = b'--b\r\nContent-Disposition: form-data; name="operations"\r\n\r\n'
FORM_TYPE, JSON_TYPE = "multipart/form-data; boundary=b", "application/json"


async def answer(client: Client, method: str, url: str, media_type: str, beginning: bytes) -> tuple[int, Any]:
    """Send a body that does not end, and return the status and the answer."""

    async def body() -> AsyncIterator[bytes]:
        yield beginning
        await asyncio.get_running_loop().create_future()

    headers = {"authorization": f"Bearer {client.token}", "content-type": media_type}
    async with client.http.request(method, url, data=body(), headers=headers) as response:
        return response.status, await response.json()


async def create_by_events(client: Client) -> str:
    """Create a session by a mutation whose answer is a stream of events, and return all that is sent."""
    headers = {"authorization": f"Bearer {client.token}", "accept": "text/event-stream"}
    body = {"query": "mutation { createSession(input: {}) { id } }"}
    async with client.http.post(f"{client.origin}/graphql", json=body, headers=headers) as response:
        return await response.text()


async def begin(chat: Chat, *answers: Any) -> list[asyncio.Task[Any]]:
    """Send the requests, and return their tasks once the server has begun all of them."""
    asking = [asyncio.create_task(one) for one in answers]
    async with asyncio.timeout(10):
        while len(chat.server.server_state.tasks) < len(asking):
            await asyncio.sleep(0.01)
    return asking


async def test_a_request_that_a_server_waits_for_no_longer_is_unavailable(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server_module, "REQUESTS_SECONDS", 0.1)
    async with run_chat(database_url, tmp_path) as chat:
        ada = await chat.sign_up("ada")
        announced = [{"name": "a.txt", "sizeBytes": 100}]
        [target] = (await ada.run(CREATE, session=await ada.new_session(), files=announced))["createUploads"]
        asking = await begin(
            chat,
            answer(ada, "PUT", target["url"], "text/plain", b"x"),
            answer(ada, "POST", f"{chat.origin}/graphql", FORM_TYPE, FORM),
            answer(ada, "POST", f"{chat.origin}/graphql", JSON_TYPE, b'{"query":'),
            answer(ada, "POST", f"{chat.origin}/v1/chat/completions", JSON_TYPE, b'{"model":'),
        )
        await chat.server.shutdown()
        *answers, of_openai = await asyncio.gather(*asking)
    for status, body in answers:
        [error] = body["errors"]
        assert (status, error["extensions"]["code"]) == (503, "UNAVAILABLE")
        assert error["message"] == "This server is shutting down; send it again."
        assert error["extensions"]["retryAfterSeconds"] == 1
    assert (of_openai[0], of_openai[1]["error"]["code"]) == (503, "unavailable")
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


async def test_a_mutation_that_a_server_has_begun_is_answered_however_long_it_takes(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "REQUESTS_SECONDS", 0.1)
    begun, cancelled = asyncio.Queue[None](), asyncio.Event()
    execute, end_mutations = Engine._execute_within_budgets, Engine.end_mutations

    async def execute_slowly(*args: Any) -> dict[str, Any]:
        begun.put_nowait(None)
        await cancelled.wait()
        return await execute(*args)

    async def end_after_cancellation(engine: Engine) -> None:
        cancelled.set()
        await end_mutations(engine)

    async with run_chat(database_url, tmp_path) as chat:
        ada = await chat.sign_up("ada")
        session_id = await ada.new_session()
        monkeypatch.setattr(Engine, "end_mutations", end_after_cancellation)
        monkeypatch.setattr(Engine, "_execute_within_budgets", execute_slowly)
        uploading = asyncio.create_task(ada.upload(session_id))
        creating = asyncio.create_task(ada.new_session())
        streaming = asyncio.create_task(create_by_events(ada))
        for _ in range(3):
            await begun.get()
        await chat.server.shutdown()
        uploaded, new_session_id, events = await asyncio.gather(uploading, creating, streaming)
    assert (uploaded["status"], new_session_id.startswith("ses_")) == ("READY", True)
    assert '"createSession":{"id":"ses_' in events
    assert events.endswith("event: complete\ndata:\n\n")


async def test_what_would_begin_after_the_last_mutation_is_refused(chat: Chat, ada: Client) -> None:
    session_id = await ada.new_session()
    await chat.server.application.end_mutations()
    response = await ada.post_form(
        ("operations", json.dumps({"query": UPLOAD, "variables": {"id": session_id, "file": None}}), None),
        ("map", '{"0": ["variables.file"]}', None),
        ("0", "hello", "a.txt"),
    )
    assert (response.status, (await response.json())["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
    assert await File.all().count() == 0
