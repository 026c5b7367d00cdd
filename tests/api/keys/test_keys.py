"""Keys through the API: what is stored, what is shown, who may use it, and what a test of one tells."""

import asyncio
import socket
from typing import Any

import pytest

from gql_chat.errors import KeyRequired
from gql_chat.infra import clock
from gql_chat.infra.crypto import SecretBox
from gql_chat.infra.ids import new_id
from gql_chat.keys.keyring import KeyPolicy, create_key
from gql_chat.keys.models import Group, Key
from gql_chat.keys.secret_sealing import open_secret, reseal_all
from gql_chat.users.models import UserRole
from gql_chat.users.viewer import Viewer
from tests.support.chat import Chat
from tests.support.client import SEND, Client
from tests.support.demo import DemoServer, Script
from tests.support.demo.failures import invalid_api_key
from tests.support.keys import CREATE, FIELDS, NO_PARAMETERS, SECRET, TEST, UPDATE, create, draft, share
from tests.support.refusals import error_of
from tests.support.stored.rows import all_rows, rows_but_calls

DELETE = "mutation ($ids: [ID!]!) { deleteKeys(ids: $ids) }"

NAMES = "{ keys { name } defaultKey { name } }"

FIND = "query ($by: KeySelector!) { key(by: $by) { name } }"


