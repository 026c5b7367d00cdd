"""Administration through the API: who may do it, what it does to users at once, and what is read again."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from strawberry.types.base import get_object_definition
from strawberry.utils.str_converters import to_camel_case

from gql_chat.api.engine.fields.permissions import Admin
from gql_chat.api.schema import Mutation, Query, Subscription
from gql_chat.infra.ids import new_id
from gql_chat.users.models import Scope, User, UserRole
from gql_chat.users.passwords.hashing import Passwords
from tests.support.chat import Chat, run_chat
from tests.support.client import WATCH, Client, GraphQLErrors
from tests.support.refusals import error_of

USERS = """query ($first: Int, $after: String, $search: String) {
    users(first: $first, after: $after, search: $search) {
        totalCount nodes { username } edges { cursor } pageInfo { hasNextPage endCursor } } }"""
USER = "query ($by: UserSelector!) { user(by: $by) { id username } }"
NODE = "query ($id: ID!) { node(id: $id) { ... on User { id username } } }"
UPDATE = "mutation ($input: UpdateUserInput!) { updateUser(input: $input) { username role status } }"
RELOAD = """mutation { reloadConfig {
    personas { name isDefault } uploadPolicy { maxSizeBytes allowedExtensions maxFilesPerMessage } } }"""
CREATE_TOKEN = "mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { token } }"
POLICY = "{ uploadPolicy { maxSizeBytes allowedExtensions maxFilesPerMessage } }"
ME = "{ me { username } }"
REGISTER = """mutation ($name: String!, $email: String!, $password: String!) {
    register(input: {username: $name, email: $email, password: $password}) { accessToken refreshToken user { id } } }"""
LOGIN = """mutation ($name: String!, $password: String!) {
    login(input: {login: $name, password: $password}) { accessToken } }"""
REFRESH = "mutation ($token: String!) { refreshTokens(refreshToken: $token) { accessToken } }"
PASSWORD = "correct horse battery"

LAST = ("CONFLICT", "This is the last active admin: make another user an admin first.", None)
NO_USER = ("NOT_FOUND", "There is no such user.", None)

# Every field that only admins may use, called so that it would do something.
ADMIN_FIELDS = {
    "users": "{ users { totalCount } }",
    "user": "query ($user: ID!) { user(by: {id: $user}) { id } }",
    "groups": "{ groups { id } }",
    "sharedKeys": "{ sharedKeys { id } }",
    "updateUser": "mutation ($user: ID!) { updateUser(input: {id: $user, role: ADMIN}) { id } }",
    "createGroup": 'mutation { createGroup(input: {name: "Team"}) { id } }',
    "updateGroup": 'mutation ($group: ID!) { updateGroup(input: {id: $group, name: "Mine"}) { id } }',
    "deleteGroups": "mutation ($group: ID!) { deleteGroups(ids: [$group]) }",
    "reloadConfig": RELOAD,
    "serverKey": "{ serverKey { model } }",
    "updateServerKey": 'mutation { updateServerKey(input: {model: "mine"}) { model } }',
    "deleteServerKey": "mutation { deleteServerKey }",
}


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gql_chat.server.services.Passwords", partial(Passwords, cost=4))


async def update(client: Client, user_id: str, **changes: str | None) -> dict[str, Any]:
    """Return the user as `updateUser` returns it."""
    user: dict[str, Any] = (await client.run(UPDATE, input={"id": user_id, **changes}))["updateUser"]
    return user


async def with_token(chat: Chat, user: Client, *scopes: Scope) -> Client:
    """Return the same user by a personal access token."""
    made = await user.run(CREATE_TOKEN, input={"name": "script", "scopes": [scope.name for scope in scopes]})
    script = Client(chat.http, chat.origin, made["createAccessToken"]["token"], user.user_id)
    await script.run(ME)  # which is noted, once a minute
    return script


async def test_who_is_no_admin_may_use_none_of_its_fields(chat: Chat, ada: Client, admin: Client) -> None:
    group = (await admin.run('mutation { createGroup(input: {name: "Theirs"}) { id } }'))["createGroup"]
    script = await with_token(chat, admin, *(set(Scope) - {Scope.ADMIN}))
    used = {"user": ada.user_id, "group": group["id"]}
    for name, operation in ADMIN_FIELDS.items():
        variables = {key: value for key, value in used.items() if f"${key}:" in operation}
        assert await error_of(ada, operation, **variables) == (
            "FORBIDDEN",
            "This needs the role ADMIN; ask an admin to do it.",
            None,
        ), name
        assert (await error_of(script, operation, **variables))[:2] == (
            "FORBIDDEN", "This needs a token with the scope ADMIN.",
        ), name  # fmt: skip
        assert (await error_of(chat.stranger, operation, **variables))[0] == "UNAUTHENTICATED", name


def test_the_table_of_admin_fields_is_complete() -> None:
    fields = [
        field for root in (Query, Mutation, Subscription) for field in get_object_definition(root, strict=True).fields
    ]
    guarded = {field.name for field in fields if any(isinstance(extension, Admin) for extension in field.extensions)}
    assert {to_camel_case(name) for name in guarded} == ADMIN_FIELDS.keys()


async def test_a_token_with_the_scope_is_as_good_as_its_admin(chat: Chat, admin: Client) -> None:
    script = await with_token(chat, admin, Scope.ADMIN)
    assert (await script.run("{ users { totalCount } }"))["users"] == {"totalCount": 1}
    await User.filter(id=admin.user_id).update(role=UserRole.USER)
    assert await error_of(script, "{ users { totalCount } }") == (
        "FORBIDDEN",
        "This needs the role ADMIN; ask an admin to do it.",
        None,
    )


async def test_an_admin_finds_any_user_by_id_name_and_address_and_nobody_else_does(chat_on_each: Chat) -> None:
    chat = chat_on_each
    admin, ada = await chat.sign_up("admin", UserRole.ADMIN), await chat.sign_up("ada")
    found = {"id": ada.user_id, "username": "ada"}
    selectors: list[dict[str, str]] = [
        {"id": ada.user_id}, {"username": " aDA "}, {"email": "ADA@example.com"},
    ]  # fmt: skip
    for by in selectors:
        assert (await admin.run(USER, by=by))["user"] == found, by
        assert (await error_of(ada, USER, by=by))[0] == "FORBIDDEN"
    assert (await admin.run(NODE, id=ada.user_id))["node"] == found
    for by in (
        {"id": new_id("usr")}, {"id": "nonsense\0"}, {"username": "nobody"}, {"username": "ada@example.com"},
        {"email": "Ada"}, {"email": "a\0"}, {"username": "x" * 10_000},
    ):  # fmt: skip
        assert (await admin.run(USER, by=by))["user"] is None, by
    unclear: list[dict[str, str | None]] = [{}, {"id": ada.user_id, "username": "ada"}, {"id": None}]
    for wanted in unclear:
        assert (await error_of(admin, USER, by=wanted))[0] in ("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED")
    script = await with_token(chat, admin, *(set(Scope) - {Scope.ADMIN}))
    assert (await script.run(NODE, id=admin.user_id))["node"]["username"] == "admin"
    for other in (script, ada):
        assert (await other.run(NODE, id=(admin if other is ada else ada).user_id))["node"] is None


async def test_users_come_in_pages_the_newest_first(chat_on_each: Chat) -> None:
    admin = await chat_on_each.sign_up("admin", UserRole.ADMIN)
    for number in range(4):
        await chat_on_each.sign_up(f"user{number}")
    seen, after = [], None
    for size, more in [(2, True), (2, True), (1, False)]:
        page = (await admin.run(USERS, first=2, after=after))["users"]
        assert (len(page["nodes"]), page["totalCount"], page["pageInfo"]["hasNextPage"]) == (size, 5, more)
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        seen += [node["username"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        await chat_on_each.sign_up(f"late{after[-6:]}".lower())  # who comes meanwhile shifts nothing
        await User.filter(username__startswith="late").delete()
    assert seen == ["user3", "user2", "user1", "user0", "admin"]
    assert await error_of(admin, USERS, after="junk") == (
        "BAD_USER_INPUT", "This is not a cursor of this list.", "after",
    )  # fmt: skip


async def test_users_are_found_by_any_part_of_their_names_whatever_the_case(chat_on_each: Chat) -> None:
    admin = await chat_on_each.sign_up("admin", UserRole.ADMIN)
    for name, nickname in [("élodie", None), ("bob", "Élan Vital"), ("percent", "100%_sure"), ("张伟", "小张")]:
        await User.filter(id=(await chat_on_each.sign_up(name)).user_id).update(nickname=nickname)
    for search, found in [
        ("ÉLO", {"élodie"}), ("éL", {"élodie", "bob"}), ("vital", {"bob"}), ("0%_S", {"percent"}), ("%", {"percent"}),
        ("_", {"percent"}), ("伟", {"张伟"}), ("小张", {"张伟"}), (" BOB@Example ", {"bob"}), ("nobody", set()),
        ("EXAMPLE.com", {"admin", "élodie", "bob", "percent", "张伟"}), ("\\", set()), ("'", set()),
    ]:  # fmt: skip
        users = (await admin.run(USERS, search=search))["users"]
        assert ({node["username"] for node in users["nodes"]}, users["totalCount"]) == (found, len(found)), search
    for empty in ("", "  ", None):
        assert (await admin.run(USERS, search=empty))["users"]["totalCount"] == 5
    for refused in ("x" * 255, "a\0"):
        assert await error_of(admin, USERS, search=refused) == (
            "BAD_USER_INPUT", "A search has at most 254 printable characters.", "search",
        )  # fmt: skip


async def test_a_new_role_holds_from_the_next_operation_on(chat_on_each: Chat) -> None:
    admin, ada = await chat_on_each.sign_up("admin", UserRole.ADMIN), await chat_on_each.sign_up("ada")
    assert await update(admin, ada.user_id, role="ADMIN") == {"username": "ada", "role": "ADMIN", "status": "ACTIVE"}
    assert (await ada.run(USERS))["users"]["totalCount"] == 2
    assert await update(ada, admin.user_id, role="USER") == {"username": "admin", "role": "USER", "status": "ACTIVE"}
    assert (await error_of(admin, USERS))[0] == "FORBIDDEN"


async def test_what_is_absent_or_null_stays(ada: Client, admin: Client) -> None:
    for nothing in ({}, {"role": None}, {"role": None, "status": None}):
        assert await update(admin, ada.user_id, **nothing) == {"username": "ada", "role": "USER", "status": "ACTIVE"}


async def test_who_is_not_there_cannot_be_changed(chat_on_each: Chat) -> None:
    admin = await chat_on_each.sign_up("admin", UserRole.ADMIN)
    for user_id in (new_id("usr"), "junk", "", "usr_\0", new_id("key"), admin.user_id.upper()):
        for change in ({"role": "USER"}, {"status": "DISABLED"}, {"role": "ADMIN"}, {}):
            assert await error_of(admin, UPDATE, input={"id": user_id, **change}) == NO_USER, user_id


async def test_the_last_active_admin_stays_one(chat_on_each: Chat) -> None:
    admin, ada = await chat_on_each.sign_up("admin", UserRole.ADMIN), await chat_on_each.sign_up("ada")
    await update(admin, ada.user_id, role="ADMIN", status="DISABLED")
    for change in ({"role": "USER"}, {"status": "DISABLED"}, {"role": "ADMIN", "status": "DISABLED"}):
        assert await error_of(admin, UPDATE, input={"id": admin.user_id, **change}) == LAST
    await update(admin, ada.user_id, status="ACTIVE")
    assert (await update(admin, admin.user_id, role="USER"))["role"] == "USER"


async def test_disabling_ends_everything_at_once_and_enabling_gives_no_sign_in_back(chat_on_each: Chat) -> None:
    chat = chat_on_each
    admin = await chat.sign_up("admin", UserRole.ADMIN)
    account = {"name": "ada", "email": "ada@example.com", "password": PASSWORD}
    signed_in = (await chat.stranger.run(REGISTER, **account))["register"]
    ada = Client(chat.http, chat.origin, signed_in["accessToken"], signed_in["user"]["id"])
    script = await with_token(chat, ada, Scope.ACCOUNT)

    assert (await update(admin, ada.user_id, status="DISABLED"))["status"] == "DISABLED"
    refresh = {"token": signed_in["refreshToken"]}
    for client, operation, variables in [(ada, ME, {}), (script, ME, {}), (chat.stranger, REFRESH, refresh)]:
        assert (await error_of(client, operation, **variables))[0] == "UNAUTHENTICATED"
    with pytest.raises(GraphQLErrors, match="This account is disabled"):
        await chat.stranger.run(LOGIN, name="ada", password=PASSWORD)

    assert (await update(admin, ada.user_id, status="ACTIVE"))["status"] == "ACTIVE"
    assert await script.run(ME) == {"me": {"username": "ada"}}
    for client, operation, variables in [(ada, ME, {}), (chat.stranger, REFRESH, refresh)]:
        assert (await error_of(client, operation, **variables))[0] == "UNAUTHENTICATED"
    again = (await chat.stranger.run(LOGIN, name="ada", password=PASSWORD))["login"]
    assert await Client(chat.http, chat.origin, again["accessToken"]).run(ME) == {"me": {"username": "ada"}}


async def test_the_live_socket_of_who_is_disabled_closes(chat: Chat, ada: Client, admin: Client) -> None:
    driven = chat.demo.drive("demo")
    reply = (await ada.send("hello"))["reply"]
    call = await driven.next_call()
    async with ada.connect() as socket, admin.connect() as other:
        events = socket.subscribe(WATCH, id=reply["id"], offset=0)
        await call.send("so far")
        assert (await anext(events))["reply"]["text"] == "so far"
        await update(admin, ada.user_id, status="DISABLED")
        async with asyncio.timeout(5):
            with pytest.raises((ConnectionError, GraphQLErrors)):
                await anext(events)
        await asyncio.wait_for(socket.raw.receive(), 5)
        assert (socket.raw.close_code, other.raw.closed) == (4401, False)
    await call.finish()


async def test_the_configuration_is_read_again(sqlite_url: str, tmp_path: Path) -> None:
    personas, config = tmp_path / "personas.yaml", tmp_path / "config.yaml"
    personas.write_text("- {name: A, content: a}\n")
    config.write_text("upload_max_size_bytes: 1000\n")
    async with run_chat(sqlite_url, tmp_path, PERSONAS_FILE=personas, CONFIG=config) as chat:
        admin, ada = await chat.sign_up("admin", UserRole.ADMIN), await chat.sign_up("ada")
        assert (await ada.run(POLICY))["uploadPolicy"]["maxSizeBytes"] == 1000
        personas.write_text("- {name: B, content: b}\n- {name: C, content: c}\n")
        config.write_text("upload_max_size_bytes: 2000\nupload_allowed_extensions: [.PDF, md, pdf]\n")
        policy = {"maxSizeBytes": 2000, "allowedExtensions": ["pdf", "md"], "maxFilesPerMessage": 10}
        assert (await admin.run(RELOAD))["reloadConfig"] == {
            "personas": [{"name": "B", "isDefault": True}, {"name": "C", "isDefault": False}], "uploadPolicy": policy,
        }  # fmt: skip
        assert await ada.run(POLICY) == {"uploadPolicy": policy}


async def test_a_fault_is_told_and_nothing_of_it_is_taken(sqlite_url: str, tmp_path: Path) -> None:
    personas, config = tmp_path / "personas.yaml", tmp_path / "config.yaml"
    good = {personas: "- {name: A, content: a}\n", config: "upload_max_size_bytes: 1000\n"}
    for path, text in good.items():
        path.write_text(text)
    async with run_chat(sqlite_url, tmp_path, PERSONAS_FILE=personas, CONFIG=config) as chat:
        admin = await chat.sign_up("admin", UserRole.ADMIN)
        asked = "{ personas { name } uploadPolicy { maxSizeBytes } }"
        before = await admin.run(asked)
        for path, other, text, fault in [
            (personas, "upload_max_size_bytes: 5\n", "- name: A\n  content: a\n- name: B\n", "personas.yaml:3: "),
            (config, "- {name: Z, content: z}\n", "upload_max_size_bytes: 0\n", "GQL_CHAT_UPLOAD_MAX_SIZE_BYTES: "),
            (config, "- {name: Z, content: z}\n", "a: [\n", f"{config}, line 2: this is not YAML"),
            (config, "- {name: Z, content: z}\n", "upload_allowed_extensions: [../x]\n",
             "GQL_CHAT_UPLOAD_ALLOWED_EXTENSIONS: must be extensions such as pdf, comma-separated"),
        ]:  # fmt: skip
            path.write_text(text)
            (config if path == personas else personas).write_text(other)
            code, message, _ = await error_of(admin, RELOAD)
            assert (code, message.startswith(fault)) == ("BAD_USER_INPUT", True), message
            assert (await admin.run(asked))["uploadPolicy"] == before["uploadPolicy"]
            if path == personas:
                assert await admin.run(asked) == before
            for each, was in good.items():
                each.write_text(was)
            await admin.run(RELOAD)
