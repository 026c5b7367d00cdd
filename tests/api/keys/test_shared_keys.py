"""Keys that a group shares: members use them, admins manage them, nobody else knows of them."""

from dataclasses import dataclass
from typing import Any

import pytest

from gql_chat.chats.models import ChatSession
from gql_chat.keys.models import Key
from gql_chat.keys.secret_sealing import open_secret
from gql_chat.keys.shared_keys import reassign_shared_keys
from gql_chat.users.models import User, UserRole
from tests.support.chat import Chat
from tests.support.client import Client
from tests.support.demo import Script
from tests.support.demo.failures import invalid_api_key
from tests.support.refusals import error_of
from tests.support.stored.rows import all_rows

SECRET = "sk-of-the-team-0123-abcd"
FIELDS = "{ id name baseUrl secretHint group { name } }"
CREATE = f"mutation ($input: CreateKeyInput!) {{ createKey(input: $input) {FIELDS} }}"
UPDATE = f"mutation ($input: UpdateKeyInput!) {{ updateKey(input: $input) {FIELDS} }}"
DELETE = "mutation ($ids: [ID!]!) { deleteKeys(ids: $ids) }"
TEST = "mutation ($id: ID!) { testKey(input: {id: $id}) { ok error { code message } } }"
KEYS = f"{{ keys {FIELDS} defaultKey {{ name }} }}"
SHARED = f"{{ sharedKeys {FIELDS} }}"
CREATE_GROUP = "mutation ($name: String!) { createGroup(input: {name: $name}) { id activationCode } }"
DELETE_GROUPS = "mutation ($ids: [ID!]!) { deleteGroups(ids: $ids) }"
REDEEM = "mutation ($code: String!) { redeemActivationCode(code: $code) { id } }"
UPDATE_USER = "mutation ($id: ID!, $role: UserRole) { updateUser(input: {id: $id, role: $role}) { id } }"
SESSION = "query ($id: ID!) { session(id: $id) { key { id } model messages { nodes { text } } } }"
NO_KEY_FOR_DEAR = "There is no key for the model dear: create one, or choose another model."
NO_KEY = ("NOT_FOUND", "There is no such key.", None)


@dataclass
class Team:
    """An admin `boss`, their group with the member `ada`, and the group's key; `bob` is nobody here."""

    chat: Chat
    boss: Client
    ada: Client
    bob: Client
    group_id: str = ""
    key_id: str = ""

    async def assemble(self) -> "Team":
        group = (await self.boss.run(CREATE_GROUP, name="Team"))["createGroup"]
        await self.ada.run(REDEEM, code=group["activationCode"])
        self.group_id = group["id"]
        self.key_id = (await self.share("Shared"))["id"]
        return self

    async def share(self, name: str) -> dict[str, Any]:
        """Return another key of the group."""
        key = {"name": name, "secret": SECRET, "model": "demo", "baseUrl": self.chat.demo.base_url}
        created: dict[str, Any] = (await self.boss.run(CREATE, input={**key, "groupId": self.group_id}))["createKey"]
        return created


@pytest.fixture
async def team(chat_on_each: Chat) -> Team:
    """Make a group with shared keys, on each database."""
    boss = await chat_on_each.sign_up("boss", UserRole.ADMIN)
    return await Team(
        chat_on_each, boss, await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    ).assemble()


async def names(client: Client) -> list[str]:
    """Return the names of a user's keys, in their order."""
    return [key["name"] for key in (await client.run(KEYS))["keys"]]


async def test_members_find_it_behind_their_own_and_use_it(team: Team) -> None:
    chat, ada = team.chat, team.ada
    shared = {
        "id": team.key_id, "name": "Shared", "baseUrl": chat.demo.base_url, "secretHint": "abcd",
        "group": {"name": "Team"},
    }  # fmt: skip
    assert await ada.run(KEYS) == {"keys": [shared], "defaultKey": {"name": "Shared"}}
    sent = await ada.send("echo hi", keyId=team.key_id, wait=True)
    assert (sent["reply"]["text"], chat.demo.requests[-1].headers["authorization"]) == ("hi", f"Bearer {SECRET}")
    assert await ada.run(TEST, id=team.key_id) == {"testKey": {"ok": True, "error": None}}
    own = {"name": "Own", "secret": "x", "model": "demo", "baseUrl": chat.demo.base_url}
    await ada.run(CREATE, input=own)
    assert await names(ada) == ["Own", "Shared"]
    assert await names(team.bob) == []


