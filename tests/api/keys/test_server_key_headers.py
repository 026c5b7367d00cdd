"""HTTP headers of the server's own key: sent with it, sealed with its secret, and to its address only."""

from pathlib import Path
from typing import Any

from gql_chat.keys.models import StoredServerKey
from gql_chat.keys.secret_sealing import reseal_all
from gql_chat.usage.models import Call
from gql_chat.users.models import UserRole
from tests.support.chat import Chat, run_chat
from tests.support.client import Client
from tests.support.demo import DemoServer, Script
from tests.support.refusals import error_of

READ = "{ serverKey { headerNames secretHint source } }"
UPDATE = "mutation ($input: UpdateServerKeyInput!) { updateServerKey(input: $input) { headerNames } }"
RELOAD = "mutation { reloadConfig { serverKey { headerNames } } }"
SECRET, VALUE = "sk-stored-by-an-admin", "azure-secret-that-nobody-may-see"
HEADERS = [{"name": "api-key", "value": VALUE}, {"name": "HTTP-Referer", "value": "https://chat.example, here"}]
NAMES = ["api-key", "HTTP-Referer"]


async def update(client: Client, **fields: Any) -> list[str]:
    """Return the names of the headers after a change."""
    names: list[str] = (await client.run(UPDATE, input=fields))["updateServerKey"]["headerNames"]
    return names


async def sent_to(demo: DemoServer, client: Client) -> dict[str, str]:
    """Send a message and return the headers of the call."""
    demo.script("demo", Script(chunks=("ok",)))
    await client.send("hi", wait=True)
    return dict(demo.requests[-1].headers)


async def test_headers_are_sent_with_the_key_and_never_returned(chat_on_each: Chat) -> None:
    demo, admin = chat_on_each.demo, await chat_on_each.sign_up("admin", UserRole.ADMIN)
    ada = await chat_on_each.sign_up("ada")
    assert (await admin.run(READ))["serverKey"]["headerNames"] == []
    assert await update(admin, secret=SECRET, headers=HEADERS) == NAMES
    headers = await sent_to(demo, ada)
    assert (headers["api-key"], headers["http-referer"]) == (VALUE, "https://chat.example, here")
    assert headers["authorization"] == f"Bearer {SECRET}"
    row = await StoredServerKey.get()
    assert VALUE not in str(vars(row))
    assert await update(admin, secret=f"{SECRET}-2") == NAMES  # they stay
    reply_id = (await ada.send(f"echo {VALUE}", wait=True))["reply"]["id"]
    call = await Call.get(message_id=reply_id)
    assert VALUE not in f"{call.request_messages}{call.response_text}{call.response_data}"
    assert await update(admin, headers=[{"name": "X-Title", "value": "Chat"}]) == ["X-Title"]
    assert await update(admin, headers=[]) == []
    assert not {"api-key", "x-title"} & (await sent_to(demo, ada)).keys()


async def test_headers_stay_with_their_secret_and_address(chat: Chat, admin: Client) -> None:
    refused = await error_of(admin, UPDATE, input={"headers": HEADERS})
    assert refused == (
        "BAD_USER_INPUT", "Headers are stored with the key's secret. Send the secret too.", "input.secret",
    )  # fmt: skip
    assert await update(admin, secret=SECRET, headers=HEADERS) == NAMES
    async with DemoServer() as other:
        moved = {"secret": SECRET, "baseUrl": other.base_url}
        refused = await error_of(admin, UPDATE, input=moved)
        assert refused == (
            "BAD_USER_INPUT", "Another base URL needs the key's headers again. Send the headers too.", "input.headers",
        )  # fmt: skip
        assert await update(admin, **moved, headers=[]) == []
        assert "api-key" not in await sent_to(other, admin)


async def test_a_header_may_be_the_only_credential(chat: Chat, admin: Client) -> None:
    azure = {"secret": "", "baseUrl": "https://name.openai.azure.com/openai/v1", "model": "demo"}
    code, _, field = await error_of(admin, UPDATE, input=azure)
    assert (code, field) == ("BAD_USER_INPUT", "input.secret")
    assert await update(admin, **azure, headers=HEADERS) == NAMES
    assert await update(admin, model="m2") == NAMES
    code, _, field = await error_of(admin, UPDATE, input={"headers": []})
    assert (code, field) == ("BAD_USER_INPUT", "input.secret")
    assert (await admin.run(READ))["serverKey"]["headerNames"] == NAMES


