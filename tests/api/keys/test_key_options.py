"""Options of keys: headers of their own, contexts, models without a system role, and Azure's query."""

from typing import Any

import pytest

from gql_chat.keys.models import Key
from gql_chat.usage.models import Call
from tests.support.chat import Chat
from tests.support.client import Client, GraphQLErrors
from tests.support.demo import Script

FIELDS = "id headerNames silenceSeconds contextTokens foldsSystemPrompt baseUrl"
CREATE = f"mutation ($input: CreateKeyInput!) {{ createKey(input: $input) {{ {FIELDS} }} }}"
UPDATE = f"mutation ($input: UpdateKeyInput!) {{ updateKey(input: $input) {{ {FIELDS} }} }}"
TEST = "mutation ($input: TestKeyInput!) { testKey(input: $input) { ok error { message } } }"
SECRET = "azure-secret-that-nobody-may-see"
HEADERS = [{"name": "api-key", "value": SECRET}, {"name": "HTTP-Referer", "value": "https://chat.example"}]


async def create(chat: Chat, client: Client, **more: Any) -> dict[str, Any]:
    fields = {"name": "mine", "secret": "s", "model": "demo", "baseUrl": chat.demo.base_url, **more}
    key: dict[str, Any] = (await client.run(CREATE, input=fields))["createKey"]
    return key


async def test_headers_are_sent_and_never_returned(chat: Chat, ada: Client) -> None:
    key = await create(chat, ada, headers=HEADERS)
    assert key["headerNames"] == ["api-key", "HTTP-Referer"]
    sent = await ada.send("Hello", keyId=key["id"], wait=True)
    assert sent["reply"]["status"] == "COMPLETED"
    headers = chat.demo.requests[-1].headers
    assert (headers["api-key"], headers["http-referer"]) == (SECRET, "https://chat.example")
    assert headers["authorization"] == "Bearer s"
    stored = await Key.get(id=key["id"])
    assert SECRET not in f"{stored.headers_sealed}{stored.header_names}"
    assert (await ada.run(TEST, input={"id": key["id"]}))["testKey"]["ok"]


async def test_a_header_that_the_provider_repeats_is_masked(chat: Chat, ada: Client) -> None:
    key = await create(chat, ada, headers=HEADERS)
    sent = await ada.send(f"echo {SECRET}", keyId=key["id"], wait=True)
    call = await Call.get(message_id=sent["reply"]["id"])
    assert SECRET not in f"{call.request_messages}{call.response_text}{call.response_data}"


async def test_headers_are_replaced_and_removed(chat: Chat, ada: Client) -> None:
    key = await create(chat, ada, headers=HEADERS)
    change = {"id": key["id"], "headers": [{"name": "X-Title", "value": "Chat"}]}
    assert (await ada.run(UPDATE, input=change))["updateKey"]["headerNames"] == ["X-Title"]
    assert (await ada.run(UPDATE, input={"id": key["id"], "name": "other"}))["updateKey"]["headerNames"] == ["X-Title"]
    assert (await ada.run(UPDATE, input={"id": key["id"], "headers": []}))["updateKey"]["headerNames"] == []
    await ada.send("Hello", keyId=key["id"], wait=True)
    assert "x-title" not in chat.demo.requests[-1].headers


async def test_another_address_asks_for_the_headers_again(chat: Chat, ada: Client) -> None:
    key = await create(chat, ada, headers=HEADERS)
    moved = {"id": key["id"], "secret": "s", "baseUrl": f"{chat.demo.base_url}/elsewhere"}
    with pytest.raises(GraphQLErrors) as refused:
        await ada.run(UPDATE, input=moved)
    assert refused.value.errors[0]["extensions"]["field"] == "input.headers"
    assert (await Key.get(id=key["id"])).base_url == chat.demo.base_url
    assert (await ada.run(UPDATE, input={**moved, "headers": []}))["updateKey"]["headerNames"] == []


