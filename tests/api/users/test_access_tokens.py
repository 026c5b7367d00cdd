"""Personal access tokens: made, used, limited to their scopes and to their time, and ended."""

import asyncio
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from gql_chat.infra import clock
from gql_chat.infra.mail.mailer import Email
from gql_chat.infra.mail.outbox import Outbox
from gql_chat.users.models import AccessToken, Scope, User, UserRole, UserStatus
from tests.support.chat import Chat
from tests.support.client import Client, GraphQLErrors
from tests.support.mailed import SEND, error_of
from tests.support.published import schema_of_clients
from tests.support.stored.rows import all_rows

PASSWORD = "correct horse battery"
ME = "{ me { id } }"
UPDATE = "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { id } }"
CREATE = """mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) {
    token accessToken { id name scopes createdAt expiresAt lastUsedAt } } }"""
REVOKE = "mutation ($id: ID!) { revokeAccessToken(id: $id) }"
LIST = "{ me { accessTokens { id name scopes createdAt expiresAt lastUsedAt } } }"

ANYONE = {
    "Mutation.login", "Mutation.logout", "Mutation.refreshTokens", "Mutation.register", "Mutation.resetPassword",
    "Mutation.revertEmailChange", "Mutation.sendVerificationCode", "Mutation.verifyCode",
}  # fmt: skip
ANY_TOKEN = {"Query.me", "Query.node", "Query.nodes", "Query.canCreateKeys"}
BY_SCOPE = {
    Scope.CHAT: {
        "Query.persona", "Query.personas", "Query.search", "Query.session", "Query.sessions", "Mutation.continueReply",
        "Mutation.createSession", "Mutation.deleteAllSessions", "Mutation.deleteMessage", "Mutation.deleteMessages",
        "Mutation.deleteSessions", "Mutation.editMessage", "Mutation.generateTitle", "Mutation.regenerateReply",
        "Mutation.selectBranch", "Mutation.sendMessage", "Mutation.stopReply", "Mutation.updateSession",
        "Query.changesCursor", "Subscription.changes", "Subscription.reply",
    },
    Scope.KEYS: {
        "Query.defaultKey", "Query.key", "Query.keys", "Mutation.createKey",
        "Mutation.deleteKeys", "Mutation.testKey", "Mutation.updateKey",
    },
    Scope.FILES: {
        "Query.file", "Query.uploadPolicy", "Mutation.completeUploads", "Mutation.createUploads",
        "Mutation.deleteFiles", "Mutation.uploadFile",
    },
    Scope.ACCOUNT: {
        "Query.callLogs", "Query.usage", "Mutation.createAccessToken", "Mutation.deleteAccount",
        "Mutation.redeemActivationCode", "Mutation.revokeAccessToken", "Mutation.setDefaultPersona",
        "Mutation.updatePassword", "Mutation.updateProfile",
    },
    Scope.ADMIN: {
        "Query.callLogs", "Query.usage", "Query.groups", "Query.serverKey", "Query.sharedKeys", "Query.user",
        "Query.users", "Mutation.createGroup", "Mutation.deleteGroups", "Mutation.deleteServerKey",
        "Mutation.reloadConfig", "Mutation.updateGroup", "Mutation.updateServerKey", "Mutation.updateUser",
    },
}  # fmt: skip


async def create(client: Client, *scopes: Scope, name: str = "script", **more: Any) -> dict[str, Any]:
    """Return the payload of a creation."""
    wanted = {"name": name, "scopes": [scope.value for scope in scopes or (Scope.CHAT,)], **more}
    payload: dict[str, Any] = (await client.run(CREATE, input=wanted))["createAccessToken"]
    return payload


async def token_of(client: Client, *scopes: Scope, **more: Any) -> Client:
    """Return the same user by a new token."""
    return Client(client.http, client.origin, (await create(client, *scopes, **more))["token"], client.user_id)


def root_fields(schema: GraphQLSchema) -> dict[str, str]:
    """Return an operation for each root field with the least that it takes; a subscription's has all, so as to end."""
    operations = {}
    for root in (schema.query_type, schema.mutation_type, schema.subscription_type):
        assert root is not None
        for name, field in root.fields.items():
            is_watched = root is schema.subscription_type
            stated = {key: arg for key, arg in field.args.items() if is_watched or is_required_argument(arg)}
            arguments = ", ".join(f"{key}: {literal(argument.type)}" for key, argument in stated.items())
            selection = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
            call = f"{name}({arguments})" if arguments else name
            variables = "($file: Upload!) " if "$file" in call else ""
            operations[f"{root.name}.{name}"] = f"{root.name.lower()} {variables}{{ {call}{selection} }}"
    return operations