@pytest.mark.parametrize(
    "extra",
    [
        {"n": 2}, {"best_of": 9}, {"models": ["dear"]}, {"tools": []}, {"service_tier": "priority"}, {"stream": False},
        {"max_completion_tokens": 10**6}, {"reasoning": {"effort": "low", "max_tokens": 9}}, {"top_k": [1]},
        {"chat_template_kwargs": {"chat_template": "{{ 1 }}"}}, {"chat_template_kwargs": {"thinking": {"a": 1}}},
    ],
)  # fmt: skip
async def test_a_key_of_others_takes_no_extra_that_could_cost_more(chat: Chat, ada: Client, extra: Any) -> None:
    boss = await chat.sign_up("boss", UserRole.ADMIN)
    team = await Team(chat, boss, ada, ada).assemble()
    [name] = extra
    message = f"extra can set {name} only with a key of your own."
    send = "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { reply { id } } }"
    parameters = {"extra": {**extra, "min_p": 0.1}}
    create = 'mutation { createSession(input: {model: "demo"}) { id } }'
    for client, key in ((ada, {"keyId": team.key_id}), (boss, {"keyId": team.key_id}), (await chat.sign_up("eve"), {})):
        session_id = (await client.run(create))["createSession"]["id"]
        refusal = await error_of(
            client, send, input={"text": "x", "sessionId": session_id, "parameters": parameters, **key}
        )
        assert refusal == ("BAD_USER_INPUT", message, "input.parameters.extra")
    assert chat.demo.requests == []
    own = {"name": "Own", "secret": "x", "model": "demo", "baseUrl": chat.demo.base_url}
    own_id = (await ada.run(CREATE, input=own))["createKey"]["id"]
    await ada.send(keyId=own_id, parameters=parameters, wait=True)
    assert chat.demo.requests[-1].body[name] == extra[name]


SEND = "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { reply { id } } }"
CREATE_SESSION = "mutation ($input: CreateSessionInput!) { createSession(input: $input) { id } }"
UPDATE_SESSION = "mutation ($input: UpdateSessionInput!) { updateSession(input: $input) { id } }"


async def test_a_key_of_others_is_for_its_model_alone(team: Team) -> None:
    ada, key, dear = team.ada, {"keyId": team.key_id}, {"model": "dear"}
    lent = "The key “Shared” is lent for the model demo: choose that one, or a key of your own."
    refused, needed = ("BAD_USER_INPUT", lent, "input.model"), ("KEY_REQUIRED", NO_KEY_FOR_DEAR, None)
    session_id = (await ada.run(CREATE_SESSION, input=key))["createSession"]["id"]
    assert await error_of(ada, SEND, input={"text": "x", **key, **dear}) == refused
    assert await error_of(ada, SEND, input={"text": "x", "sessionId": session_id, **dear}) == refused
    assert await error_of(ada, SEND, input={"text": "x", **dear}) == needed  # not the only key that there is
    assert await error_of(ada, CREATE_SESSION, input={**key, **dear}) == refused
    assert await error_of(ada, UPDATE_SESSION, input={"id": session_id, **dear}) == refused
    assert await error_of(ada, UPDATE_SESSION, input={"id": session_id, **key, **dear}) == refused
    assert await error_of(team.boss, SEND, input={"text": "x", **key, **dear}) == refused
    await ChatSession.filter(id=session_id).update(model="dear")  # as it could be chosen before
    assert await error_of(ada, SEND, input={"text": "x", "sessionId": session_id}) == (*refused[:2], None)
    assert team.chat.demo.requests == []
    await ada.send(**key, model="demo", wait=True)
    own = {"name": "Own", "secret": "sk-own", "model": "own", "baseUrl": team.chat.demo.base_url}
    await ada.run(CREATE, input=own)
    await ada.send(**dear, wait=True)  # the only key that may be for it
    request = team.chat.demo.requests[-1]
    assert (request.headers["authorization"], request.body["model"]) == ("Bearer sk-own", "dear")