async def test_what_breaks_a_rule_is_named(admin: Client) -> None:
    for header in ({"name": "Authorization", "value": "Bearer x"}, {"name": "X", "value": "a\r\nHost: b"}):
        code, _, field = await error_of(admin, UPDATE, input={"secret": SECRET, "headers": [header]})
        assert (code, field) == ("BAD_USER_INPUT", "input.headers")
    assert (await admin.run(READ))["serverKey"]["source"] == "SETTINGS"


async def test_stored_headers_survive_a_new_master_key(sqlite_url: str, tmp_path: Path) -> None:
    old, new = f"one:{'A' * 43}=", f"two:{'B' * 42}A="
    async with run_chat(sqlite_url, tmp_path, MASTER_KEYS=old) as chat:
        admin = await chat.sign_up("admin", UserRole.ADMIN)
        await update(admin, secret=SECRET, headers=HEADERS)
    async with run_chat(sqlite_url, tmp_path, MASTER_KEYS=f"{new},{old}") as chat:
        assert await reseal_all(chat.services.box) == (1, [])
    async with run_chat(sqlite_url, tmp_path, MASTER_KEYS=new) as chat:
        again = Client(chat.http, chat.origin, admin.token)
        assert (await again.run(READ))["serverKey"] == {
            "headerNames": NAMES, "secretHint": "dmin", "source": "STORED",
        }  # fmt: skip


async def test_headers_of_the_settings_go_to_their_address_only(sqlite_url: str, tmp_path: Path) -> None:
    variable = f"api-key: {VALUE}, X-Title:Chat"
    async with run_chat(sqlite_url, tmp_path, OPENAI_HEADERS=variable) as chat, DemoServer() as other:
        admin = await chat.sign_up("admin", UserRole.ADMIN)
        assert (await admin.run(READ))["serverKey"]["headerNames"] == ["api-key", "X-Title"]
        headers = await sent_to(chat.demo, admin)
        assert (headers["api-key"], headers["x-title"]) == (VALUE, "Chat")
        assert await update(admin, model="demo") == ["api-key", "X-Title"]
        assert await update(admin, secret=SECRET) == ["api-key", "X-Title"]  # it is their address still
        assert (await sent_to(chat.demo, admin))["api-key"] == VALUE
        assert await update(admin, headers=[]) == []  # not even the settings'
        assert "api-key" not in await sent_to(chat.demo, admin)
        await admin.run("mutation { deleteServerKey }")
        moved = {"baseUrl": other.base_url, "secret": SECRET}
        assert (await error_of(admin, UPDATE, input=moved))[2] == "input.headers"
        assert await update(admin, **moved, headers=[{"name": "X-Title", "value": "Other"}]) == ["X-Title"]
        headers = await sent_to(other, admin)
        assert (headers["x-title"], "api-key" in headers) == ("Other", False)


async def test_headers_that_the_settings_get_later_do_not_go_to_a_stored_address(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with DemoServer() as other:
        async with run_chat(sqlite_url, tmp_path) as chat:
            admin = await chat.sign_up("admin", UserRole.ADMIN)
            assert await update(admin, baseUrl=other.base_url, secret=SECRET) == []
        async with run_chat(sqlite_url, tmp_path, OPENAI_HEADERS=f"api-key: {VALUE}") as chat:
            again = Client(chat.http, chat.origin, admin.token)
            assert (await again.run(READ))["serverKey"]["headerNames"] == []
            assert "api-key" not in await sent_to(other, again)


async def test_the_file_of_the_settings_is_read_again(sqlite_url: str, tmp_path: Path) -> None:
    config, nothing = tmp_path / "config.yaml", dict.fromkeys(("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"), "")
    async with DemoServer() as other:
        key = f"openai_api_key: sk-of-the-file\nopenai_base_url: {other.base_url}\nopenai_model: demo\n"
        config.write_text(f'{key}openai_headers:\n  api-key: {VALUE}\n  HTTP-Referer: "https://chat.example, here"\n')
        async with run_chat(sqlite_url, tmp_path, CONFIG=config, **nothing) as chat:
            admin = await chat.sign_up("admin", UserRole.ADMIN)
            assert (await sent_to(other, admin))["http-referer"] == "https://chat.example, here"
            config.write_text(f"{key}openai_headers: ['X-Title: Chat']\n")
            assert (await admin.run(RELOAD))["reloadConfig"]["serverKey"]["headerNames"] == ["X-Title"]
            config.write_text(f"{key}openai_headers: [cookie]\n")
            code, message, _ = await error_of(admin, RELOAD)
            assert (code, message.partition(":")[0]) == ("BAD_USER_INPUT", "GQL_CHAT_OPENAI_HEADERS")
            headers = await sent_to(other, admin)
            assert (headers["x-title"], "api-key" in headers) == ("Chat", False)
