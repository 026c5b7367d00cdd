"""What a key must be to be stored: its parameters, secret, address, name and number."""

import asyncio
import json
from typing import Any

import pytest

from gql_chat.keys.models import Key
from tests.support.chat import Chat
from tests.support.client import Client, GraphQLErrors
from tests.support.keys import CREATE, FIELDS, NO_PARAMETERS, SECRET, TEST, UPDATE, create, draft, scoped, share
from tests.support.refusals import error_of

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


async def test_parameters_may_be_as_large_as_the_refusal_says(ada: Client) -> None:
    largest = {"a": "x" * (16_384 - len('{"a":""}'))}
    assert (await create(ada, "largest", parameters={"extra": largest}))["parameters"]["extra"] == largest


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
