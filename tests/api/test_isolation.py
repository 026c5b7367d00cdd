"""Ids of somebody else's things: every place of the API that takes an id treats them like ids of nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLSchema, get_named_type

from gql_chat.infra import clock
from gql_chat.infra.ids import new_id, prefix_of
from gql_chat.keys.models import Group, GroupMember
from gql_chat.usage.models import Call
from gql_chat.users.models import AccessToken
from tests.support.chat import Chat
from tests.support.client import Client, GraphQLErrors
from tests.support.published import schema_of_clients
from tests.support.stored.owners import Owner, new_file
from tests.support.stored.rows import all_rows

NULL = "null"  # what a query answers that may answer null
JUNK = ("", "junk", "\0", "msg_\0", "ses_🌍", "0" * 300, "key_00000000000000000000000000'", "%", "ses_%")


@dataclass(frozen=True)
class Case:
    """How the operation of a place answers to the id of ada's (`$id`); `own_variables` are bob's own things.

    `unknown` and `junk` are the answers where these differ from that to the id of somebody else's thing.
    """

    operation: str
    prefix: str
    answer: str = "NOT_FOUND"
    unknown: str | None = None
    junk: str | None = None


CASES = {
    "Query.node(id)": Case("query ($id: ID!) { node(id: $id) { id } }", "", NULL),
    "Query.nodes(ids)": Case("query ($id: ID!) { nodes(ids: [$id]) { id } }", "", NULL),
    "Query.session(id)": Case("query ($id: ID!) { session(id: $id) { id } }", "ses", NULL),
    "Query.key(by.id)": Case("query ($id: ID!) { key(by: {id: $id}) { id } }", "key", NULL),
    "Query.user(by.id)": Case("query ($id: ID!) { user(by: {id: $id}) { id } }", "usr", "FORBIDDEN"),
    "Query.usage(userId)": Case("query ($id: ID!) { usage(userId: $id) { calls } }", "usr", "FORBIDDEN"),
    "Query.callLogs(filter.userId)": Case(
        "query ($id: ID!) { callLogs(filter: {userId: $id}) { totalCount } }", "usr", "FORBIDDEN"
    ),
    **{
        f"Query.callLogs(filter.{name})": Case(
            f"query ($id: ID!) {{ callLogs(filter: {{{name}: $id}}) {{ totalCount }} }}", prefix, "made"
        )
        for name, prefix in {"sessionId": "ses", "keyId": "key", "groupId": "grp"}.items()
    },
    "Mutation.createKey(input.groupId)": Case(
        """mutation ($id: ID!) { createKey(input: {
            name: "n", secret: "s", model: "m", baseUrl: "https://a.example", groupId: $id}) { id } }""",
        "grp",
        "FORBIDDEN",
    ),
    "Mutation.updateKey(input.id)": Case(
        'mutation ($id: ID!) { updateKey(input: {id: $id, name: "x"}) { id } }', "key"
    ),
    "Mutation.deleteKeys(ids)": Case("mutation ($id: ID!, $key: ID!) { deleteKeys(ids: [$key, $id]) }", "key"),
    "Mutation.testKey(input.id)": Case("mutation ($id: ID!) { testKey(input: {id: $id}) { ok } }", "key"),
    "Mutation.testKey(input.key.groupId)": Case(
        """mutation ($id: ID!) { testKey(input: {key: {
            name: "n", secret: "s", model: "m", baseUrl: "https://a.example", groupId: $id}}) { ok } }""",
        "grp",
        "FORBIDDEN",
    ),
    "Mutation.createSession(input.id)": Case(
        "mutation ($id: ID!) { createSession(input: {id: $id}) { id } }", "ses", unknown="made", junk="BAD_USER_INPUT"
    ),
    "Mutation.createSession(input.keyId)": Case(
        "mutation ($id: ID!) { createSession(input: {keyId: $id}) { id } }", "key"
    ),
    "Mutation.updateSession(input.id)": Case(
        'mutation ($id: ID!) { updateSession(input: {id: $id, title: "x"}) { id } }', "ses"
    ),
    "Mutation.updateSession(input.keyId)": Case(
        "mutation ($id: ID!, $session: ID!) { updateSession(input: {id: $session, keyId: $id}) { id } }", "key"
    ),
    "Mutation.deleteSessions(ids)": Case(
        "mutation ($id: ID!, $session: ID!) { deleteSessions(ids: [$session, $id]) }", "ses"
    ),
    "Mutation.generateTitle(sessionId)": Case("mutation ($id: ID!) { generateTitle(sessionId: $id) { id } }", "ses"),
    "Mutation.deleteMessages(sessionId)": Case("mutation ($id: ID!) { deleteMessages(sessionId: $id) }", "ses"),
    "Mutation.sendMessage(input.sessionId)": Case(
        'mutation ($id: ID!) { sendMessage(input: {text: "x", sessionId: $id}) { reply { id } } }', "ses"
    ),
    "Mutation.sendMessage(input.keyId)": Case(
        'mutation ($id: ID!) { sendMessage(input: {text: "x", keyId: $id}) { reply { id } } }', "key"
    ),
    "Mutation.sendMessage(input.parentId)": Case(
        """mutation ($id: ID!, $session: ID!) {
            sendMessage(input: {text: "x", sessionId: $session, parentId: $id}) { reply { id } } }""",
        "msg",
        "CONFLICT",
    ),
    "Mutation.editMessage(input.messageId)": Case(
        'mutation ($id: ID!) { editMessage(input: {messageId: $id, text: "x"}) { reply { id } } }', "msg"
    ),
    "Mutation.editMessage(input.keyId)": Case(
        """mutation ($id: ID!, $said: ID!) {
            editMessage(input: {messageId: $said, text: "x", keyId: $id}) { reply { id } } }""",
        "key",
    ),
    "Mutation.regenerateReply(messageId)": Case(
        "mutation ($id: ID!) { regenerateReply(messageId: $id) { reply { id } } }", "msg"
    ),
    "Mutation.regenerateReply(keyId)": Case(
        "mutation ($id: ID!, $reply: ID!) { regenerateReply(messageId: $reply, keyId: $id) { reply { id } } }", "key"
    ),
    "Mutation.continueReply(messageId)": Case(
        "mutation ($id: ID!) { continueReply(messageId: $id) { reply { id } } }", "msg"
    ),
    "Mutation.selectBranch(messageId)": Case("mutation ($id: ID!) { selectBranch(messageId: $id) { id } }", "msg"),
    "Mutation.deleteMessage(id)": Case("mutation ($id: ID!) { deleteMessage(id: $id) { id } }", "msg"),
    "Mutation.stopReply(messageId)": Case("mutation ($id: ID!) { stopReply(messageId: $id) { id } }", "msg"),
    "Mutation.revokeAccessToken(id)": Case("mutation ($id: ID!) { revokeAccessToken(id: $id) }", "tok"),
    "Mutation.updateUser(input.id)": Case(
        "mutation ($id: ID!) { updateUser(input: {id: $id, status: DISABLED}) { id } }", "usr", "FORBIDDEN"
    ),
    "Mutation.updateGroup(input.id)": Case(
        'mutation ($id: ID!) { updateGroup(input: {id: $id, name: "x"}) { id } }', "grp", "FORBIDDEN"
    ),
    "Mutation.deleteGroups(ids)": Case("mutation ($id: ID!) { deleteGroups(ids: [$id]) }", "grp", "FORBIDDEN"),
    "Query.file(id)": Case("query ($id: ID!) { file(id: $id) { id } }", "file", NULL),
    "Mutation.uploadFile(sessionId)": Case(
        "mutation ($id: ID!, $file: Upload!) { uploadFile(sessionId: $id, file: $file) { id } }", "ses"
    ),
    "Mutation.createUploads(sessionId)": Case(
        """mutation ($id: ID!) {
            createUploads(sessionId: $id, files: [{name: "a.txt", sizeBytes: 1}]) { url } }""",
        "ses",
    ),
    "Mutation.completeUploads(fileIds)": Case(
        "mutation ($id: ID!, $own: ID!) { completeUploads(fileIds: [$own, $id]) { id } }", "file"
    ),
    "Mutation.deleteFiles(ids)": Case("mutation ($id: ID!, $own: ID!) { deleteFiles(ids: [$own, $id]) }", "file"),
    "Mutation.sendMessage(input.attachments.fileId)": Case(
        """mutation ($id: ID!, $session: ID!) { sendMessage(input: {
            text: "x", sessionId: $session, attachments: [{fileId: $id}]}) { reply { id } } }""",
        "file",
    ),
    "Mutation.editMessage(input.attachments.fileId)": Case(
        """mutation ($id: ID!, $said: ID!) { editMessage(input: {
            messageId: $said, text: "x", attachments: [{fileId: $id}]}) { reply { id } } }""",
        "file",
    ),
    "Subscription.reply(messageId)": Case(
        "subscription ($id: ID!) { reply(messageId: $id) { ... on ReplyDelta { text } } }", "msg"
    ),
}


def places_of_ids(schema: GraphQLSchema) -> Iterator[str]:
    """Yield every argument of a root field, and every field of its inputs at any depth, that holds ids."""
    for root in (schema.query_type, schema.mutation_type, schema.subscription_type):
        for name, field in root.fields.items() if root else ():
            for path in id_paths({key: argument.type for key, argument in field.args.items()}):
                yield f"{root}.{name}({path})"


def id_paths(types: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths to the ids among these."""
    for name, its_type in types.items():
        named_type = get_named_type(its_type)
        if isinstance(named_type, GraphQLInputObjectType):
            fields = {key: field.type for key, field in named_type.fields.items()}
            yield from (f"{name}.{path}" for path in id_paths(fields))
        elif named_type.name == "ID":
            yield name