async def test_a_key_is_stored_and_read_back_without_its_secret(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    created = await create(ada, "  Work  ", baseUrl="HTTPS://API.example.com:443/v1/")
    times = {name: created[name] for name in ("id", "createdAt", "updatedAt")}
    assert created == times | {
        "name": "Work", "model": "gpt-5", "baseUrl": "https://api.example.com/v1", "secretHint": "abcd",
        "parameters": NO_PARAMETERS, "group": None, "lastUsedAt": None,
    }  # fmt: skip
    assert created["id"].startswith("key_")
    assert created["createdAt"] == created["updatedAt"]
    assert await ada.run(f"{{ keys {FIELDS} }}") == {"keys": [created]}
    assert await ada.run(f"query ($id: ID!) {{ node(id: $id) {{ ... on Key {FIELDS} }} }}", id=created["id"]) == {
        "node": created
    }


async def test_the_secret_is_nowhere_but_in_the_call_to_the_provider(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    key_id = (await create(ada, baseUrl=chat_on_each.demo.base_url, model="demo"))["id"]
    answers = [
        await ada.post(CREATE, input=draft("Another")),
        await ada.post(UPDATE, input={"id": key_id, "secret": SECRET}),
        await ada.post(TEST, input={"id": key_id}),
        await ada.post(f"{{ keys {FIELDS} }}"),
        await ada.send("echo hi", keyId=key_id, wait=True),
    ]
    assert SECRET[:-4] not in repr([answers, await all_rows()])
    assert chat_on_each.demo.requests[-1].headers["authorization"] == f"Bearer {SECRET}"


async def test_the_hint_is_the_last_four_characters_unless_that_tells_too_much(chat: Chat, ada: Client) -> None:
    for secret, hint in [("x" * 7 + "abcd", ""), ("x" * 8 + "abcd", "abcd"), ("k", "")]:
        assert (await create(ada, f"of {len(secret)}", secret=secret))["secretHint"] == hint
    key = await create(ada, "of space around it", secret=f"  {SECRET}\t")
    assert key["secretHint"] == "abcd"
    assert open_secret(await Key.get(id=key["id"]), chat.services.box) == SECRET


async def test_an_update_changes_what_it_names_and_nothing_else(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    created = await create(ada, parameters={"temperature": 1, "seed": 5})
    changes: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {}),
        ({"name": None, "secret": None, "model": None, "baseUrl": None}, {}),
        ({"name": "Home"}, {"name": "Home"}),
        ({"model": "gpt-6"}, {"model": "gpt-6"}),
        ({"baseUrl": "https://api.example.com/v1/"}, {}),
        (
            {"baseUrl": "https://api.example.com/v2/", "secret": "another secret, wxyz"},
            {"baseUrl": "https://api.example.com/v2", "secretHint": "wxyz"},
        ),
        ({"parameters": {"topP": 0.5}}, {"parameters": NO_PARAMETERS | {"topP": 0.5}}),
        ({"parameters": None}, {"parameters": NO_PARAMETERS}),
    ]
    expected = created
    for change, effect in changes:
        updated = (await ada.run(UPDATE, input={"id": created["id"], **change}))["updateKey"]
        assert updated["updatedAt"] > expected["updatedAt"]
        expected |= effect | {"updatedAt": updated["updatedAt"]}
        assert updated == expected
    assert await ada.run(f"{{ keys {FIELDS} }}") == {"keys": [expected]}
    secret = open_secret(await Key.get(id=created["id"]), chat_on_each.services.box)
    assert secret == "another secret, wxyz"


async def test_updates_of_different_fields_at_once_all_hold(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    key_id = (await create(ada))["id"]
    moved = {"baseUrl": "https://api.example.com/v2", "secret": "another, wxyz"}
    changes = [{"name": "Home"}, {"model": "gpt-6"}, moved]
    await asyncio.gather(*[ada.run(UPDATE, input={"id": key_id, **change}) for change in changes])
    [key] = (await ada.run(f"{{ keys {FIELDS} }}"))["keys"]
    assert (key["name"], key["model"], key["baseUrl"], key["secretHint"]) == (
        "Home", "gpt-6", "https://api.example.com/v2", "wxyz",
    )  # fmt: skip


async def test_another_server_is_not_told_a_secret_that_was_not_given_for_it(chat: Chat, ada: Client) -> None:
    created = await create(ada)
    for base_url in (
        "https://evil.example.com/v1", "http://api.example.com/v1", "https://api.example.com:8443/v1",
        "https://api.example.com/v2", "https://api.example.com/V1", "https://api.example.com", "https://api.example.com//v1",
        "https://api.example.com/v1/tenant",
    ):  # fmt: skip
        assert await error_of(ada, UPDATE, input={"id": created["id"], "baseUrl": base_url}) == (
            "BAD_USER_INPUT", "Another base URL needs the key's secret again. Send the secret too.",
            "input.secret",
        )  # fmt: skip
    same = {"id": created["id"], "baseUrl": "HTTPS://api.example.com:443/v1//"}
    assert (await ada.run(UPDATE, input=same))["updateKey"]["baseUrl"] == "https://api.example.com/v1"
    moved = {"id": created["id"], "baseUrl": "https://other.example.com", "secret": "another secret, wxyz"}
    updated = (await ada.run(UPDATE, input=moved))["updateKey"]
    assert (updated["baseUrl"], updated["secretHint"]) == ("https://other.example.com", "wxyz")


async def test_a_secret_that_no_master_key_opens_is_told_as_a_key_to_set_anew(chat: Chat, ada: Client) -> None:
    created = await create(ada)
    await Key.filter(id=created["id"]).update(secret_sealed="lost." + "A" * 60)
    code, message, _ = await error_of(ada, SEND, input={"text": "hi"})
    assert (code, message) == ("KEY_REQUIRED", "The secret of the key “Work” can no longer be read. Set it again.")


async def test_keys_are_found_by_id_name_or_model(ada: Client) -> None:
    first, second = await create(ada, "First", model="a"), await create(ada, "Second", model="a")
    for by, name in [
        ({"id": second["id"]}, "Second"), ({"name": "Second"}, "Second"), ({"model": "a"}, "First"),
        ({"id": new_id("key")}, None), ({"name": "second"}, None), ({"model": "b"}, None), ({"name": "\0"}, None),
    ]:  # fmt: skip
        assert (await ada.run(FIND, by=by))["key"] == (name and {"name": name}), by
    assert await ada.run(NAMES) == {"keys": [{"name": "First"}, {"name": "Second"}], "defaultKey": {"name": "First"}}
    await ada.run(DELETE, ids=[first["id"]])
    assert await ada.run(NAMES) == {"keys": [{"name": "Second"}], "defaultKey": {"name": "Second"}}
    await ada.run(DELETE, ids=[second["id"]])
    assert await ada.run(NAMES) == {"keys": [], "defaultKey": None}


async def test_a_selector_takes_exactly_one_field(ada: Client) -> None:
    for by in [{}, {"id": None}, {"name": "a", "model": "b"}, {"id": None, "name": "a"}]:
        assert (await error_of(ada, FIND, by=by))[0] == "BAD_USER_INPUT"
    for literal in ["{}", "{id: null}", '{name: "a", model: "b"}']:
        assert (await error_of(ada, f"{{ key(by: {literal}) {{ id }} }}"))[0] == "GRAPHQL_VALIDATION_FAILED"
    for test in [{}, {"id": None}, {"id": new_id("key"), "key": draft()}]:
        assert (await error_of(ada, TEST, input=test))[0] == "BAD_USER_INPUT"


async def test_a_batch_is_deleted_as_a_whole_or_not_at_all(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    ids = [(await create(ada, name))["id"] for name in "abc"]
    foreign = (await create(bob))["id"]
    missing = ("NOT_FOUND", "At least one of these keys does not exist. None was deleted.", None)
    for alien in (foreign, new_id("key"), "junk", "", "key_\0", ids[0].upper()):
        assert await error_of(ada, DELETE, ids=[ids[0], alien]) == missing
    assert await ada.run(DELETE, ids=[]) == {"deleteKeys": []}
    assert await ada.run(DELETE, ids=[ids[2], ids[0], ids[2]]) == {"deleteKeys": [ids[2], ids[0]]}
    assert await ada.run(NAMES) == {"keys": [{"name": "b"}], "defaultKey": {"name": "b"}}
    assert await error_of(ada, DELETE, ids=[new_id("key")] * 101) == (
        "BAD_USER_INPUT",
        "Send at most 100 ids at once.",
        "ids",
    )


async def test_what_a_deleted_key_has_said_stays(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    key_id = (await create(ada, baseUrl=chat_on_each.demo.base_url, model="demo"))["id"]
    session = (await ada.run(
        "mutation ($key: ID!) { createSession(input: {keyId: $key}) { id key { id } } }", key=key_id
    ))["createSession"]  # fmt: skip
    assert session["key"] == {"id": key_id}
    await ada.send("echo hi", sessionId=session["id"], wait=True)
    asked = "query ($id: ID!) { session(id: $id) { key { id } model messages { nodes { text model } } } }"
    before = (await ada.run(asked, id=session["id"]))["session"]
    assert (before["key"], [message["model"] for message in before["messages"]["nodes"]]) == (
        {"id": key_id}, [None, "demo"],
    )  # fmt: skip
    await ada.run(DELETE, ids=[key_id])
    assert (await ada.run(asked, id=session["id"]))["session"] == before | {"key": None}


async def test_use_is_noted(chat: Chat, ada: Client) -> None:
    before = clock.now()
    key_id = (await create(ada, baseUrl=chat.demo.base_url, model="demo"))["id"]
    await ada.send("echo hi", keyId=key_id, wait=True)
    used_at = (await Key.get(id=key_id)).last_used_at
    assert used_at is not None
    assert before <= used_at <= clock.now()


async def test_a_groups_key_follows_ones_own_and_shows_its_hint_alone(chat_on_each: Chat) -> None:
    admin = await chat_on_each.sign_up("admin", UserRole.ADMIN)
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    shared = await create(admin, "Shared", baseUrl=chat_on_each.demo.base_url, model="demo")
    await create(ada, "Own")
    await share(shared["id"], ada)
    keys = (await ada.run("{ keys { name secretHint group { name activationCode } } }"))["keys"]
    assert keys == [
        {"name": "Own", "secretHint": "abcd", "group": None},
        {"name": "Shared", "secretHint": "abcd", "group": {"name": "Team", "activationCode": None}},
    ]
    assert await ada.run(FIND, by={"id": shared["id"]}) == {"key": {"name": "Shared"}}
    assert (await ada.send("echo hi", keyId=shared["id"], wait=True))["reply"]["text"] == "hi"
    assert await error_of(ada, UPDATE, input={"id": shared["id"], "baseUrl": "https://evil.example.com"}) == (
        "NOT_FOUND", "There is no such key.", None,
    )  # fmt: skip
    assert (await error_of(ada, DELETE, ids=[shared["id"]]))[0] == "NOT_FOUND"
    assert await bob.run(NAMES) == {"keys": [], "defaultKey": None}


async def test_only_an_admin_shares_a_key_with_a_group(chat: Chat, ada: Client) -> None:
    admin = await chat.sign_up("admin", UserRole.ADMIN)
    now = clock.now()
    group = await Group.create(id=new_id("grp"), name="Team", created_at=now, updated_at=now)
    for group_id in (group.id, new_id("grp"), "junk"):
        assert await error_of(ada, CREATE, input=draft(groupId=group_id)) == (
            "FORBIDDEN", "Only an admin can share keys with a group.", None,
        )  # fmt: skip
    assert (await create(admin, groupId=group.id))["group"] == {"name": "Team"}
    assert await error_of(admin, CREATE, input=draft("Lost", groupId=new_id("grp"))) == (
        "NOT_FOUND", "There is no such group.", None,
    )  # fmt: skip


async def test_a_key_that_works_tells_its_models(chat: Chat, ada: Client) -> None:
    key_id = (await create(ada, baseUrl=chat.demo.base_url, model="demo"))["id"]
    for tried in ({"id": key_id}, {"key": draft(baseUrl=chat.demo.base_url, model="demo")}):
        before = await rows_but_calls()
        result = (await ada.run(TEST, input=tried))["testKey"]
        assert result | {"latencyMs": 0} == {
            "ok": True, "latencyMs": 0, "models": ["demo", "demo-reasoning"], "error": None,
        }  # fmt: skip
        assert 0 <= result["latencyMs"] < 10_000
        assert await rows_but_calls() == before


async def test_a_key_that_fails_is_an_answer_and_no_error(chat: Chat, ada: Client) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and never listens
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        async with DemoServer(api_key="sk-the-right-one") as strict:
            for base_url, model, code, models in [
                (strict.base_url, "demo", "AUTHENTICATION", []),
                (nobody, "demo", "UNREACHABLE", []),
                (chat.demo.base_url, "gpt-99", "MODEL_NOT_FOUND", ["demo", "demo-reasoning"]),
                ("http://localhost.localdomain.invalid/v1", "demo", "UNREACHABLE", []),
            ]:
                result = (await ada.run(TEST, input={"key": draft(baseUrl=base_url, model=model)}))["testKey"]
                assert (result["ok"], result["error"]["code"], result["models"]) == (False, code, models)
                assert (result["latencyMs"] is None) == (code == "UNREACHABLE")
                assert SECRET not in repr(result)


async def test_a_provider_that_repeats_the_secret_is_not_quoted(chat: Chat, ada: Client) -> None:
    status, body = invalid_api_key()
    body["error"]["message"] = f"Incorrect API key provided: {SECRET}."
    chat.demo.script("demo", Script(fail=(status, body)))
    key_id = (await create(ada, baseUrl=chat.demo.base_url, model="demo"))["id"]
    reply = (await ada.send("hi", keyId=key_id, wait=True))["reply"]
    assert (reply["status"], reply["error"]["code"]) == ("FAILED", "AUTHENTICATION")
    assert SECRET not in repr([reply, await all_rows()])


async def test_a_sealed_secret_opens_in_its_own_row_only(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    victim = await create(ada, baseUrl=chat_on_each.demo.base_url, model="demo")
    thief = await create(bob, baseUrl=chat_on_each.demo.base_url, model="demo")
    sealed = (await Key.get(id=victim["id"])).secret_sealed
    await Key.filter(id=thief["id"]).update(secret_sealed=sealed)
    with pytest.raises(KeyRequired):
        open_secret(await Key.get(id=thief["id"]), chat_on_each.services.box)
    for query, variables in [
        (TEST, {"input": {"id": thief["id"]}}),
        (SEND, {"input": {"text": "hi", "keyId": thief["id"]}}),
    ]:  # fmt: skip
        assert (await error_of(bob, query, **variables))[0] == "KEY_REQUIRED"
    assert chat_on_each.demo.requests == []


async def test_rotation_seals_everything_with_the_new_master_key(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    viewer = Viewer(ada.user_id, UserRole.USER, "tok", None)
    old, new = b"o" * 32, b"n" * 32
    fields = {"secret": SECRET, "model": "m", "base_url": "https://api.example.com"}
    for number in range(3):
        named = fields | {"name": f"key {number}"}
        await create_key(viewer, named, box=SecretBox({"old": old}, "old"), policy=KeyPolicy(10))
    assert await reseal_all(SecretBox({"new": new, "old": old}, "new")) == (3, [])
    assert await reseal_all(SecretBox({"new": new, "old": old}, "new")) == (0, [])
    only_new = SecretBox({"new": new}, "new")
    assert [open_secret(key, only_new) for key in await Key.all()] == [SECRET] * 3