def literal(input_type: Any) -> str:
    """Return some value of the type."""
    if isinstance(input_type, GraphQLNonNull):
        return literal(input_type.of_type)
    if isinstance(input_type, GraphQLList):
        return f"[{literal(input_type.of_type)}]"
    if isinstance(input_type, GraphQLEnumType):
        return str(list(input_type.values)[-1])  # the first purpose of a code needs a scope of its own
    if isinstance(input_type, GraphQLInputObjectType):
        fields = list(input_type.fields.items())
        required = [(name, field) for name, field in fields if is_required_input_field(field)]
        chosen = fields[-1:] if input_type.is_one_of else required
        return "{" + ", ".join(f"{name}: {literal(field.type)}" for name, field in chosen) + "}"
    if input_type.name == "Upload":
        return "$file"  # which only a variable can be
    return "1" if input_type.name in ("Int", "BigInt", "Float") else '"nothing"'


async def codes_of(client: Client, operation: str) -> set[str]:
    """Return the codes of the answer's errors."""
    if not operation.startswith("subscription"):
        response = await (client.post_file(operation, "x", "x") if "$file" in operation else client.post(operation))
        return {error["extensions"]["code"] for error in response.get("errors", ())}
    try:
        async with client.connect() as socket:
            async for _ in socket.subscribe(operation):
                break
    except GraphQLErrors as refused:
        return set(refused.codes)
    return set()


def test_each_root_field_is_listed_here_with_its_scope() -> None:
    listed = ANYONE.union(ANY_TOKEN, *BY_SCOPE.values())
    assert root_fields(schema_of_clients()).keys() - listed == set()


@pytest.mark.parametrize("scope", Scope)
async def test_a_token_is_good_for_its_scope_and_nothing_else(chat: Chat, scope: Scope) -> None:
    admin = await chat.sign_up("root", UserRole.ADMIN, "correct horse battery")
    session = await admin.send("hello", wait=True)
    script = await token_of(admin, scope)
    await script.post(ME)  # notes the use, for the next minute
    operations = root_fields(schema_of_clients())
    own = ANY_TOKEN | BY_SCOPE[scope] if scope is not Scope.COMPLETIONS else set()  # which is for OpenAI clients alone
    allowed = operations.keys() & (ANYONE | own)
    before = await all_rows()
    for name in sorted(operations.keys() - allowed):
        assert await codes_of(script, operations[name]) == {"FORBIDDEN"}, name
    assert await all_rows() == before
    for name in sorted(allowed):
        assert not await codes_of(script, operations[name]) & {"FORBIDDEN", "INTERNAL"}, name
    assert session["reply"]["status"] == "COMPLETED"


async def test_several_scopes_add_up(chat: Chat) -> None:
    ada = await chat.sign_up("ada")
    script = await token_of(ada, Scope.KEYS, Scope.CHAT)
    await script.run("{ keys { id } sessions { totalCount } }")
    assert (await error_of(script, LIST))[0] == "FORBIDDEN"


async def test_only_a_token_for_the_account_sees_the_tokens(chat: Chat) -> None:
    ada = await chat.sign_up("ada")
    keys, account = await token_of(ada, Scope.KEYS), await token_of(ada, Scope.ACCOUNT)
    assert (await error_of(keys, LIST))[:2] == ("FORBIDDEN", "This needs a token with the scope ACCOUNT.")
    assert len((await account.run(LIST))["me"]["accessTokens"]) == 2


async def test_what_a_token_reaches_by_id_needs_the_scope_too(chat: Chat) -> None:
    ada = await chat.sign_up("ada")
    sent = await ada.send("hello", wait=True)
    token = (await create(ada, Scope.ACCOUNT))["accessToken"]
    ids = {Scope.CHAT: [sent["session"]["id"], sent["reply"]["id"]], Scope.ACCOUNT: [token["id"]]}
    for scope in (Scope.CHAT, Scope.KEYS, Scope.FILES, Scope.ACCOUNT):
        script = await token_of(ada, scope)
        for needed, some in ids.items():
            for an_id in some:
                codes = await codes_of(script, f'{{ node(id: "{an_id}") {{ id }} }}')
                assert codes == (set() if scope is needed else {"FORBIDDEN"}), (scope, an_id)


