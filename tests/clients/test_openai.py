"""The door seen by OpenAI's own clients, LangChain's and LiteLLM's: all that a chat completion can hold passes."""

import asyncio
from typing import Any

import pytest

from gql_chat.usage.models import CallStatus
from tests.clients.node import run_client, start_client
from tests.clients.provider_answers import IMAGE, QUESTION, TOOL, answer, shown_of
from tests.support.chat import Chat
from tests.support.client import Client
from tests.web.openai.door import create_key, create_token, settled_calls

CONTENT = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {"url": IMAGE}}]
REQUEST: dict[str, Any] = {
    "model": "Mine",
    "messages": [{"role": "user", "content": CONTENT}],
    "tools": [TOOL],
    "logprobs": True,
    "top_logprobs": 2,
}
STREAM = {"stream": True, "stream_options": {"include_usage": True}}
OFFICIAL = ("openai_rich.mjs", "openai_client.py")
OTHERS = ("langchain_client.py", "litellm_client.py")  # show only the first choice of a stream


async def test_openais_client_lists_models_and_completes(chat: Chat, ada: Client) -> None:
    arguments = {"url": f"{chat.origin}/v1", "token": await create_token(ada), "text": "echo hello world"}
    models, whole, streamed = await run_client("openai.mjs", model="demo", **arguments)
    calls = await settled_calls()
    assert models == {"models": ["demo"]}
    assert (whole["whole"], streamed) == ("hello world", {"streamed": "hello world"})
    assert [(call.prompt_tokens or 0) + (call.completion_tokens or 0) for call in calls] == [whole["tokens"]] * 2


async def test_openais_client_understands_refusals(chat: Chat, ada: Client) -> None:
    url, token = f"{chat.origin}/v1", await create_token(ada, "CHAT")
    [refused] = await run_client("openai.mjs", url=url, token=token, model="demo", text="x")
    assert refused == {"status": 403, "code": "insufficient_permissions", "type": "invalid_request_error"}
    [refused] = await run_client("openai.mjs", url=url, token="sk-none", model="demo", text="x")
    assert (refused["status"], refused["code"]) == (401, "invalid_api_key")


@pytest.mark.parametrize("client", [*OFFICIAL, *OTHERS])
async def test_images_tools_choices_logprobs_and_counts_pass(chat: Chat, ada: Client, client: str) -> None:
    await create_key(ada, "Mine", chat.demo.base_url)
    bodies = [{**REQUEST, "n": 2}, {**REQUEST, **STREAM, **({"n": 2} if client in OFFICIAL else {})}]
    arguments = {"url": f"{chat.origin}/v1", "token": await create_token(ada), "bodies": bodies}
    driven = chat.demo.drive("demo")
    async with start_client(client, **arguments) as lines:
        for body in bodies:
            shown, received = await asyncio.gather(anext(lines), answer(driven))
            assert shown == shown_of(body.get("n", 1))
            asked = {**body, "model": "demo"}
            assert {name: received[name] for name in asked} == asked
            if client in OFFICIAL:
                assert received == asked
        assert [line async for line in lines] == []
    for call in await settled_calls():
        assert (call.status, call.prompt_tokens, call.completion_tokens) == (CallStatus.SUCCESS, 9, 5)
        assert (call.cached_tokens, call.reasoning_tokens) == (4, 2)