@pytest.mark.parametrize(
    "headers",
    [
        [{"name": "Authorization", "value": "Bearer x"}],
        [{"name": "host", "value": "internal"}],
        [{"name": "Proxy-Authorization", "value": "x"}],
        [{"name": "Content-Length", "value": "0"}],
        [{"name": "bad name", "value": "x"}],
        [{"name": "X", "value": "a\r\nHost: b"}],
        [{"name": "X", "value": "é"}],
        [{"name": "X", "value": " "}],
        [{"name": "", "value": "x"}],
        [{"name": "X", "value": "x" * 4097}],
        [{"name": "X", "value": "a"}, {"name": "x", "value": "b"}],
        [{"name": f"X-{number}", "value": "a"} for number in range(21)],
    ],
)
async def test_headers_that_no_key_can_have_are_refused(chat: Chat, ada: Client, headers: list[Any]) -> None:
    with pytest.raises(GraphQLErrors) as refused:
        await create(chat, ada, headers=headers)
    assert refused.value.errors[0]["extensions"] == {"code": "BAD_USER_INPUT", "field": "input.headers"}
    assert await Key.all().count() == 0


async def test_a_model_without_a_system_role_reads_the_prompt_in_the_first_message(chat: Chat, ada: Client) -> None:
    key = await create(chat, ada, foldsSystemPrompt=True)
    await ada.send("Hello", keyId=key["id"], wait=True)
    (message,) = chat.demo.requests[-1].body["messages"]
    assert message["role"] == "user"
    assert message["content"].endswith("\n\nHello")
    plain = (await ada.run(UPDATE, input={"id": key["id"], "foldsSystemPrompt": False}))["updateKey"]
    await ada.send("Hello", keyId=plain["id"], wait=True)
    assert [message["role"] for message in chat.demo.requests[-1].body["messages"]] == ["system", "user"]


async def test_a_prompt_takes_half_of_the_context(chat: Chat, ada: Client) -> None:
    key = await create(chat, ada, contextTokens=1000)
    assert key["contextTokens"] == 1000
    session_id = (await ada.send("word " * 300, keyId=key["id"], wait=True))["session"]["id"]
    await ada.send("word " * 300, sessionId=session_id, wait=True)
    assert len([sent for sent in chat.demo.requests[-1].body["messages"] if sent["role"] == "user"]) == 1
    unknown = (await ada.run(UPDATE, input={"id": key["id"], "contextTokens": None}))["updateKey"]
    assert unknown["contextTokens"] is None
    await ada.send("now", sessionId=session_id, wait=True)
    assert len([sent for sent in chat.demo.requests[-1].body["messages"] if sent["role"] == "user"]) == 3


@pytest.mark.parametrize(
    ("name", "number"),
    [*(("contextTokens", n) for n in (0, -1, 511, 100_000_001)), *(("silenceSeconds", n) for n in (0, -1, 3601))],
)
async def test_numbers_have_bounds(chat: Chat, ada: Client, name: str, number: int) -> None:
    with pytest.raises(GraphQLErrors) as refused:
        await create(chat, ada, **{name: number})
    assert refused.value.errors[0]["extensions"]["field"] == f"input.{name}"


async def test_a_key_has_a_limit_of_silence_of_its_own(chat: Chat, ada: Client) -> None:
    key = await create(chat, ada, silenceSeconds=1)
    assert key["silenceSeconds"] == 1
    chat.demo.script("demo", Script(chunks=("Hello", "never"), stall_after=1))
    sent = await ada.send("Hi", keyId=key["id"], wait=True)
    assert sent["reply"]["error"]["message"] == "The provider sent nothing for 1 seconds."
    plain = (await ada.run(UPDATE, input={"id": key["id"], "silenceSeconds": None}))["updateKey"]
    assert plain["silenceSeconds"] is None


async def test_azures_api_version_stands_in_the_base_url(chat: Chat, ada: Client) -> None:
    key = await create(chat, ada, baseUrl=f"{chat.demo.base_url}/?api-version=2024-10-21")
    assert key["baseUrl"] == f"{chat.demo.base_url}?api-version=2024-10-21"
    sent = await ada.send("Hello", keyId=key["id"], wait=True)
    assert sent["reply"]["status"] == "COMPLETED"
    call = await Call.get(message_id=sent["reply"]["id"])
    assert call.endpoint == f"{chat.demo.base_url}/chat/completions"


@pytest.mark.parametrize("query", ["?key=secret", "?api-version=1&key=secret", "?api-version=a%20b", "#fragment"])
async def test_no_other_query_stands_there(chat: Chat, ada: Client, query: str) -> None:
    with pytest.raises(GraphQLErrors) as refused:
        await create(chat, ada, baseUrl=f"{chat.demo.base_url}{query}")
    assert refused.value.errors[0]["extensions"]["field"] == "input.baseUrl"
