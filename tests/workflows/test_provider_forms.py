"""Forms of answers that providers have besides OpenAI's, as the demo server plays them, and the replies they make."""

from typing import Any

import pytest

from tests.support.chat import Chat
from tests.support.client import Client
from tests.support.demo import Script

REPLY = """query ($id: ID!) { node(id: $id) { ... on Message { status text reasoning finishReason
    parts { ... on SourcePart { url } } usage { source completionTokens } } } }"""
PLAIN: dict[str, Any] = {
    "status": "COMPLETED",
    "text": "Hello world",
    "reasoning": None,
    "finishReason": "STOP",
    "parts": [{}],
}


@pytest.mark.parametrize("extra", [{}, {"stream": False}])
@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (Script(text_field="refusal"), {"finishReason": "CONTENT_FILTER"}),
        (Script(finish_reason_everywhere=True), {}),
        (
            Script(citations=("https://a.example", "https://b.example")),
            {"parts": [{}, *({"url": url} for url in ("https://a.example", "https://b.example"))]},
        ),
        (Script(usage_in_choice=True), {}),
        (Script(chunks=("<thi", "nk>Hm</think>", "\n\nHello", " world")), {"reasoning": "Hm"}),
    ],
)
async def test_a_form_of_another_provider_makes_the_same_reply(
    chat: Chat, ada: Client, script: Script, expected: dict[str, Any], extra: dict[str, Any]
) -> None:
    key = {"name": "mine", "secret": "sk-mine", "model": "m", "baseUrl": chat.demo.base_url}
    created = await ada.run("mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }", input=key)
    chat.demo.script("m", script)
    sent = await ada.send("Hi", wait=True, keyId=created["createKey"]["id"], parameters={"extra": extra})
    reply = (await ada.run(REPLY, id=sent["reply"]["id"]))["node"]
    assert reply.pop("usage")["source"] == "PROVIDER"
    assert reply == PLAIN | expected