async def test_a_key_of_others_takes_ways_of_sampling_and_thinking_and_no_more_tokens_than_it_allows(
    team: Team,
) -> None:
    update = "mutation ($id: ID!, $p: ModelParametersInput) { updateKey(input: {id: $id, parameters: $p}) { id } }"
    await team.boss.run(update, id=team.key_id, p={"maxTokens": 50, "extra": {"service_tier": "flex"}})
    extra = {
        "top_k": 3, "min_p": 0.1, "repetition_penalty": 1.1, "enable_thinking": False, "thinking": {"type": "disabled"},
        "reasoning": {"effort": "low"}, "chat_template_kwargs": {"enable_thinking": False},
    }  # fmt: skip
    for asked, sent in ((20, 20), (10**6, 50), (None, 50)):
        await team.ada.send(keyId=team.key_id, parameters={"maxTokens": asked, "extra": extra}, wait=True)
        body = team.chat.demo.requests[-1].body
        assert {name: body[name] for name in (*extra, "max_tokens", "service_tier")} == {
            **extra, "max_tokens": sent, "service_tier": "flex",
        }  # fmt: skip


async def test_a_name_may_be_a_members_own_as_well(team: Team) -> None:
    await team.ada.run(CREATE, input={"name": "Shared", "secret": "x", "model": "m", "baseUrl": "https://a.example"})
    assert await names(team.ada) == ["Shared", "Shared"]


async def test_who_is_no_member_does_not_learn_that_it_exists(team: Team) -> None:
    for user in (team.bob, await team.chat.sign_up("other", UserRole.ADMIN)):
        send = 'mutation ($id: ID!) { sendMessage(input: {text: "x", keyId: $id}) { reply { id } } }'
        session = "mutation ($id: ID!) { createSession(input: {keyId: $id}) { id } }"
        for operation in (send, session, TEST):
            assert await error_of(user, operation, id=team.key_id) == NO_KEY
        found = "query ($id: ID!) { key(by: {id: $id}) { id } node(id: $id) { id } keys { id } }"
        assert await user.run(found, id=team.key_id) == {"key": None, "node": None, "keys": []}


async def test_members_cannot_change_or_delete_it(team: Team) -> None:
    for user in (team.ada, team.bob):
        for change in ({"baseUrl": "https://evil.example"}, {"name": "Mine"}, {"secret": "sk-mine"}, {}):
            assert await error_of(user, UPDATE, input={"id": team.key_id, **change}) == NO_KEY
        assert (await error_of(user, DELETE, ids=[team.key_id]))[0] == "NOT_FOUND"
        assert (await error_of(user, SHARED))[0] == "FORBIDDEN"


async def test_any_admin_finds_changes_and_deletes_it(team: Team) -> None:
    other = await team.chat.sign_up("other", UserRole.ADMIN)
    [key] = (await other.run(SHARED))["sharedKeys"]
    assert (key["id"], key["name"], key["secretHint"]) == (team.key_id, "Shared", "abcd")
    changed = await other.run(UPDATE, input={"id": team.key_id, "name": "Renamed", "secret": "sk-another-one-wxyz"})
    assert changed["updateKey"] == key | {"name": "Renamed", "secretHint": "wxyz"}
    assert open_secret(await Key.get(id=team.key_id), team.chat.services.box) == "sk-another-one-wxyz"
    assert await names(team.ada) == ["Renamed"]
    assert await other.run(DELETE, ids=[team.key_id]) == {"deleteKeys": [team.key_id]}
    assert await names(team.ada) == []


async def test_an_admin_does_not_reach_the_own_keys_of_others(team: Team) -> None:
    own = {"name": "Own", "secret": "x", "model": "m", "baseUrl": "https://a.example"}
    key_id = (await team.ada.run(CREATE, input=own))["createKey"]["id"]
    assert await error_of(team.boss, UPDATE, input={"id": key_id, "name": "Mine"}) == NO_KEY
    assert (await error_of(team.boss, DELETE, ids=[team.key_id, key_id]))[0] == "NOT_FOUND"
    assert [key["name"] for key in (await team.boss.run(SHARED))["sharedKeys"]] == ["Shared"]


