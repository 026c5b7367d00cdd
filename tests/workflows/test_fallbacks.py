"""A model that refuses a prompt for its length, or for its pictures, is asked once more."""

from typing import Any

from gql_chat.usage.models import Call
from tests.support.chat import Chat
from tests.support.client import Client
from tests.support.demo import Script, failures

MESSAGE = """query ($id: ID!) { node(id: $id) { ... on Message { text status historyTruncated
    error { code message retryAfterSeconds }
    usage { promptTokens completionTokens cachedTokens reasoningTokens } } } }"""
USAGE = {
    "prompt_tokens": 9,
    "completion_tokens": 5,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 3},
}
BLIND = failures.bad_request("This model does not support image input.")


async def message(client: Client, message_id: str) -> dict[str, Any]:
    node: dict[str, Any] = (await client.run(MESSAGE, id=message_id))["node"]
    return node


async def chat_of(client: Client, *texts: str, **more: Any) -> dict[str, Any]:
    """Begin a chat with these messages, each answered by the rule-based model."""
    sent = await client.send(texts[0], wait=True, **more)
    for text in texts[1:]:
        sent = await client.send(text, sessionId=sent["session"]["id"], wait=True)
    return sent


async def test_a_history_that_is_too_long_is_halved_once(chat: Chat, ada: Client) -> None:
    session_id = (await chat_of(ada, "one", "two"))["session"]["id"]
    driven = chat.demo.drive("demo")
    reply = (await ada.send("three", sessionId=session_id))["reply"]["id"]
    first = await driven.next_call()
    await first.refuse(failures.context_length_exceeded())
    second = await driven.next_call()
    await second.send("fine")
    await second.finish(usage=USAGE)
    await ada.watch_to_end(reply)
    said = [[sent["content"] for sent in call.body["messages"] if sent["role"] == "user"] for call in (first, second)]
    assert said == [["one", "two", "three"], ["two", "three"]]
    assert await message(ada, reply) == {
        "text": "fine",
        "status": "COMPLETED",
        "historyTruncated": True,
        "error": None,
        "usage": {"promptTokens": 9, "completionTokens": 5, "cachedTokens": 4, "reasoningTokens": 3},
    }
    call = await Call.get(message_id=reply)
    assert (call.prompt_tokens, call.cached_tokens, call.reasoning_tokens) == (9, 4, 3)


async def test_a_history_that_is_still_too_long_fails(chat: Chat, ada: Client) -> None:
    session_id = (await chat_of(ada, "one"))["session"]["id"]
    driven = chat.demo.drive("demo")
    reply = (await ada.send("two", sessionId=session_id))["reply"]["id"]
    for _ in range(2):
        await (await driven.next_call()).refuse(failures.context_length_exceeded())
    await ada.watch_to_end(reply)
    failed = await message(ada, reply)
    assert (failed["status"], failed["error"]["code"], failed["usage"]) == ("FAILED", "CONTEXT_TOO_LONG", None)
    assert await Call.filter(message_id=reply).count() == 1


async def test_text_that_has_come_is_kept_and_nothing_is_asked_again(chat: Chat, ada: Client) -> None:
    session_id = (await chat_of(ada, "one"))["session"]["id"]
    driven = chat.demo.drive("demo")
    reply = (await ada.send("two", sessionId=session_id))["reply"]["id"]
    call = await driven.next_call()
    await call.send("half")
    await call.fail({"message": "context length exceeded"})
    await ada.watch_to_end(reply)
    failed = await message(ada, reply)
    assert (failed["text"], failed["status"], failed["historyTruncated"]) == ("half", "FAILED", False)


async def test_a_chat_with_a_picture_goes_on_with_a_model_that_cannot_see(chat: Chat, ada: Client) -> None:
    driven = chat.demo.drive("demo")
    sent = await ada.send("Look", attachments=[{"imageUrl": "https://example.com/a.png"}])
    await (await driven.next_call()).refuse(BLIND)
    await ada.watch_to_end(sent["reply"]["id"])
    failed = await message(ada, sent["reply"]["id"])
    assert failed["error"]["code"] == "BAD_REQUEST"
    assert failed["error"]["message"].endswith("It says: This model does not support image input.")

    reply = (await ada.send("Never mind.", sessionId=sent["session"]["id"]))["reply"]["id"]
    call = await driven.next_call()
    assert [sent["role"] for sent in call.body["messages"]] == ["system", "user"]
    await call.refuse(BLIND)
    await ada.watch_to_end(reply)
    assert (await message(ada, reply))["status"] == "FAILED"


async def test_pictures_of_earlier_messages_are_left_out(chat: Chat, ada: Client) -> None:
    sent = await chat_of(ada, "Look", attachments=[{"imageUrl": "https://example.com/a.png"}])
    driven = chat.demo.drive("demo")
    reply = (await ada.send("And now?", sessionId=sent["session"]["id"]))["reply"]["id"]
    await (await driven.next_call()).refuse(BLIND)
    call = await driven.next_call()
    await call.send("fine")
    await call.finish()
    await ada.watch_to_end(reply)
    assert call.body["messages"][1]["content"] == "Look\n\n[A picture was here. The model cannot see pictures.]"
    done = await message(ada, reply)
    assert (done["text"], done["historyTruncated"]) == ("fine", False)


async def test_a_failed_reply_says_how_long_the_provider_asked_to_wait(chat: Chat, ada: Client) -> None:
    chat.demo.script("demo", Script(fail=failures.rate_limited(), retry_after_seconds=7))
    sent = await ada.send("one", wait=True)
    assert (await message(ada, sent["reply"]["id"]))["error"]["retryAfterSeconds"] == 7
    assert (await Call.get(message_id=sent["reply"]["id"])).error_retry_after_seconds == 7


async def test_a_history_of_more_messages_than_a_prompt_may_have_is_truncated(chat: Chat, ada: Client) -> None:
    session_id = (await chat_of(ada, "one", "two"))["session"]["id"]
    whole = await ada.send("three", sessionId=session_id, wait=True)
    cut = await ada.send("four", sessionId=session_id, historyMessages=3, wait=True)
    assert (await message(ada, whole["reply"]["id"]))["historyTruncated"] is False
    assert (await message(ada, cut["reply"]["id"]))["historyTruncated"] is True
