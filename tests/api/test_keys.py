"""Keys through the API: what is stored, what is shown, what is refused, and what a test of one tells."""

import asyncio
import json
import socket
from typing import Any

import pytest

from gql_chat.demo import DemoServer, Script
from gql_chat.demo.failures import invalid_api_key
from gql_chat.errors import KeyRequired
from gql_chat.infra import clock
from gql_chat.infra.crypto import SecretBox
from gql_chat.infra.ids import new_id
from gql_chat.keys.keyring import KeyPolicy, create_key
from gql_chat.keys.models import Group, GroupMember, Key
from gql_chat.keys.secret_sealing import open_secret, reseal_all
from gql_chat.users.models import UserRole
from gql_chat.users.viewer import Viewer
from tests.support.chat import Chat
from tests.support.client import SEND, Client, GraphQLErrors
from tests.support.refusals import error_of
from tests.support.rows import all_rows, rows_but_calls

SECRET = "sk-proj-0123456789-abcd"
PARAMETERS = """parameters { temperature topP maxTokens presencePenalty frequencyPenalty stop seed reasoningEffort
    responseFormat extra }"""
FIELDS = f"{{ id name model baseUrl secretHint {PARAMETERS} group {{ name }} createdAt updatedAt lastUsedAt }}"
CREATE = f"mutation ($input: CreateKeyInput!) {{ createKey(input: $input) {FIELDS} }}"
UPDATE = f"mutation ($input: UpdateKeyInput!) {{ updateKey(input: $input) {FIELDS} }}"
DELETE = "mutation ($ids: [ID!]!) { deleteKeys(ids: $ids) }"
TEST = """mutation ($input: TestKeyInput!) {
    testKey(input: $input) { ok latencyMs models error { code message } } }"""
NAMES = "{ keys { name } defaultKey { name } }"
FIND = "query ($by: KeySelector!) { key(by: $by) { name } }"

NO_PARAMETERS = dict.fromkeys(
    ["temperature", "topP", "maxTokens", "presencePenalty", "frequencyPenalty", "stop", "seed", "reasoningEffort",
     "responseFormat", "extra"]
)  # fmt: skip
ALL_PARAMETERS = {
    "temperature": 0.5, "topP": 1.0, "maxTokens": 4096, "presencePenalty": -2.0, "frequencyPenalty": 1.25,
    "stop": ["END", "。"], "seed": -7, "reasoningEffort": "high",
    "responseFormat": {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "n": [1, 2.5, None]}},
    "extra": {"enable_thinking": False, "top_k": 20},
}  # fmt: skip
NO_SECRET = (
    "A secret has 1 to 4096 printable characters. Only addresses that begin with http://, or that the server's "
    "operator allows by themselves, may do without one."
)


def draft(name: str = "Work", **more: Any) -> dict[str, Any]:
    """The input of a key."""
    return {"name": name, "secret": SECRET, "model": "gpt-5", "baseUrl": "https://api.example.com/v1", **more}


async def create(client: Client, name: str = "Work", **more: Any) -> dict[str, Any]:
    """A stored key."""
    key: dict[str, Any] = (await client.run(CREATE, input=draft(name, **more)))["createKey"]
    return key


async def share(key_id: str, *members: Client) -> Group:
    """Turn a key into one of a group with these members."""
    now = clock.now()
    group = await Group.create(id=new_id("grp"), name="Team", created_at=now, updated_at=now)
    await Key.filter(id=key_id).update(group_id=group.id)
    for member in members:
        await GroupMember.create(id=new_id("mem"), group=group, user_id=member.user_id, created_at=now)
    return group


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


