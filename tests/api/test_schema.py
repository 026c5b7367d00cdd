"""The schema itself: permissions, descriptions, and the shapes that clients rely on."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    is_introspection_type,
    is_specified_scalar_type,
)
from strawberry.types.base import get_object_definition

from gql_chat.api.engine.errors import ErrorCode
from gql_chat.api.engine.fields.permissions import Access, Anyone
from gql_chat.api.schema import Mutation, Query, Subscription, published_schema
from gql_chat.infra.ids import prefix_of
from tests.support.chat import Chat
from tests.support.published import schema_of_clients

ROOT = Path(__file__).parents[2]
CONTRACT = Path(__file__).with_name("contract.graphql")
UNCLEAR = re.compile(r"\b(one's|oneself|told|tells|whom)\b|\bsuch\b(?! as)|^(Who|What|By|So|From|With)\b")
NEEDS = re.compile(r"Needs (the scope [A-Z]+|the role ADMIN and the scope ADMIN|a sign-in|no sign-in|no access token)")
BUILT_IN = {"skip", "include", "deprecated", "specifiedBy", "oneOf"}


@pytest.fixture(scope="module")
def published() -> GraphQLSchema:
    """Return the schema as clients read it."""
    return schema_of_clients()


def accesses() -> dict[str, list[Access]]:
    """Return what each root field states."""
    return {
        f"{root.__name__}.{field.name}": [extension for extension in field.extensions if isinstance(extension, Access)]
        for root in (Query, Mutation, Subscription)
        for field in get_object_definition(root, strict=True).fields
    }


def descriptions(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Yield everything that has a name in the schema, with what is told of it."""
    for directive in schema.directives:
        if directive.name not in BUILT_IN:
            yield f"@{directive.name}", directive.description
    for name, named_type in schema.type_map.items():
        if not (is_introspection_type(named_type) or is_specified_scalar_type(named_type)):
            yield name, named_type.description
            yield from parts(named_type)


def parts(named_type: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    """Yield the fields, arguments and values of a type."""
    if isinstance(named_type, GraphQLEnumType):
        for name, value in named_type.values.items():
            yield f"{named_type.name}.{name}", value.description
    elif isinstance(named_type, GraphQLInputObjectType):
        for name, input_field in named_type.fields.items():
            yield f"{named_type.name}.{name}", input_field.description
    elif isinstance(named_type, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in named_type.fields.items():
            yield f"{named_type.name}.{name}", field.description
            for argument_name, argument in field.args.items():
                yield f"{named_type.name}.{name}({argument_name})", argument.description


def test_every_root_field_states_who_may_use_it() -> None:
    stated = accesses()
    assert [name for name, access in stated.items() if len(access) != 1] == []
    assert {"Query.me", "Mutation.send_message", "Subscription.reply"} <= stated.keys()


def test_strangers_may_only_come_in_and_leave() -> None:
    # Codes and a forgotten password are for those who cannot sign in.
    assert {name for name, [access] in accesses().items() if isinstance(access, Anyone)} <= {
        "Mutation.register", "Mutation.login", "Mutation.refresh_tokens", "Mutation.logout",
        "Mutation.send_verification_code", "Mutation.verify_code", "Mutation.reset_password",
        "Mutation.revert_email_change",
    }  # fmt: skip


def test_everything_is_described(published: GraphQLSchema) -> None:
    told = dict(descriptions(published))
    assert [name for name, description in told.items() if not (description or "").strip()] == []
    assert {"DateTime", "UserRole.ADMIN", "Query.sessions(first)", "KeySelector.id", "ReplyEvent"} <= told.keys()


def test_descriptions_are_sentences(published: GraphQLSchema) -> None:
    own = {name: description for name, description in descriptions(published) if description}
    assert [name for name, description in own.items() if description.strip()[-1] not in ".:"] == []


def test_descriptions_are_plain_english(published: GraphQLSchema) -> None:
    own = {name: description for name, description in descriptions(published) if description}
    assert [name for name, description in own.items() if UNCLEAR.search(description)] == []


def test_inputs_of_which_one_field_is_sent_say_so(published: GraphQLSchema) -> None:
    one_ofs = [named for named in published.type_map.values() if getattr(named, "is_one_of", False)]
    assert len(one_ofs) == 4
    assert [named.name for named in one_ofs if "Provide exactly one of " not in (named.description or "")] == []


def test_descriptions_name_the_permission_and_errors_that_exist(published: GraphQLSchema) -> None:
    roots = (published.query_type, published.mutation_type, published.subscription_type)
    fields = {name: field.description or "" for root in roots if root for name, field in root.fields.items()}
    assert [name for name, text in fields.items() if not NEEDS.search(text)] == []
    errors = [text.partition("Errors: ")[2].partition("Needs ")[0] for text in fields.values()]
    listed = {code for text in errors for code in re.findall(r"[A-Z]+_[A-Z_]+", text)}
    assert {"BAD_USER_INPUT", "CODE_INVALID"} <= listed <= {code.value for code in ErrorCode}


def test_the_published_file_is_current() -> None:
    assert (ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8") == published_schema()


def test_what_clients_rely_on_is_kept(published: GraphQLSchema) -> None:
    contract = build_schema(CONTRACT.read_text(encoding="utf-8"))
    assert [change.description for change in find_breaking_changes(contract, published)] == []
    one_ofs = {name for name, named in contract.type_map.items() if getattr(named, "is_one_of", False)}
    assert {name for name in one_ofs if not getattr(published.type_map[name], "is_one_of", False)} == set()


def test_the_check_sees_what_is_broken(published: GraphQLSchema) -> None:
    text = CONTRACT.read_text(encoding="utf-8").replace("me: User!", "me: User! you: User")
    [change] = find_breaking_changes(build_schema(text), published)
    assert change.description == "Field Query.you was removed."


async def test_ids_tell_their_type(chat: Chat) -> None:
    ada = await chat.sign_up("ada")
    sent = await ada.send("echo hi", wait=True)
    created = await ada.run(
        """mutation { createKey(input: {name: "n", secret: "s", model: "m", baseUrl: "https://a.example"}) { id }
                      createSession(input: {}) { id } }"""
    )
    ids = {"usr": ada.user_id, "key": created["createKey"]["id"], "ses": created["createSession"]["id"]}
    ids |= {
        "ses of a send": sent["session"]["id"],
        "msg": sent["userMessage"]["id"],
        "msg of a reply": sent["reply"]["id"],
    }
    assert {name: prefix_of(value) for name, value in ids.items()} == {name: name[:3] for name in ids}


async def test_only_input_objects_say_whether_they_are_one_of(chat: Chat) -> None:
    ada = await chat.sign_up("ada")
    query = "{ __schema { types { kind name isOneOf fields { type { isOneOf ofType { isOneOf } } } } } }"
    types = (await ada.run(query))["__schema"]["types"]
    assert {one["kind"] for one in types if one["isOneOf"] is not None} == {"INPUT_OBJECT"}
    assert {one["isOneOf"] for one in types if one["kind"] == "INPUT_OBJECT"} == {True, False}
    assert {one["name"] for one in types if one["isOneOf"]} == {
        "AttachmentInput",
        "KeySelector",
        "TestKeyInput",
        "UserSelector",
    }
    wrapped = [field["type"] for one in types for field in one["fields"] or ()]
    assert {one["isOneOf"] for one in wrapped} == {None}