async def test_a_token_is_shown_once_and_stored_as_a_hash(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    payload = await create(ada, Scope.KEYS, Scope.CHAT, Scope.KEYS, name=" My script ")
    text, token = payload["token"], payload["accessToken"]
    assert text.startswith("gqlchat_")
    assert len(text) == 51
    assert token | {"id": "", "createdAt": ""} == {
        "id": "", "name": "My script", "scopes": ["CHAT", "KEYS"], "createdAt": "", "expiresAt": None,
        "lastUsedAt": None,
    }  # fmt: skip
    assert text not in str(await all_rows())
    assert (await ada.run(LIST))["me"]["accessTokens"] == [token]
    assert (await Client(ada.http, ada.origin, text).run(ME))["me"]["id"] == ada.user_id


async def test_what_breaks_a_rule_is_named_and_makes_no_token(chat: Chat) -> None:
    ada = await chat.sign_up("ada")
    now = clock.now()
    rules: dict[str, list[Any]] = {
        "name": ["", "  ", "a" * 101, "a\nb", "a\0b"],
        "scopes": [[], ["ADMIN"], ["CHAT", "ADMIN"]],
        "expiresAt": [now.isoformat(), "2020-01-01T00:00:00Z", (now + timedelta(days=3654)).isoformat(),
                      "9998-12-31T23:59:59Z"],
    }  # fmt: skip
    for field, values in rules.items():
        for value in values:
            wanted = {"name": "script", "scopes": ["CHAT"], field: value}
            error = await error_of(ada, CREATE, input=wanted)
            assert (error[0], error[2]) == ("BAD_USER_INPUT", f"input.{field}"), value
    assert await AccessToken.all().count() == 0


async def test_an_admin_who_is_one_no_more_has_no_token_for_what_admins_do(chat: Chat) -> None:
    root = await chat.sign_up("root", UserRole.ADMIN)
    script = await token_of(root, Scope.ADMIN)
    await script.run("{ users { totalCount } }")
    await User.filter(id=root.user_id).update(role=UserRole.USER)
    assert (await error_of(script, "{ users { totalCount } }"))[0] == "FORBIDDEN"


async def test_a_token_makes_no_token_that_is_worth_more(chat: Chat) -> None:
    root = await chat.sign_up("root", UserRole.ADMIN, PASSWORD)
    end = clock.now() + timedelta(hours=1)
    script = await token_of(root, Scope.ACCOUNT, Scope.KEYS, expiresAt=end.isoformat())
    count = await AccessToken.all().count()
    too_late = (end + timedelta(microseconds=1)).isoformat()
    worth_more: list[tuple[dict[str, Any], str]] = [
        ({"scopes": ["CHAT"]}, "scopes"),
        ({"scopes": ["KEYS", "ADMIN"]}, "scopes"),
        ({"scopes": ["KEYS"]}, "expiresAt"),
        ({"scopes": ["KEYS"], "expiresAt": too_late}, "expiresAt"),
    ]
    for wanted, field in worth_more:
        error = await error_of(script, CREATE, input={"name": "child", **wanted})
        assert (error[0], error[2]) == ("BAD_USER_INPUT", f"input.{field}"), wanted
    assert await AccessToken.all().count() == count
    child = await token_of(script, Scope.KEYS, expiresAt=end.isoformat(), currentPassword=PASSWORD)
    await child.run("{ keys { id } }")


async def test_a_token_makes_another_only_with_the_password(chat: Chat) -> None:
    ada = await chat.sign_up("ada", password=PASSWORD)
    script = await token_of(ada, Scope.ACCOUNT)
    await script.run(ME)
    before = await all_rows()
    missing = "This change needs your current password. Send it too."
    for given, message in (({}, missing), ({"currentPassword": None}, missing),
                           ({"currentPassword": "wrong"}, "This is not your password.")):  # fmt: skip
        error = await error_of(script, CREATE, input={"name": "child", "scopes": ["ACCOUNT"], **given})
        assert error == ("BAD_USER_INPUT", message, "input.currentPassword")
    assert await all_rows() == before
    await token_of(script, Scope.ACCOUNT, currentPassword=PASSWORD)


async def test_a_token_for_the_account_does_not_become_an_admins_by_another_address(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted: list[Email | None] = []
    monkeypatch.setattr(Outbox, "enqueue", lambda outbox, email: posted.append(email))
    root = await chat.sign_up("root", UserRole.ADMIN, PASSWORD)
    thief = await token_of(root, Scope.ACCOUNT)
    mine = "thief@example.com"
    await thief.run(SEND, login=mine, purpose="EMAIL_CHANGE")
    assert posted[-1] is not None
    code = re.findall(r"\b[0-9]{6}\b", posted[-1].text)[0]
    before = await all_rows()
    for given in ({}, {"currentPassword": "wrong"}):
        for wanted in ({"email": mine, "emailCode": code}, {"username": "thief"}):
            error = await error_of(thief, UPDATE, input={**wanted, **given})
            assert (error[0], error[2]) == ("BAD_USER_INPUT", "input.currentPassword")
    assert await all_rows() == before
    await thief.run(SEND, login=mine, purpose="PASSWORD_RESET")
    assert posted[-1] is None


async def test_a_token_says_that_it_has_expired(chat_on_each: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await chat_on_each.sign_up("ada")
    end = clock.now() + timedelta(minutes=5)
    payload = await create(ada, expiresAt=end.isoformat())
    assert datetime.fromisoformat(payload["accessToken"]["expiresAt"]) == end
    script = Client(ada.http, ada.origin, payload["token"])
    monkeypatch.setattr(clock, "now", lambda: end - timedelta(microseconds=1))
    await script.run(ME)
    monkeypatch.setattr(clock, "now", lambda: end)
    assert await error_of(script, ME) == ("TOKEN_EXPIRED", "The access token has expired; create another.", None)


async def test_a_revoked_token_is_good_for_nothing_at_once(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    payload, other = await create(ada), await token_of(ada)
    script = Client(ada.http, ada.origin, payload["token"])
    token_id = payload["accessToken"]["id"]
    await script.run(ME)
    assert await ada.run(REVOKE, id=token_id) == {"revokeAccessToken": token_id}
    assert await error_of(script, ME) == ("UNAUTHENTICATED", "The access token is not valid; create another.", None)
    assert await error_of(ada, REVOKE, id=token_id) == ("NOT_FOUND", "There is no such token.", None)
    await other.run(ME)


async def test_nobody_revokes_what_is_no_token_of_theirs(chat: Chat) -> None:
    ada, bob = await chat.sign_up("ada"), await chat.sign_up("bob")
    token_id = (await create(ada))["accessToken"]["id"]
    before = await all_rows()
    [sign_in, _] = before["SignIn"]
    for an_id in (token_id, sign_in["id"], "nothing", "tok_\0"):
        assert (await error_of(bob, REVOKE, id=an_id))[0] == "NOT_FOUND"
    assert await all_rows() == before


async def test_a_token_can_end_itself(chat: Chat) -> None:
    ada = await chat.sign_up("ada")
    payload = await create(ada, Scope.ACCOUNT)
    script = Client(ada.http, ada.origin, payload["token"])
    await script.run(REVOKE, id=payload["accessToken"]["id"])
    assert (await error_of(script, ME))[0] == "UNAUTHENTICATED"


async def test_a_disabled_users_token_rests(chat: Chat) -> None:
    ada = await chat.sign_up("ada")
    script = await token_of(ada)
    await User.filter(id=ada.user_id).update(status=UserStatus.DISABLED)
    assert await error_of(script, ME) == ("UNAUTHENTICATED", "The access token is not valid; create another.", None)


async def test_what_is_no_token_is_not_valid(chat: Chat) -> None:
    ada = await chat.sign_up("ada")
    text = (await create(ada))["token"]
    for junk in (
        "gqlchat_",
        "gqlchat_x",
        text[:-1],
        text + "A",
        text.upper(),
        "gqlchat_\N{FULLWIDTH LATIN SMALL LETTER A}",
    ):
        client = Client(chat.http, chat.origin, junk)
        assert (await error_of(client, ME))[0] == "UNAUTHENTICATED", junk


async def test_a_use_is_noted_once_a_minute(chat_on_each: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await chat_on_each.sign_up("ada")
    script = await token_of(ada)
    start = clock.now().replace(microsecond=0)

    async def noted_after(seconds: int) -> datetime | None:
        monkeypatch.setattr(clock, "now", lambda: start + timedelta(seconds=seconds))
        await asyncio.gather(*[script.run(ME) for _ in range(3)])
        return (await AccessToken.get()).last_used_at

    assert await noted_after(0) == start
    assert await noted_after(59) == start
    assert await noted_after(60) == start + timedelta(seconds=60)
    assert await noted_after(61) == start + timedelta(seconds=60)


async def test_a_use_is_noted_of_the_token_that_was_used(ada: Client) -> None:
    script = await token_of(ada)
    await token_of(ada)
    await script.run(ME)
    assert await AccessToken.filter(last_used_at=None).count() == 1


async def test_no_more_than_fifty_however_many_are_asked_for_at_once(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    for _ in range(45):
        await create(ada)
    wanted = {"name": "script", "scopes": ["CHAT"]}
    answers = await asyncio.gather(*[ada.post(CREATE, input=wanted) for _ in range(12)])
    refused = [answer["errors"][0]["extensions"]["code"] for answer in answers if "errors" in answer]
    assert refused == ["QUOTA_EXCEEDED"] * 7
    assert await AccessToken.all().count() == 50
    await create(bob)
    [oldest, *_] = (await ada.run(LIST))["me"]["accessTokens"]
    await ada.run(REVOKE, id=oldest["id"])
    await create(ada)
