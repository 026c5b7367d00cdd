"""Verbs of branches as clients use them: edit, regenerate, stop, continue, and what a session then shows."""

from typing import Any

import pytest

from tests.support.chat import Chat
from tests.support.client import SEND, Client, GraphQLErrors, Screen
from tests.support.demo import DrivenCall, Script
from tests.support.stored.rows import all_rows
from tests.support.stored.trees import audit_trees

PAYLOAD = SEND[SEND.index("{\n") :].removesuffix(" }")
EDIT = f"mutation ($input: EditMessageInput!) {{ sent: editMessage(input: $input) {PAYLOAD} }}"
REGENERATE = f"""mutation ($id: ID!, $keyId: ID, $key: String) {{
    sent: regenerateReply(messageId: $id, keyId: $keyId, idempotencyKey: $key) {PAYLOAD} }}"""
CONTINUATION = f"""mutation ($id: ID!, $key: String) {{
    sent: continueReply(messageId: $id, idempotencyKey: $key) {PAYLOAD} }}"""
SELECT = """mutation ($id: ID!) { sent: selectBranch(messageId: $id) {
    id messageCount messages { nodes { id } totalCount } } }"""
STOP = "mutation ($id: ID!) { stopReply(messageId: $id) { status } }"
SESSION = "query ($id: ID!) { session(id: $id) { messageCount messages { nodes { id text siblingIds } totalCount } } }"
KEYS = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Message { idempotencyKey } } }"
END = "mutation ($id: ID!) { updateSession(input: {id: $id, status: ENDED}) { id } }"


async def edit(client: Client, message_id: str, text: str, **more: Any) -> dict[str, Any]:
    """Return the payload of `editMessage`, its reply settled."""
    fields = {"messageId": message_id, "text": text, "wait": True, **more}
    sent: dict[str, Any] = (await client.run(EDIT, input=fields))["sent"]
    return sent


async def regenerate(client: Client, reply_id: str, **more: Any) -> dict[str, Any]:
    """Return the payload of `regenerateReply`, once its reply has settled."""
    sent: dict[str, Any] = (await client.run(REGENERATE, id=reply_id, **more))["sent"]
    await client.watch_to_end(sent["reply"]["id"])
    return sent


async def shown(client: Client, session_id: str) -> list[str]:
    """Return the texts of the selected branch."""
    session = (await client.run(SESSION, id=session_id))["session"]
    nodes = session["messages"]["nodes"]
    assert session["messages"]["totalCount"] == len(nodes)
    return [node["text"] for node in nodes]


async def refusal(attempt: Any) -> dict[str, Any]:
    """Return the extensions of the one error that the attempt meets; nothing has changed, and the trees are sound."""
    before = await all_rows()
    with pytest.raises(GraphQLErrors) as refused:
        await attempt
    assert await all_rows() == before
    await audit_trees()
    (error,) = refused.value.errors
    extensions: dict[str, Any] = error["extensions"]
    return extensions


def asked(chat: Chat) -> list[Any]:
    """Return what the model was told last, the persona apart."""
    return [message["content"] for message in chat.demo.requests[-1].body["messages"][1:]]


def answer(chat: Chat, *chunks: str, **more: Any) -> None:
    """Set the model's next answers."""
    chat.demo.script("demo", Script(chunks=chunks, **more))


async def two_exchanges(chat: Chat, client: Client) -> tuple[dict[str, Any], dict[str, Any]]:
    """Send two messages, each with its reply: one, reply one, two, reply two."""
    answer(chat, "reply one")
    first = await client.send("one", wait=True)
    answer(chat, "reply two")
    return first, await client.send("two", sessionId=first["session"]["id"], wait=True)


async def stopped(chat: Chat, client: Client, *texts: str, **more: Any) -> dict[str, Any]:
    """Return an exchange whose reply was stopped after these texts."""
    driven = chat.demo.drive("demo")
    sent = await client.send("Count", **more)
    call = await driven.next_call()
    await call.send(*texts, reasoning="Hm. " if texts else None)
    await until(client, sent["reply"]["id"], "".join(texts))
    await client.run(STOP, id=sent["reply"]["id"])
    return sent


async def until(client: Client, reply_id: str, text: str) -> None:
    """Wait until a watcher has been shown this text."""
    screen, watch = Screen(), client.watch(reply_id)
    while screen.text != text:
        screen.take(await anext(watch))
    await watch.aclose()


async def go_on(chat: Chat, client: Client, reply_id: str, **more: Any) -> tuple[dict[str, Any], DrivenCall]:
    """Return the payload of `continueReply`, and the call to the model."""
    driven = chat.demo.drive("demo")
    sent = (await client.run(CONTINUATION, id=reply_id, **more))["sent"]
    return sent, await driven.next_call()