def test_every_place_that_takes_an_id_has_a_case() -> None:
    assert set(places_of_ids(schema_of_clients())) == CASES.keys()


@pytest.fixture
async def ids(chat_on_each: Chat) -> dict[str, list[str]]:
    """Return everything of ada's that has an id, by prefix; a reply of hers is being written."""
    ada = await chat_on_each.sign_up("ada")
    settled = await ada.send("echo hi", wait=True)
    chat_on_each.demo.drive("demo")
    streaming = await ada.send("hello")
    created = await ada.run(
        """mutation { createKey(input: {name: "n", secret: "s", model: "m", baseUrl: "https://a.example"}) { id } }"""
    )
    now = clock.now()
    group = await Group.create(id=new_id("grp"), name="Team", created_at=now, updated_at=now)
    await GroupMember.create(id=new_id("mem"), group=group, user_id=ada.user_id, created_at=now)
    token = await AccessToken.create(
        id=new_id("tok"), user_id=ada.user_id, name="script", token_hash="0" * 64, scopes=[], created_at=now
    )
    exchanges = (settled, streaming)
    return {
        "usr": [ada.user_id],
        "key": [created["createKey"]["id"]],
        "ses": [sent["session"]["id"] for sent in exchanges],
        "msg": [sent[which]["id"] for sent in exchanges for which in ("userMessage", "reply")],
        "grp": [group.id],
        "tok": [token.id],
        "call": [str(call_id) for call_id in await Call.all().values_list("id", flat=True)],
        "file": [(await new_file(Owner(ada.user_id, settled["session"]["id"]))).id],
    }


