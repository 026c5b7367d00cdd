"""Every text that a client can send in a variable has a bound: beyond it comes a typed error, never INTERNAL."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
    is_required_input_field,
)

from gql_chat.api.schema import schema
from gql_chat.users.models import UserRole
from gql_chat.users.passwords.hashing import Passwords
from tests.support.chat import Chat
from tests.support.client import Client

Path = tuple[str, ...]
TEXTS = {
    "long": "x" * 100_000,
    "digits": "9" * 100_000,
    "wide": "👩" * 50_000,
    "lines": "a\n" * 50_000,
    "address": "a" * 100_000 + "@example.com",
    "url": "https://example.com/" + "a" * 100_000,
    "nul": "a\0b",
    "nothing": "",
}
SAMPLES: dict[str, Any] = {
    "String": "sample", "ID": "ses_01m8gw0ma8f2eve92p9gbqb5yc", "Int": 1, "Boolean": False, "Float": 1.0, "BigInt": 1,
    "JSON": {}, "DateTime": "2030-01-01T00:00:00Z", "email": "new@example.com", "username": "somebody",
    "password": "a password of nobody", "newPassword": "a password of nobody", "code": "000000",
}  # fmt: skip


def paths_of_texts(kind: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of each text in a type of arguments."""
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            yield from paths_of_texts(field.type, (*path, name))
    elif named.name in ("String", "ID", "DateTime", "JSON"):
        yield path


def build(kind: Any, name: str, path: Path | None, text: str) -> Any:
    """Return a value of a type with as little in it as it needs, and the text at the path if there is one."""
    nullable = get_nullable_type(kind)
    if is_list_type(nullable):
        return [build(nullable.of_type, name, path, text)]
    if isinstance(nullable, GraphQLInputObjectType):
        return _build_object(nullable, path, text)
    if path is not None:
        return {"extra": text} if nullable.name == "JSON" else text
    return next(iter(nullable.values)) if is_enum_type(nullable) else SAMPLES.get(name, SAMPLES[nullable.name])


def _build_object(kind: GraphQLInputObjectType, path: Path | None, text: str) -> dict[str, Any]:
    keys = {key for key, field in kind.fields.items() if is_required_input_field(field)}
    keys |= {path[0]} if path else set()
    if kind.is_one_of and not keys:
        keys = {next(iter(kind.fields))}
    return {
        key: build(kind.fields[key].type, key, path[1:] if path and path[0] == key else None, text)
        for key in sorted(keys)
    }


def calls(root: str, name: str, field: GraphQLField) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """Yield operations on a root field, each with one text of one kind in its variables, and where that is."""
    selection = "" if is_leaf_type(get_named_type(field.type)) else "{ __typename }"
    for at, argument in field.args.items():
        wanted = {key: one for key, one in field.args.items() if key == at or is_required_argument(one)}
        declared = ", ".join(f"${key}: {one.type}" for key, one in wanted.items())
        passed = ", ".join(f"{key}: ${key}" for key in wanted)
        query = f"{root} ({declared}) {{ {name}({passed}) {selection} }}"
        for path in paths_of_texts(argument.type):
            for label, text in TEXTS.items():
                variables = {
                    key: build(one.type, key, path if key == at else None, text) for key, one in wanted.items()
                }
                yield query, (name, at, *path, label), variables


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gql_chat.server.services.Passwords", partial(Passwords, cost=4))


async def test_no_text_in_a_variable_makes_the_server_fail(chat_on_each: Chat) -> None:
    chat = chat_on_each
    boss = await chat.sign_up("boss", UserRole.ADMIN, "a password of the boss")
    ids = await some_ids(chat, boss)
    failures: list[str] = []
    for root in (schema._schema.query_type, schema._schema.mutation_type):
        assert root is not None
        for name, field in root.fields.items():
            if any(get_named_type(argument.type).name == "Upload" for argument in field.args.values()):
                continue
            for query, where, variables in calls(root.name.lower(), name, field):
                response = await boss.post(query, **with_ids(variables, name, ids))
                codes = [error["extensions"]["code"] for error in response.get("errors", ())]
                if "INTERNAL" in codes or "UNAVAILABLE" in codes:
                    failures.append(".".join(where))
    assert failures == []


async def some_ids(chat: Chat, boss: Client) -> dict[str, str]:
    """Return an object of each type, by the name of the type's ids."""
    sent = await boss.send("x", wait=True)
    draft = {"name": "Work", "secret": "sk-0123456789abcd", "model": "demo", "baseUrl": chat.demo.base_url}
    key = await boss.run("mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }", input=draft)
    group = await boss.run('mutation { createGroup(input: {name: "Team"}) { id } }')
    return {
        "sessionId": sent["session"]["id"], "messageId": sent["userMessage"]["id"], "keyId": key["createKey"]["id"],
        "groupId": group["createGroup"]["id"], "Session": sent["session"]["id"], "Key": key["createKey"]["id"],
        "Group": group["createGroup"]["id"], "User": boss.user_id,
    }  # fmt: skip


def with_ids(value: Any, name: str, ids: dict[str, str]) -> Any:
    """Return the variables with ids of existing objects in place of the samples."""
    if isinstance(value, list):
        return [with_ids(item, name, ids) for item in value]
    if not isinstance(value, dict):
        return value
    of_type = next((an_id for kind, an_id in ids.items() if name.endswith(kind)), SAMPLES["ID"])
    return {
        key: ids.get(key, of_type) if inner == SAMPLES["ID"] else with_ids(inner, name, ids)
        for key, inner in value.items()
    }
