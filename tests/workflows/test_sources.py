"""A reply keeps the sources that its provider named."""

import json
from typing import Any

from tests.support.chat import Chat
from tests.support.client import Client

PARTS = """query ($id: ID!) { node(id: $id) { ... on Message { parts { type
    ... on TextPart { text } ... on SourcePart { url title } } } } }"""
A, B = "https://a.example/page", "https://b.example"


def chunk(text: str, finish_reason: str | None = None, **more: Any) -> bytes:
    body = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish_reason}], **more}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


async def test_sources_are_parts_of_the_reply_and_stay_out_of_the_prompt(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    sent = await ada.send("Where?")
    call = await driven.next_call()
    await call.raw(chunk("Here [1].", "stop", search_results=[{"url": A, "title": "A page"}], citations=[A, B]))
    await call.end()
    await ada.watch_to_end(sent["reply"]["id"])
    parts = (await ada.run(PARTS, id=sent["reply"]["id"]))["node"]["parts"]
    assert parts == [
        {"type": "TEXT", "text": "Here [1]."},
        {"type": "SOURCE", "url": A, "title": "A page"},
        {"type": "SOURCE", "url": B, "title": None},
    ]
    await ada.send("And now?", sessionId=sent["session"]["id"])
    prompt = (await driven.next_call()).body["messages"]
    assert prompt[2] == {"role": "assistant", "content": "Here [1]."}


async def test_a_reply_that_is_continued_keeps_its_sources(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    sent = await ada.send("Where?")
    call = await driven.next_call()
    await call.raw(chunk("Here", "length", citations=[A]))
    await call.end()
    await ada.watch_to_end(sent["reply"]["id"])
    await ada.run("mutation ($id: ID!) { continueReply(messageId: $id) { reply { id } } }", id=sent["reply"]["id"])
    call = await driven.next_call()
    await call.raw(chunk(" too.", "stop", citations=[A, B]))
    await call.end()
    await ada.watch_to_end(sent["reply"]["id"])
    parts = (await ada.run(PARTS, id=sent["reply"]["id"]))["node"]["parts"]
    assert [part.get("url") or part["text"] for part in parts] == ["Here too.", A, B]