async def test_who_made_it_uses_it_while_an_admin_and_manages_it_no_longer(team: Team) -> None:
    other = await team.chat.sign_up("other", UserRole.ADMIN)
    assert (await team.boss.send("echo hi", keyId=team.key_id, wait=True))["reply"]["text"] == "hi"
    await other.run(UPDATE_USER, id=team.boss.user_id, role="USER")
    assert await names(team.boss) == []
    assert await error_of(team.boss, TEST, id=team.key_id) == NO_KEY
    assert await error_of(team.boss, UPDATE, input={"id": team.key_id, "name": "Mine"}) == NO_KEY
    assert (await error_of(team.boss, DELETE, ids=[team.key_id]))[0] == "NOT_FOUND"
    assert await names(team.ada) == ["Shared"]


async def test_a_session_that_used_it_goes_on_without_it_when_the_group_is_deleted(team: Team) -> None:
    ada = team.ada
    created = await ada.run("mutation ($key: ID!) { createSession(input: {keyId: $key}) { id } }", key=team.key_id)
    session_id = created["createSession"]["id"]
    await ada.send("echo one", sessionId=session_id, wait=True)
    assert (await ada.run(SESSION, id=session_id))["session"]["key"] == {"id": team.key_id}
    await team.boss.run(DELETE_GROUPS, ids=[team.group_id])
    assert await Key.all().count() == 0
    assert await ada.run(SESSION, id=session_id) == {
        "session": {"key": None, "model": "demo", "messages": {"nodes": [{"text": "echo one"}, {"text": "one"}]}}
    }
    sent = await ada.send("echo two", sessionId=session_id, wait=True)
    assert (sent["reply"]["status"], sent["reply"]["text"]) == ("COMPLETED", "two")
    assert team.chat.demo.requests[-1].headers["authorization"] == "Bearer sk-server-key-of-tests"


async def test_a_reply_that_is_being_written_with_it_goes_on(team: Team) -> None:
    driven = team.chat.demo.drive("demo")
    reply_id = (await team.ada.send("hello", keyId=team.key_id))["reply"]["id"]
    call = await driven.next_call()
    await call.send("first, ")
    await team.boss.run(DELETE_GROUPS, ids=[team.group_id])
    await call.send("second")
    await call.finish()
    assert (await team.ada.watch_to_end(reply_id)).text == "first, second"


async def test_a_provider_that_quotes_the_secret_is_not_quoted_to_members(team: Team) -> None:
    status, body = invalid_api_key()
    body["error"]["message"] = f"Incorrect API key provided: {SECRET}, at https://{SECRET}@example.com."
    team.chat.demo.script("demo", Script(fail=(status, body)))
    failed = await team.ada.send("hi", keyId=team.key_id, wait=True)
    assert (failed["reply"]["status"], failed["reply"]["error"]["code"]) == ("FAILED", "AUTHENTICATION")
    answers = [failed, await team.ada.run(TEST, id=team.key_id), await team.ada.run(KEYS), await all_rows()]
    assert SECRET not in repr(answers)


async def test_what_a_deleted_admin_shared_is_handed_over_to_another(team: Team) -> None:
    other = await team.chat.sign_up("other", UserRole.ADMIN)
    own = {"secret": "x", "model": "m", "baseUrl": "https://a.example"}
    await other.run(CREATE, input={"name": "Shared", **own})
    await other.run(CREATE, input={"name": "Shared (2)", **own})
    await team.boss.run(CREATE, input={"name": "Private", **own})
    await team.share("x" * 100)
    await reassign_shared_keys(team.boss.user_id)
    await User.filter(id=team.boss.user_id).delete()
    assert [key["name"] for key in (await other.run(SHARED))["sharedKeys"]] == ["Shared (3)", "x" * 100]
    assert await names(other) == ["Shared", "Shared (2)", "Shared (3)", "x" * 100]
    assert (await team.ada.send("echo hi", keyId=team.key_id, wait=True))["reply"]["text"] == "hi"
    assert await Key.filter(name="Private").count() == 0


async def test_without_another_active_admin_nothing_is_handed_over(team: Team) -> None:
    await reassign_shared_keys(team.boss.user_id)
    assert (await Key.get(id=team.key_id)).user_id == team.boss.user_id