async def own_variables(bob: Client) -> dict[str, str]:
    """Return Bob's own things that operations need besides the id in question."""
    sent = await bob.send()
    await bob.run("mutation ($id: ID!) { stopReply(messageId: $id) { id } }", id=sent["reply"]["id"])
    created = await bob.run(
        """mutation { createKey(input: {name: "n", secret: "s", model: "m", baseUrl: "https://a.example"}) { id }
                      createSession(input: {}) { id } }"""
    )
    return {
        "key": created["createKey"]["id"],
        "session": created["createSession"]["id"],
        "said": sent["userMessage"]["id"],
        "reply": sent["reply"]["id"],
        "own": (await new_file(Owner(bob.user_id, sent["session"]["id"]))).id,
    }


async def answer_of(client: Client, operation: str, variables: dict[str, Any]) -> tuple[str, str]:
    """Return the code and message of the only error, or `null`; anything else is shown as it is."""
    try:
        if operation.startswith("subscription"):
            async with client.connect() as socket:
                return "made", repr([event async for event in socket.subscribe(operation, **variables)])
        if "$file" in operation:
            response = await client.post_file(operation, "x", "x.txt", **variables)
            if response.get("errors"):
                raise GraphQLErrors(response["errors"])
            return "made", repr(response)
        data = await client.run(operation, **variables)
    except GraphQLErrors as errors:
        [error] = errors.errors
        return error["extensions"]["code"], error["message"]
    return (NULL, "") if list(data.values()) in ([None], [[None]]) else ("made", repr(data))


