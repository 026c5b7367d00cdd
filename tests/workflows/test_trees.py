"""Whatever people do to a chat, one after another or at once: its tree is sound, and shows the path that it should."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.chats.models import Message, MessageRole
from gql_chat.infra.ids import new_id
from tests.support.chat import Chat, run_chat
from tests.support.client import Client, GraphQLErrors
from tests.support.demo import Script
from tests.support.running.examples import examples
from tests.support.stored.trees import audit_trees

SENT = "{ session { id } userMessage { id } reply { id } }"
MUTATIONS = {
    "send": f'mutation ($session: ID!) {{ sent: sendMessage(input: {{sessionId: $session, text: "x"}}) {SENT} }}',
    "edit": f'mutation ($id: ID!) {{ sent: editMessage(input: {{messageId: $id, text: "y"}}) {SENT} }}',
    "regenerate": f"mutation ($id: ID!) {{ sent: regenerateReply(messageId: $id) {SENT} }}",
    "continue": f"mutation ($id: ID!) {{ sent: continueReply(messageId: $id) {SENT} }}",
    "select": "mutation ($id: ID!) { selected: selectBranch(messageId: $id) { id } }",
    "stop": "mutation ($id: ID!) { stopped: stopReply(messageId: $id) { id } }",
    "remove": "mutation ($id: ID!) { removed: deleteMessage(id: $id) { id messageCount lastMessageAt } }",
    "delete": "mutation ($session: ID!) { deleted: deleteMessages(sessionId: $session) }",
}
SHOWN = "query ($id: ID!) { session(id: $id) { messageCount messages(last: 200) { nodes { id } totalCount } } }"
OFTEN = ["send", "edit", "regenerate", "select", "remove"]
STEPS = st.lists(st.tuples(st.sampled_from([*OFTEN * 3, *MUTATIONS]), st.integers(0, 9)), min_size=5, max_size=20)


@dataclass
class Tree:
    """What a session should hold: every message's parent in the order of their making, and the selected end."""

    parents: dict[str, str | None] = field(default_factory=dict)
    replies: set[str] = field(default_factory=set)
    end: str | None = None

    def path(self, end: str | None) -> list[str]:
        """Return the path from the root to this end."""
        return [] if end is None else [*self.path(self.parents[end]), end]

    def grow(self, parent: str | None, *message_ids: str) -> None:
        """Add a chain of messages below the parent, the last of which is the selected end; those that exist stay."""
        for message_id in message_ids:
            self.parents.setdefault(message_id, parent)
            parent = self.end = message_id

    def select(self, message_id: str) -> None:
        """Select the end that was made last below the message, unless it is selected already."""
        if message_id not in self.path(self.end):
            self.end = [other for other in self.parents if message_id in self.path(other)][-1]

    def remove(self, message_id: str) -> None:
        """Remove all below the message; the sibling before or after it is shown in its place, else what it followed."""
        parent = self.parents[message_id]
        siblings = [other for other in self.parents if self.parents[other] == parent]
        place = siblings.index(message_id)
        beside = [*siblings[:place][-1:], *siblings[place + 1 : place + 2]]
        was_shown = message_id in self.path(self.end)
        gone = {other for other in self.parents if message_id in self.path(other)}
        self.parents = {other: above for other, above in self.parents.items() if other not in gone}
        if was_shown:
            self.end = parent
            if beside:
                self.select(beside[0])

    def pick(self, step: str, number: int) -> str | None:
        """Return one of the messages that the step can be done to."""
        is_reply = {"edit": {False}, "regenerate": {True}, "continue": {True}}.get(step, {False, True})
        fitting = [message_id for message_id in self.parents if (message_id in self.replies) in is_reply]
        return fitting[number % len(fitting)] if fitting else None


@pytest.fixture
async def chat_on_postgres(postgres_url: str, tmp_path: Path) -> AsyncIterator[Chat]:
    """Yield the whole server on PostgreSQL."""
    async with run_chat(postgres_url, tmp_path) as running:
        yield running


@examples(40)
@given(steps=STEPS)
async def test_a_session_shows_the_path_that_it_should(chat: Chat, steps: list[tuple[str, int]]) -> None:
    await take(chat, steps)


