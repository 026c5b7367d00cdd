"""The door seen by OpenAI's own client from npm."""

from tests.clients.node import run_client
from tests.support.chat import Chat
from tests.support.client import Client
from tests.web.openai.door import create_token, settled_calls


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
