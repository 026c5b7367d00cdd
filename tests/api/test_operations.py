"""The operations that the project publishes for clients to copy, each run against a real server."""

from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    parse,
    specified_rules,
    validate,
)

from gql_chat.infra.ids import new_id
from gql_chat.users.models import UserRole
from gql_chat.users.passwords.hashing import Passwords
from tests.support.chat import Chat
from tests.support.client import Client, GraphQLErrors, Screen
from tests.support.demo import Script
from tests.support.published import FRAGMENTS, OPERATIONS, read_operation, schema_of_clients

CONTRACT = Path(__file__).with_name("contract.graphql")
ACCOUNT = {"username": "ada", "email": "ada@example.com", "password": "correct horse battery"}
NEW_PASSWORD = "staple of another kind"
CODE = "123456"  # what a mailbox would hold


@dataclass
class Tour:
    """Runs published operations by the names of their files, and notes which."""

    client: Client
    used: set[str] = field(default_factory=set)

    async def run(self, name: str, /, **variables: Any) -> Any:
        """Return the answer of a query's or mutation's only root field, or of all of them by name."""
        data = await self.client.run(self._source(name), **variables)
        return next(iter(data.values())) if len(data) == 1 else data

    async def upload(self, name: str, /, content: str, filename: str, **variables: Any) -> Any:
        """Return the same of a mutation whose variable `file` is this file."""
        response = await self.client.post_file(self._source(name), content, filename, **variables)
        return next(iter(response["data"].values()))

    async def watch(self, name: str, /, **variables: Any) -> Screen:
        """Return what a page shows when a reply's subscription has ended."""
        screen = Screen()
        async with self.client.connect() as socket:
            async for data in socket.subscribe(self._source(name), **variables):
                screen.take(data["reply"])
        return screen

    async def next_change(self, after: str) -> Any:
        """Return the first event of the log after a cursor."""
        source = self._source("Changes")
        async with self.client.connect() as socket, aclosing(socket.subscribe(source, after=after)) as events:
            return (await anext(events))["changes"]

    def _source(self, name: str) -> str:
        self.used.add(name)
        return read_operation(next(file for file in OPERATIONS if file.stem == name))


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """Return the schema as clients read it."""
    return schema_of_clients()


def operation_of(file: Path) -> OperationDefinitionNode:
    """Return the only operation of a file."""
    [definition] = parse(file.read_text(encoding="utf-8")).definitions
    assert isinstance(definition, OperationDefinitionNode)
    return definition


@pytest.mark.parametrize("file", OPERATIONS, ids=lambda file: file.stem)
def test_a_file_holds_one_valid_operation_of_its_name_and_says_what_for(file: Path, schema: GraphQLSchema) -> None:
    definition = operation_of(file)
    assert definition.name is not None
    assert definition.name.value == file.stem
    assert file.read_text(encoding="utf-8").startswith("# ")
    assert validate(schema, parse(read_operation(file)), specified_rules) == []


@pytest.mark.parametrize("file", FRAGMENTS, ids=lambda file: file.stem)
def test_a_file_holds_one_fragment_of_its_name_that_operations_spread(file: Path) -> None:
    [definition] = parse(file.read_text(encoding="utf-8")).definitions
    assert isinstance(definition, FragmentDefinitionNode)
    assert definition.name.value == file.stem
    assert file.read_text(encoding="utf-8").startswith("# ")
    assert any(f"...{file.stem}\n" in operation.read_text(encoding="utf-8") for operation in OPERATIONS)


def test_there_is_an_operation_for_everything_that_a_client_does() -> None:
    contract = build_schema(CONTRACT.read_text(encoding="utf-8"))
    roots = (contract.query_type, contract.mutation_type, contract.subscription_type)
    promised = {name for root in roots if root for name in root.fields}
    selections = [selection for file in OPERATIONS for selection in operation_of(file).selection_set.selections]
    published = {selection.name.value for selection in selections if isinstance(selection, FieldNode)}
    assert promised - published == set()


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gql_chat.server.services.Passwords", partial(Passwords, cost=4))


