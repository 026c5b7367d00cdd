"""A message is sent and its reply watched, through the real API and a real model server's socket."""

from gql_chat.demo import Script
from tests.chat import Chat
from tests.client import Client, Screen


async def test_a_reply_streams_to_its_end(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    chat_on_each.demo.script("demo", Script(chunks=("Hel", "lo ", "wörld 🌍", "!"), reasoning=("Hmm", "…")))
    sent = await ada.send("Say hello")
    assert sent["reply"] | {"id": "", "sessionId": "", "parentId": ""} == {
        "id": "", "sessionId": "", "parentId": "", "order": 2, "status": "STREAMING", "text": "", "model": "demo",
        "finishReason": None, "error": None, "usage": None,
    }  # fmt: skip
    screen = Screen()
    async for event in ada.watch(sent["reply"]["id"]):
        screen.take(event)
    assert (screen.text, screen.reasoning) == ("Hello wörld 🌍!", "Hmm…")
    assert screen.final == {
        "id": sent["reply"]["id"], "status": "COMPLETED", "text": "Hello wörld 🌍!", "reasoning": "Hmm…",
        "finishReason": "STOP", "error": None,
    }  # fmt: skip


async def test_wait_resolves_with_the_settled_reply(chat: Chat, ada: Client) -> None:
    sent = await ada.send("echo Hi", wait=True)
    assert sent["reply"]["status"] == "COMPLETED"