async def test_somebody_elses_ids_are_like_ids_of_nothing(chat_on_each: Chat, ids: dict[str, list[str]]) -> None:
    bob = await chat_on_each.sign_up("bob")
    own = await own_variables(bob)
    wrong, before = [], await all_rows()
    for place, case in CASES.items():
        foreign = [an_id for prefix, some in ids.items() if prefix.startswith(case.prefix) for an_id in some]
        unknown = [new_id(prefix_of(an_id) or "") for an_id in foreign]
        for tried, expected in [
            (foreign, case.answer), (unknown, case.unknown or case.answer), (JUNK, case.junk or case.answer)
        ]:  # fmt: skip
            for an_id in tried:
                code, message = await answer_of(bob, case.operation, own | {"id": an_id})
                after = await all_rows()
                same, before = expected == "made" or after == before, after
                if code != expected or not same:
                    wrong.append((place, an_id, expected, code, message, "" if same else "something has changed"))
    assert wrong == []


async def test_the_answer_does_not_tell_whether_the_thing_exists(chat_on_each: Chat, ids: dict[str, list[str]]) -> None:
    bob = await chat_on_each.sign_up("bob")
    own = await own_variables(bob)
    for place, case in CASES.items():
        if case.unknown is None:
            foreign = ids[case.prefix or "ses"][-1]
            answers = [
                await answer_of(bob, case.operation, own | {"id": an_id})
                for an_id in (foreign, new_id(prefix_of(foreign) or ""))
            ]
            assert answers[0] == answers[1], place


async def test_ids_of_another_type_name_nothing(chat: Chat) -> None:
    ada = await chat.sign_up("ada")
    own = await own_variables(ada)
    reply = (await ada.send("echo hi", wait=True))["reply"]["id"]
    others = {"ses": own["key"], "key": own["session"], "msg": own["session"]}
    for place, case in CASES.items():
        if case.prefix and place != "Mutation.createSession(input.id)":
            code, _ = await answer_of(ada, case.operation, own | {"id": others.get(case.prefix, reply)})
            assert code == case.answer, place


async def test_names_cursors_and_idempotency_keys_of_others_open_nothing(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    await own_variables(ada)
    sent = await ada.send("echo hi", idempotencyKey="once", wait=True)
    for by in ({"name": "n"}, {"model": "m"}):
        assert await bob.run("query ($by: KeySelector!) { key(by: $by) { id } }", by=by) == {"key": None}
    edges = (await ada.run("{ sessions { edges { cursor } } }"))["sessions"]["edges"]
    for edge in edges:
        listed = "query ($c: String) { a: sessions(after: $c) { totalCount } b: sessions(before: $c) { totalCount } }"
        assert await bob.run(listed, c=edge["cursor"]) == {"a": {"totalCount": 0}, "b": {"totalCount": 0}}
    own = await bob.send("echo hi", idempotencyKey="once", wait=True)
    assert own["reply"]["id"] != sent["reply"]["id"]