async def test_parameters_are_read_as_they_were_written(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    key = await create(ada, parameters=ALL_PARAMETERS)
    assert key["parameters"] == ALL_PARAMETERS
    assert (await ada.run(f"{{ keys {FIELDS} }}"))["keys"][0]["parameters"] == ALL_PARAMETERS
    assert sorted((await Key.get(id=key["id"])).parameters) == [
        "extra", "frequency_penalty", "max_tokens", "presence_penalty", "reasoning_effort", "response_format", "seed",
        "stop", "temperature", "top_p",
    ]  # fmt: skip


async def test_parameters_that_are_null_or_absent_are_left_to_the_provider(ada: Client) -> None:
    assert (await create(ada, "absent"))["parameters"] == NO_PARAMETERS
    assert (await create(ada, "null", parameters=None))["parameters"] == NO_PARAMETERS
    nulls = NO_PARAMETERS | {"temperature": 0}
    assert (await create(ada, "nulls", parameters=nulls))["parameters"] == NO_PARAMETERS | {"temperature": 0.0}


async def test_parameters_out_of_their_range_are_refused_by_name(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    deep: list[Any] = []
    for _ in range(31):
        deep = [deep]
    very_deep = json.loads("[" * 900 + "]" * 900)
    stops = "stop takes up to 16 texts of 1 to 200 characters."
    faults: list[tuple[str, str, list[Any]]] = [
        ("temperature", "temperature must be from 0.0 to 2.0.", [-0.1, 2.1]),
        ("topP", "topP must be from 0.0 to 1.0.", [-0.1, 1.1]),
        ("presencePenalty", "presencePenalty must be from -2.0 to 2.0.", [-2.1, 2.1]),
        ("frequencyPenalty", "frequencyPenalty must be from -2.0 to 2.0.", [-2.1, 2.1]),
        ("maxTokens", "maxTokens must be from 1 to 2147483647.", [0, -1]),
        ("stop", stops, [[""], ["x" * 201], ["x"] * 17]),
        ("reasoningEffort", "reasoningEffort is a word such as low, medium or high.", ["x" * 33, "", "a\0"]),
        ("responseFormat", "responseFormat must be a JSON object.", ["json", [1], 5, True]),
        ("extra", "extra must be a JSON object.", ["json", [1], 5, True]),
        ("extra", "extra is larger than 16384 bytes.", [{"a": "x" * 16_384}]),
        ("extra", "extra holds numbers beyond 64 bits, or more than 32 levels.", [{"a": deep}, {"a": very_deep}]),
        ("extra", "extra cannot set messages, model.", [{"model": "other", "messages": [], "top_k": 1}]),
        ("extra", "extra cannot hold a NUL character.", [{"a": ["\0"]}, {"a\0": 1}]),
        ("responseFormat", "responseFormat cannot hold a NUL character.", [{"a": {"b": "\0"}}]),
        ("stop", "stop cannot hold a NUL character.", [["a\0"]]),
    ]  # fmt: skip
    for name, message, values in faults:
        for value in values:
            error = await error_of(ada, CREATE, input=draft(parameters={name: value}))
            assert error == ("BAD_USER_INPUT", message, f"input.parameters.{name}"), value


async def test_numbers_that_json_cannot_carry_are_refused(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    for number in ("1e999", "-1e999", str(2**63)):
        literal = 'name: "a", secret: "s", model: "m", baseUrl: "https://a.example", parameters: {extra: {a: [%s]}}'
        error = await error_of(ada, f"mutation {{ createKey(input: {{{literal % number}}}) {{ id }} }}")
        assert error == (
            "BAD_USER_INPUT",
            "extra holds numbers beyond 64 bits, or more than 32 levels.",
            "input.parameters.extra",
        )


async def test_what_breaks_a_rule_is_named_and_stores_nothing(ada: Client) -> None:
    key_id = (await create(ada))["id"]
    for field, message, values in [
        ("name", "A name has 1 to 100 printable characters.", ["", "  ", "x" * 101, "a\0b", "a\nb", "a\u200bb"]),
        ("model", "A model has 1 to 200 printable characters.", ["", "x" * 201, "a\tb"]),
        ("secret", "A secret has 1 to 4096 printable characters.", ["x" * 4097, "sk\r\nX-Evil: 1"]),
        ("secret", NO_SECRET, ["", " "]),
        ("secret", "A secret is sent in an HTTP header, so it can contain ASCII characters only.", ["sk-é", "密钥"]),
    ]:
        for value in values:
            expected = ("BAD_USER_INPUT", message, f"input.{field}")
            assert await error_of(ada, CREATE, input=draft(**{field: value})) == expected, value
            assert await error_of(ada, UPDATE, input={"id": key_id, field: value}) == expected, value
            in_a_test = ("BAD_USER_INPUT", message, f"input.key.{field}")
            assert await error_of(ada, TEST, input={"key": draft(**{field: value})}) == in_a_test, value


async def test_a_key_without_a_secret_is_for_addresses_that_need_none(chat_on_each: Chat) -> None:
    chat, ada = chat_on_each, await chat_on_each.sign_up("ada")
    without = {name: value for name, value in draft().items() if name != "secret"}
    local = without | {"baseUrl": chat.demo.base_url, "model": "demo"}
    created = (await ada.run(CREATE, input=local))["createKey"]
    assert (created["secretHint"], (await ada.run(TEST, input={"key": local}))["testKey"]["ok"]) == ("", True)
    said = (await ada.send("echo hi", keyId=created["id"], wait=True))["reply"]
    assert (said["status"], chat.demo.requests[-1].headers.get("authorization")) == ("COMPLETED", None)
    # By TLS it is needed, but at an address that the operator names.
    listed = local | {"name": "by number", "baseUrl": "https://127.0.0.1:8443/v1"}
    assert (await ada.run(CREATE, input=listed))["createKey"]["secretHint"] == ""
    assert await error_of(ada, CREATE, input=without) == ("BAD_USER_INPUT", NO_SECRET, "input.secret")
    moved = {"id": created["id"], "baseUrl": "https://api.example.com/v1"}
    assert (await error_of(ada, UPDATE, input=moved))[::2] == ("BAD_USER_INPUT", "input.secret")
    assert await error_of(ada, UPDATE, input=moved | {"secret": ""}) == ("BAD_USER_INPUT", NO_SECRET, "input.secret")
    await ada.run(UPDATE, input=moved | {"secret": SECRET})
    assert await error_of(ada, UPDATE, input={"id": created["id"], "secret": ""}) == (
        "BAD_USER_INPUT", NO_SECRET, "input.secret",
    )  # fmt: skip
    back = {"id": created["id"], "baseUrl": chat.demo.base_url, "secret": ""}
    assert (await ada.run(UPDATE, input=back))["updateKey"]["secretHint"] == ""


async def test_a_base_url_inside_the_operators_network_is_refused(ada: Client) -> None:
    for base_url in [
        "http://169.254.169.254/latest/meta-data", "http://10.0.0.1/v1", "http://192.168.1.1", "http://[::1]:8000/v1",
        "http://[::ffff:169.254.169.254]/", "http://0xa9fea9fe/", "http://2852039166/", "http://0.0.0.0/v1",
        "http://100.100.100.200/", "http://[fd00::1]/", "http://224.0.0.1/",
    ]:  # fmt: skip
        assert await error_of(ada, CREATE, input=draft(baseUrl=base_url)) == (
            "BAD_USER_INPUT", "The base URL's address is not allowed: it is not public.", "input.baseUrl",
        ), base_url  # fmt: skip


async def test_a_base_url_that_is_none_is_refused(ada: Client) -> None:
    for base_url, fault in [
        ("ftp://example.com", "must begin with https:// or http://"),
        ("file:///etc/passwd", "must begin with https:// or http://"),
        ("api.example.com/v1", "must begin with https:// or http://"),
        ("", "must begin with https:// or http://"),
        ("https://", "has no host"),
        ("https://ada:secret@example.com/v1", "must not contain a user name or password"),
        ("https://example.com/v1?key=1", "must not contain a query or a fragment, except Azure's api-version"),
        ("https://example.com/v1#x", "must not contain a query or a fragment, except Azure's api-version"),
        ("https://example.com/ v1", "contains white space, a backslash or a control character"),
        ("https://example.com\\@evil.example", "contains white space, a backslash or a control character"),
        ("https://example.com:port/v1", "is not a valid URL"),
        ("https://[::1/v1", "is not a valid URL"),
        ("https://" + "ü." * 300 + "com", "is not a valid URL"),
        ("https://example.com/" + "x" * 2048, "is longer than 2048 characters"),
    ]:
        expected = ("BAD_USER_INPUT", f"The base URL {fault}.", "input.baseUrl")
        assert await error_of(ada, CREATE, input=draft(baseUrl=base_url)) == expected, base_url


async def test_a_base_url_at_a_port_of_other_services_is_refused(ada: Client) -> None:
    for port in (1, 22, 25, 79, 81, 442, 444, 1023):
        expected = (
            "BAD_USER_INPUT",
            "The base URL's port is not allowed: use 80, 443 and 1024-65535.",
            "input.baseUrl",
        )
        assert await error_of(ada, CREATE, input=draft(baseUrl=f"https://api.example.com:{port}/v1")) == expected
    for number, port in enumerate((80, 443, 1024, 8000, 65535)):
        await create(ada, f"key {number}", baseUrl=f"https://api.example.com:{port}/v1")


async def test_a_host_that_does_not_exist_and_one_inside_are_told_in_one_sentence(chat: Chat, ada: Client) -> None:
    messages = set()
    for base_url in ("http://inside.example.invalid:8000/v1", "http://ip6-localhost:8000/v1"):
        tested = (await ada.run(TEST, input={"key": draft(baseUrl=base_url)}))["testKey"]
        messages.add((tested["error"]["code"], tested["error"]["message"]))
    assert messages == {("UNREACHABLE", "The base URL's host or port does not exist or is not allowed.")}


async def test_a_network_that_the_operator_allows_may_be_reached(chat: Chat, ada: Client) -> None:
    key = await create(ada, baseUrl=chat.demo.base_url.replace("127.0.0.1", "127.1"))
    assert key["baseUrl"] == chat.demo.base_url


async def test_a_name_is_unique_among_the_keys_of_one_user(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    await create(ada, "Work")
    other = await create(ada, "work")
    await create(bob, "Work")
    taken = ("BAD_USER_INPUT", "You already have a key with this name.", "input.name")
    assert await error_of(ada, CREATE, input=draft("Work")) == taken
    assert await error_of(ada, UPDATE, input={"id": other["id"], "name": "Work"}) == taken
    assert (await ada.run(UPDATE, input={"id": other["id"], "name": "work"}))["updateKey"]["name"] == "work"


async def test_of_keys_made_at_once_under_one_name_one_is_stored(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    answers = await asyncio.gather(*[ada.post(CREATE, input=draft()) for _ in range(5)])
    codes = sorted(answer["errors"][0]["extensions"]["code"] for answer in answers if answer.get("errors"))
    assert (codes, await Key.all().count()) == (["BAD_USER_INPUT"] * 4, 1)


async def test_the_limit_holds_for_creates_at_once(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    for number in range(15):
        await create(ada, f"key {number}")
    await create(bob)
    answers = await asyncio.gather(*[ada.post(CREATE, input=draft(f"more {number}")) for number in range(20)])
    refused = [answer["errors"][0] for answer in answers if answer.get("errors")]
    assert {(error["extensions"]["code"], error["message"]) for error in refused} == {
        ("QUOTA_EXCEEDED", "You have 20 keys, the maximum. Delete one first.")
    }
    assert (len(refused), await Key.filter(user_id=ada.user_id).count()) == (15, 20)


async def test_can_create_keys_tells_how_many_more_fit(chat: Chat, ada: Client) -> None:
    asked = "query ($count: Int! = 1) { canCreateKeys(count: $count) }"
    for number in range(18):
        await create(ada, f"key {number}")
    await share((await create(ada, "shared"))["id"], ada)  # a group's key is not of the user's number
    assert [(await ada.run(asked, count=count))["canCreateKeys"] for count in (1, 2, 3, 2**31 - 1)] == [
        True, True, False, False,
    ]  # fmt: skip
    await create(ada, "one")
    await create(ada, "two")
    assert await ada.run("{ canCreateKeys }") == {"canCreateKeys": False}
    script = await scoped(ada, "KEYS")
    assert await script.run("{ canCreateKeys }") == {"canCreateKeys": False}
    for count in (0, -1):
        assert await error_of(ada, asked, count=count) == ("BAD_USER_INPUT", "count must be at least 1.", "count")


async def test_a_credential_that_lacks_the_scope_can_create_no_keys(chat: Chat, ada: Client) -> None:
    for scopes, can in ((["KEYS", "CHAT"], True), (["CHAT", "FILES", "ACCOUNT"], False)):
        script = await scoped(ada, *scopes)
        assert await script.run("{ canCreateKeys }") == {"canCreateKeys": can}
        created = await script.post(CREATE, input=draft())
        assert [error["extensions"]["code"] for error in created.get("errors") or ()] == ([] if can else ["FORBIDDEN"])
    with pytest.raises(GraphQLErrors) as refused:
        await chat.stranger.run("{ canCreateKeys }")
    assert refused.value.codes == ["UNAUTHENTICATED"]


async def scoped(client: Client, *scopes: str) -> Client:
    """The same user by a personal access token."""
    create = 'mutation ($s: [Scope!]!) { createAccessToken(input: {name: "t", scopes: $s}) { token } }'
    token = (await client.run(create, s=scopes))["createAccessToken"]["token"]
    return Client(client.http, client.origin, token, client.user_id)


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