@examples(15)
@given(steps=STEPS)
async def test_a_session_does_so_on_postgresql_too(chat_on_postgres: Chat, steps: list[tuple[str, int]]) -> None:
    await take(chat_on_postgres, steps)


async def take(chat: Chat, steps: list[tuple[str, int]]) -> None:
    """Do each step to the session and to its model, and compare both."""
    chat.demo.script("demo", Script(chunks=("z",), finish_reason="length"))  # so that it can go on
    reader, tree = await chat.sign_up(new_id("usr")), Tree()
    created = await reader.run("mutation { createSession(input: {}) { id } }")
    session_id = created["createSession"]["id"]
    for step, number in steps:
        target = tree.pick(step, number)
        if target is None and step not in ("send", "delete"):
            continue
        await take_one(chat, reader, tree, step, target, session_id)
        session = (await reader.run(SHOWN, id=session_id))["session"]
        assert [node["id"] for node in session["messages"]["nodes"]] == tree.path(tree.end)
        assert (session["messageCount"], session["messages"]["totalCount"]) == (
            len(tree.parents), len(tree.path(tree.end)),
        )  # fmt: skip
        await audit_trees(id=session_id)


async def take_one(chat: Chat, reader: Client, tree: Tree, step: str, target: str | None, session_id: str) -> None:
    """Take one step, and check what it does."""
    attempt = reader.run(MUTATIONS[step], id=target, session=session_id)
    if step == "continue" and target in tree.parents.values():  # something follows it
        with pytest.raises(GraphQLErrors) as refused:
            await attempt
        assert refused.value.errors[0]["extensions"] == {
            "code": "CONFLICT",
            "reason": "BRANCH_GREW",
            "headId": tree.end,
        }
        return
    done = await attempt
    if step == "delete":
        assert done["deleted"] == len(tree.parents)
        tree.parents, tree.end = {}, None
    elif step == "select" and target is not None:
        tree.select(target)
    elif step == "remove" and target is not None:
        tree.remove(target)
        assert (done["removed"]["messageCount"], bool(done["removed"]["lastMessageAt"])) == (
            len(tree.parents), bool(tree.parents),
        )  # fmt: skip
    elif "sent" in done:
        said, reply = done["sent"]["userMessage"]["id"], done["sent"]["reply"]["id"]
        await chat.services.runner.wait(reply)
        before = {"send": tree.end, "edit": tree.parents.get(target or "")}.get(step, tree.parents.get(said))
        tree.grow(before, said, reply)
        tree.replies.add(reply)


@pytest.mark.parametrize("seed", range(3))
async def test_devices_that_do_all_of_it_at_once_leave_the_tree_sound(chat_on_each: Chat, seed: int) -> None:
    chat_on_each.demo.script("demo", Script(chunks=("a", "b", "c"), pace_seconds=0.005, finish_reason="length"))
    ada, chance = await chat_on_each.sign_up("ada"), random.Random(seed)
    session_id = (await ada.send("x", wait=True))["session"]["id"]
    codes: set[str] = set()
    for _ in range(8):
        rows = await Message.filter(session_id=session_id)
        attempts = [attempt_at_random(ada, chance, rows, session_id) for _ in range(8)]
        results = await asyncio.gather(*attempts, return_exceptions=True)
        await audit_trees()
        for result in results:
            if not isinstance(result, dict):
                assert isinstance(result, GraphQLErrors)
                codes.update(result.codes)
    for row in await Message.filter(session_id=session_id):
        await chat_on_each.services.runner.wait(row.id)
    await audit_trees()
    assert {"CONFLICT"} <= codes <= {"CONFLICT", "NOT_FOUND"}


async def attempt_at_random(client: Client, chance: random.Random, rows: list[Message], session_id: str) -> Any:
    """Return any step but deleting all, done to any message that it can be done to."""
    step = chance.choice([step for step in MUTATIONS if step != "delete"])
    role = MessageRole.USER if step == "edit" else MessageRole.ASSISTANT
    fitting = [row.id for row in rows if row.role == role]
    if not fitting:
        step, fitting = "send", [""]
    target = chance.choice(fitting)
    return await client.run(MUTATIONS[step], id=target, session=session_id)