async def test_every_published_operation_works(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gql_chat.users.codes.secrets.randbelow", lambda below: int(CODE))
    tour = Tour(chat.stranger)
    await sign_in(tour)
    await manage_keys(tour, chat)
    await read_personas(tour)
    await manage_sessions(tour)
    await use_files(tour)
    await talk(tour, chat)
    await read_the_ledger(tour)
    await name_a_session(tour)
    await follow_changes(tour)
    await keep_account(tour)
    await administer(tour, chat)
    await reset_password(tour)
    await sign_out(tour)
    await leave(tour)
    assert tour.used == {file.stem for file in OPERATIONS}


async def sign_in(tour: Tour) -> None:
    registered = await tour.run("Register", input=ACCOUNT)
    login = await tour.run("Login", input={"login": "ada@example.com", "password": ACCOUNT["password"]})
    assert (
        login["user"] == registered["user"] == {"id": login["user"]["id"], "username": "ada", "email": ACCOUNT["email"]}
    )
    tokens = await tour.run("RefreshTokens", refreshToken=login["refreshToken"])
    tour.client.token, tour.client.user_id = tokens["accessToken"], login["user"]["id"]
    me = await tour.run("Me")
    assert (me["username"], me["role"], me["status"], me["groups"], me["accessTokens"]) == (
        "ada",
        "USER",
        "ACTIVE",
        [],
        [],
    )
    assert (await tour.run("Node", id=tour.client.user_id))["username"] == "ada"


async def manage_keys(tour: Tour, chat: Chat) -> None:
    draft = {"name": "Work", "secret": "sk-0123456789abcd", "model": "demo", "baseUrl": chat.demo.base_url}
    tested = await tour.run("TestKey", input={"key": draft})
    assert (tested["ok"], tested["models"], tested["error"]) == (True, ["demo", "demo-reasoning"], None)
    created = await tour.run("CreateKey", input=draft | {"parameters": {"temperature": 0.5}})
    assert (created["secretHint"], created["parameters"]["temperature"]) == ("abcd", 0.5)
    updated = await tour.run("UpdateKey", input={"id": created["id"], "model": "gpt-99"})
    assert (updated["model"], updated["parameters"]) == ("gpt-99", created["parameters"])
    failed = await tour.run("TestKey", input={"id": created["id"]})
    assert (failed["ok"], failed["error"]["code"]) == (False, "MODEL_NOT_FOUND")
    assert await tour.run("FindKey", by={"name": "Work"}) == {"id": created["id"], "name": "Work", "model": "gpt-99"}
    keys = await tour.run("Keys")
    assert [key["name"] for key in keys["keys"]] == ["Work"]
    assert (keys["defaultKey"], keys["canCreateKeys"]) == ({"id": created["id"]}, True)
    assert await tour.run("DeleteKeys", ids=[created["id"]]) == [created["id"]]


async def read_personas(tour: Tour) -> None:
    personas = await tour.run("Personas")
    assert [persona["isDefault"] for persona in personas] == [True] + [False] * (len(personas) - 1)
    assert await tour.run("Persona", name=personas[1]["name"]) == personas[1]


async def manage_sessions(tour: Tour) -> None:
    session_id = new_id("ses")
    for _ in range(2):
        created = await tour.run("CreateSession", input={"id": session_id, "title": "Plans", "persona": "Writer"})
        assert (created["id"], created["title"], created["persona"]) == (session_id, "Plans", {"name": "Writer"})
    updated = await tour.run("UpdateSession", input={"id": session_id, "pinned": True, "persona": None})
    assert (updated["title"], updated["pinned"], updated["persona"]) == ("Plans", True, {"name": "Assistant"})
    await tour.run("CreateSession", input={})
    page = await tour.run("Sessions", first=1)
    assert ([node["title"] for node in page["nodes"]], page["totalCount"]) == ([""], 2)
    page = await tour.run("Sessions", after=page["pageInfo"]["endCursor"], filter={"pinned": True})
    assert [node["title"] for node in page["nodes"]] == ["Plans"]
    assert await tour.run("DeleteSessions", ids=[session_id]) == [session_id]


async def use_files(tour: Tour) -> None:
    session_id = (await tour.run("CreateSession", input={}))["id"]
    notes = await tour.upload("UploadFile", "hello", "notes.txt", sessionId=session_id)
    assert (notes["name"], notes["status"], notes["failure"]) == ("notes.txt", "READY", None)
    [target] = await tour.run("CreateUploads", sessionId=session_id, files=[{"name": "more.txt", "sizeBytes": 4}])
    async with tour.client.http.request(
        target["method"], target["url"], data=b"more", headers=target["headers"]
    ) as response:
        assert response.ok
    [more] = await tour.run("CompleteUploads", fileIds=[target["file"]["id"]])
    assert (more["status"], more["sizeBytes"]) == ("READY", 4)
    attached = {"text": "Look", "sessionId": session_id, "attachments": [{"fileId": notes["id"]}], "wait": True}
    await tour.run("SendMessage", input=attached)
    session = await tour.run("Session", id=session_id)
    assert [file["name"] for file in session["files"]] == ["notes.txt", "more.txt"]
    assert session["messages"]["nodes"][0]["parts"][1]["file"]["id"] == notes["id"]
    assert (await tour.run("Node", id=notes["id"]))["name"] == "notes.txt"
    assert (await tour.run("File", id=notes["id"]))["sessionId"] == session_id
    assert await tour.run("DeleteFiles", ids=[notes["id"], more["id"]]) == [notes["id"], more["id"]]


async def talk(tour: Tour, chat: Chat) -> None:
    chat.demo.script("demo", Script(chunks=("Hel", "lo 🌍"), reasoning=("Hm",)))
    sent = await tour.run("SendMessage", input={"text": "Say hello", "idempotencyKey": "1"})
    shown = await tour.watch("WatchReply", messageId=sent["reply"]["id"])
    assert (shown.text, shown.reasoning, shown.final and shown.final["status"]) == ("Hello 🌍", "Hm", "COMPLETED")
    session_id = sent["session"]["id"]
    asked = await tour.run("Ask", text="Again", sessionId=session_id)
    assert (asked["reply"]["text"], asked["reply"]["status"]) == ("Hello 🌍", "COMPLETED")
    session = await tour.run("Session", id=session_id)
    assert [message["text"] for message in session["messages"]["nodes"]] == [
        "Say hello",
        "Hello 🌍",
        "Again",
        "Hello 🌍",
    ]
    assert (await tour.run("Node", id=sent["reply"]["id"]))["text"] == "Hello 🌍"
    found = await tour.run("Search", query="AGAIN")
    assert ([message["text"] for message in found["nodes"]], found["totalCount"]) == (["Again"], 1)
    await branch(tour, session["messages"]["nodes"])
    shown = await tour.run("DeleteMessage", id=session["messages"]["nodes"][2]["id"])
    assert (shown["messageCount"], shown["messages"]["nodes"][-1]["text"]) == (5, "Hello 🌍")
    assert await tour.run("DeleteMessages", sessionId=session_id) == 5
    driven = chat.demo.drive("demo")
    stuck = await tour.run("SendMessage", input={"text": "Go on", "sessionId": session_id})
    await driven.next_call()
    stopped = await tour.run("StopReply", messageId=stuck["reply"]["id"])
    assert (stopped["status"], stopped["text"]) == ("STOPPED", "")
    chat.demo.script("demo", Script(chunks=("Gone on",)))
    going_on = await tour.run("ContinueReply", messageId=stuck["reply"]["id"])
    assert (going_on["reply"]["id"], going_on["reply"]["status"]) == (stuck["reply"]["id"], "STREAMING")
    assert (await tour.watch("WatchReply", messageId=stuck["reply"]["id"])).text == "Gone on"


async def branch(tour: Tour, nodes: list[dict[str, Any]]) -> None:
    """Make two branches more beside a selected one of four messages, which then is selected again."""
    edited = await tour.run("EditMessage", input={"messageId": nodes[2]["id"], "text": "Otherwise", "wait": True})
    assert (edited["userMessage"]["siblingIds"][0], edited["reply"]["text"]) == (nodes[2]["id"], "Hello 🌍")
    another = await tour.run("RegenerateReply", messageId=nodes[1]["id"])
    assert another["reply"]["siblingIds"] == [nodes[1]["id"], another["reply"]["id"]]
    await tour.watch("WatchReply", messageId=another["reply"]["id"])
    selected = (await tour.run("SelectBranch", messageId=nodes[2]["id"]))["messages"]["nodes"]
    assert [node["id"] for node in selected] == [node["id"] for node in nodes]


async def read_the_ledger(tour: Tour) -> None:
    page = await tour.run("CallLogs", first=1, filter={"purpose": "REPLY"})
    [call] = page["nodes"]
    assert (call["responseText"], call["status"], call["model"]) == ("Gone on", "SUCCESS", "demo")
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (7, True)
    assert (await tour.run("Node", id=call["id"]))["responseText"] == "Gone on"
    usage = await tour.run("Usage", groupBy=["MODEL"], timeZone="Asia/Shanghai")
    assert {bucket["model"]: bucket["calls"] for bucket in usage} == {"demo": page["totalCount"] + 1, "gpt-99": 2}


async def name_a_session(tour: Tour) -> None:
    sent = await tour.run("Ask", text="Count to 3.")
    titled = await tour.run("GenerateTitle", sessionId=sent["session"]["id"])
    assert titled["title"] == "Gone on"  # which is all that the model says by now
    await tour.run("DeleteSessions", ids=[sent["session"]["id"]])


async def follow_changes(tour: Tour) -> None:
    cursor = await tour.run("ChangesCursor")
    session = await tour.run("CreateSession", input={"title": "Seen elsewhere"})
    event = await tour.next_change(cursor)
    assert (event["__typename"], event["session"]["title"]) == ("SessionChanged", "Seen elsewhere")
    await tour.run("DeleteSessions", ids=[session["id"]])
    event = await tour.next_change(event["cursor"])
    assert (event["__typename"], event["ids"]) == ("SessionsDeleted", [session["id"]])


async def keep_account(tour: Tour) -> None:
    updated = await tour.run("UpdateProfile", input={"nickname": "Countess", "phone": None})
    assert (updated["username"], updated["nickname"], updated["phone"]) == ("ada", "Countess", None)
    assert (await tour.run("SetDefaultPersona", name="Writer"))["defaultPersona"] == {"name": "Writer"}
    created = await tour.run("CreateAccessToken", input={"name": "script", "scopes": ["CHAT"]})
    assert (await tour.run("Me"))["accessTokens"] == [created["accessToken"]]
    token_id = created["accessToken"]["id"]
    assert await tour.run("RevokeAccessToken", id=token_id) == token_id
    passwords = {"currentPassword": ACCOUNT["password"], "newPassword": NEW_PASSWORD}
    tour.client.token = (await tour.run("UpdatePassword", input=passwords))["accessToken"]


async def reset_password(tour: Tour) -> None:
    asked = {"login": ACCOUNT["email"], "purpose": "PASSWORD_RESET"}
    assert (await tour.run("SendVerificationCode", input=asked))["sent"] is True
    assert await tour.run("VerifyCode", input=asked | {"code": CODE}) is True
    reset = {"login": ACCOUNT["email"], "code": CODE, "newPassword": NEW_PASSWORD}
    assert await tour.run("ResetPassword", input=reset) is True
    with pytest.raises(GraphQLErrors) as refused:
        await tour.run("RevertEmailChange", code="of a change that there was not")
    assert refused.value.codes == ["CODE_INVALID"]
    tour.client.token = (await tour.run("Login", input={"login": "ada", "password": NEW_PASSWORD}))["accessToken"]


async def administer(tour: Tour, chat: Chat) -> None:
    ada, tour.client = tour.client, await chat.sign_up("boss", UserRole.ADMIN)
    page = await tour.run("Users", search="COUNT")
    found = await tour.run("FindUser", by={"id": page["nodes"][0]["id"]})
    assert found["username"] == page["nodes"][0]["username"]
    assert ([node["id"] for node in page["nodes"]], page["totalCount"]) == ([ada.user_id], 1)
    for role in ("ADMIN", "USER"):
        assert (await tour.run("UpdateUser", input={"id": ada.user_id, "role": role}))["role"] == role
    created = await tour.run("CreateGroup", input={"name": "Team"})
    group = await tour.run("UpdateGroup", input={"id": created["id"], "monthlyTokenQuota": 1_000_000})
    draft = {"name": "Shared", "secret": "sk-0123456789abcd", "model": "demo", "baseUrl": chat.demo.base_url}
    key = await tour.run("CreateKey", input=draft | {"groupId": group["id"]})
    [shared] = await tour.run("SharedKeys")
    assert (shared["id"], shared["group"]) == (key["id"], {"id": group["id"], "name": "Team"})
    boss, tour.client = tour.client, ada
    joined = await tour.run("RedeemActivationCode", code=group["activationCode"].lower())
    assert (joined["id"], joined["monthlyTokenQuota"], joined["memberCount"]) == (group["id"], 1_000_000, 1)
    policy = await tour.run("UploadPolicy")
    tour.client = boss
    assert [(group["name"], group["memberCount"]) for group in await tour.run("Groups")] == [("Team", 1)]
    assert await tour.run("DeleteGroups", ids=[group["id"]]) == [group["id"]]
    assert (await tour.run("ReloadConfig"))["uploadPolicy"] == policy
    stored = await tour.run("UpdateServerKey", input={"secret": "sk-0123456789wxyz", "model": "demo"})
    assert (stored["secretHint"], stored["source"]) == ("wxyz", "STORED")
    assert await tour.run("ServerKey") == stored
    assert await tour.run("DeleteServerKey") is True
    assert (await tour.run("ServerKey"))["source"] == "SETTINGS"
    tour.client = ada


async def sign_out(tour: Tour) -> None:
    assert await tour.run("DeleteAllSessions") == 3
    tokens = await tour.run("Login", input={"login": "ada", "password": NEW_PASSWORD})
    assert await tour.run("Logout", refreshToken=tokens["refreshToken"], everywhere=True) is True


async def leave(tour: Tour) -> None:
    tour.client.token = (await tour.run("Login", input={"login": "ada", "password": NEW_PASSWORD}))["accessToken"]
    assert await tour.run("DeleteAccount", password=NEW_PASSWORD) is True
