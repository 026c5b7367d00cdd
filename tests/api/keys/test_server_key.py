"""The server's own key at run time: stored by admins, sealed, in force at once, with the settings behind it."""

from pathlib import Path
from typing import Any

from gql_chat.infra.crypto import SecretBox
from gql_chat.keys.models import StoredServerKey
from gql_chat.keys.secret_sealing import reseal_all
from gql_chat.usage.models import Call
from gql_chat.users.models import UserRole
from tests.support.chat import Chat, run_chat
from tests.support.client import Client
from tests.support.demo import DemoServer, Script
from tests.support.refusals import error_of

FIELDS = "{ baseUrl model secretHint parameters { temperature maxTokens } source updatedAt }"
READ = f"{{ serverKey {FIELDS} }}"
UPDATE = f"mutation ($input: UpdateServerKeyInput!) {{ updateServerKey(input: $input) {FIELDS} }}"
DELETE = "mutation { deleteServerKey }"
RELOAD = f"mutation {{ reloadConfig {{ serverKey {FIELDS} }} }}"
NOTHING = dict.fromkeys(("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"), "")
SECRET = "sk-stored-by-an-admin"
FIRST = ("BAD_USER_INPUT", "There is no server key yet: send secret, baseUrl and model.")


async def update(client: Client, **fields: Any) -> dict[str, Any]:
    """Return the key after a change, without the time."""
    key: dict[str, Any] = (await client.run(UPDATE, input=fields))["updateServerKey"]
    return {name: value for name, value in key.items() if name != "updatedAt"}


async def read(client: Client) -> dict[str, Any] | None:
    """Return the key in force, without the time."""
    key = (await client.run(READ))["serverKey"]
    return key and {name: value for name, value in key.items() if name != "updatedAt"}


def shown(base_url: str, model: str, hint: str, source: str, **parameters: Any) -> dict[str, Any]:
    """Return a key as admins see it."""
    parameters = {"temperature": None, "maxTokens": None, **parameters}
    return {"baseUrl": base_url, "model": model, "secretHint": hint, "parameters": parameters, "source": source}


async def called(demo: DemoServer, client: Client, **fields: Any) -> tuple[str, dict[str, Any]]:
    """Send, and return the secret and the body of the call."""
    for model in ("demo", "m2", "m3"):
        demo.script(model, Script(chunks=("ok",)))
    await client.send("hi", wait=True, **fields)
    request = demo.requests[-1]
    return request.headers["authorization"].removeprefix("Bearer "), request.body


async def test_a_stored_key_is_in_force_at_once_and_the_settings_behind_it(chat_on_each: Chat) -> None:
    demo, admin = chat_on_each.demo, await chat_on_each.sign_up("admin", UserRole.ADMIN)
    ada = await chat_on_each.sign_up("ada")
    settings = shown(demo.base_url, "demo", "ests", "SETTINGS")
    assert await read(admin) == settings
    assert await update(admin, model=" m2 ") == settings | {"model": "m2", "source": "STORED"}
    secret, body = await called(demo, ada)
    assert (secret, body["model"]) == ("sk-server-key-of-tests", "m2")
    expected = shown(demo.base_url, "m2", "dmin", "STORED", temperature=0.5, maxTokens=70)
    assert await update(admin, secret=SECRET, parameters={"temperature": 0.5, "maxTokens": 70}) == expected
    assert await read(admin) == expected
    secret, body = await called(demo, ada, parameters={"maxTokens": 500, "temperature": 0.1})
    assert (secret, body["model"], body["temperature"], body["max_tokens"]) == (SECRET, "m2", 0.1, 70)
    assert (await update(admin, parameters=None))["parameters"] == {"temperature": None, "maxTokens": None}
    row = await StoredServerKey.get()
    assert SECRET not in str(vars(row))
    assert {call.is_server_key for call in await Call.all()} == {True}
    assert (await admin.run(DELETE), await admin.run(DELETE)) == ({"deleteServerKey": True}, {"deleteServerKey": False})
    assert (await read(admin), await StoredServerKey.all().count()) == (settings, 0)
    assert (await called(demo, ada))[0] == "sk-server-key-of-tests"


async def test_another_address_needs_the_secret_again(chat: Chat, admin: Client) -> None:
    async with DemoServer() as other:
        refused = (
            "BAD_USER_INPUT", "Another base URL needs the key's secret again. Send the secret too.", "input.secret",
        )  # fmt: skip
        assert await error_of(admin, UPDATE, input={"baseUrl": other.base_url}) == refused
        stored = await update(admin, baseUrl=f"{other.base_url}/", secret=SECRET)
        assert stored == shown(other.base_url, "demo", "dmin", "STORED")
        assert (await called(other, await chat.sign_up("ada")))[0] == SECRET
        assert await error_of(admin, UPDATE, input={"baseUrl": chat.demo.base_url}) == refused  # that of the settings
        assert await update(admin, baseUrl=other.base_url, model="m2") == stored | {"model": "m2"}
        assert chat.demo.requests == []


async def test_the_settings_own_address_is_trusted_and_no_other_private_one(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, ALLOWED_NETWORKS="192.0.2.0/24") as chat, DemoServer() as other:
        admin = await chat.sign_up("admin", UserRole.ADMIN)
        code, _, field = await error_of(admin, UPDATE, input={"baseUrl": other.base_url, "secret": SECRET})
        assert (code, field) == ("BAD_USER_INPUT", "input.baseUrl")
        assert (await update(admin, baseUrl=chat.demo.base_url, secret=SECRET))["secretHint"] == "dmin"
        assert (await called(chat.demo, admin))[0] == SECRET


async def test_without_a_key_of_the_settings_the_first_one_needs_all(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, DEMO_MODEL="off", **NOTHING) as chat:
        admin, ada = await chat.sign_up("admin", UserRole.ADMIN), await chat.sign_up("ada")
        assert await read(admin) is None
        whole = {"secret": SECRET, "baseUrl": chat.demo.base_url, "model": "m2"}
        for name in whole:
            rest = {other: value for other, value in whole.items() if other != name}
            assert await error_of(admin, UPDATE, input=rest) == (*FIRST, f"input.{name}")
        assert await error_of(admin, UPDATE, input={}) == (*FIRST, "input.secret")
        assert await update(admin, **whole) == shown(chat.demo.base_url, "m2", "dmin", "STORED")
        assert (await called(chat.demo, ada))[0] == SECRET
        assert (await ada.run("{ sessions { nodes { model } } }"))["sessions"]["nodes"] == [{"model": "m2"}]
        await admin.run(DELETE)
        assert (await error_of(ada, 'mutation { sendMessage(input: {text: "hi"}) { reply { id } } }'))[0] == (
            "KEY_REQUIRED"
        )


async def test_the_demo_model_is_not_changed_but_replaced(sqlite_url: str, tmp_path: Path) -> None:
    async with run_chat(sqlite_url, tmp_path, **NOTHING) as chat:
        admin = await chat.sign_up("admin", UserRole.ADMIN)
        demo = await read(admin)
        assert demo is not None
        assert (demo["model"], demo["secretHint"], demo["source"]) == ("demo", "", "SETTINGS")
        assert await error_of(admin, UPDATE, input={"model": "m2"}) == (*FIRST, "input.secret")
        await update(admin, secret=SECRET, baseUrl=chat.demo.base_url, model="m2")
        assert (await called(chat.demo, admin))[0] == SECRET
        await admin.run(DELETE)
        assert await read(admin) == demo


async def test_a_stored_key_survives_a_restart_and_a_new_master_key(sqlite_url: str, tmp_path: Path) -> None:
    old, new = f"one:{'A' * 43}=", f"two:{'B' * 42}A="
    async with run_chat(sqlite_url, tmp_path, MASTER_KEYS=old) as chat:
        admin = await chat.sign_up("admin", UserRole.ADMIN)
        base_url = chat.demo.base_url
        await update(admin, secret=SECRET, model="m2")
    async with run_chat(sqlite_url, tmp_path, MASTER_KEYS=f"{new},{old}") as chat:
        expected = shown(base_url, "m2", "dmin", "STORED")
        assert await read(Client(chat.http, chat.origin, admin.token)) == expected
        box: SecretBox = chat.services.box
        assert await reseal_all(box) == (1, [])
    async with run_chat(sqlite_url, tmp_path, MASTER_KEYS=new) as chat:
        assert await read(Client(chat.http, chat.origin, admin.token)) == expected
    async with run_chat(sqlite_url, tmp_path, MASTER_KEYS=old) as chat:  # which does not open it
        again = Client(chat.http, chat.origin, admin.token)
        assert await read(again) is None  # and nothing else is used in its place
        assert (await error_of(again, 'mutation { sendMessage(input: {text: "hi"}) { reply { id } } }'))[0] == (
            "KEY_REQUIRED"
        )
        await again.run(DELETE)
        assert await read(again) == shown(chat.demo.base_url, "demo", "ests", "SETTINGS")


async def test_the_file_of_the_settings_is_read_again(sqlite_url: str, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    async with DemoServer() as other:
        one = f"openai_api_key: sk-of-the-file-one\nopenai_base_url: {other.base_url}\nopenai_model: demo\n"
        config.write_text(one)
        async with run_chat(sqlite_url, tmp_path, CONFIG=config, **NOTHING) as chat:
            admin = await chat.sign_up("admin", UserRole.ADMIN)
            assert (await called(other, admin))[0] == "sk-of-the-file-one"
            config.write_text(one.replace("-one", "-two").replace("model: demo", "model: m2"))
            reloaded = (await admin.run(RELOAD))["reloadConfig"]["serverKey"]
            assert (reloaded["model"], reloaded["secretHint"], reloaded["source"]) == ("m2", "-two", "SETTINGS")
            assert (await called(other, admin))[0] == "sk-of-the-file-two"
            await update(admin, model="m3")  # precedes the file, and only as far as it goes
            config.write_text(one.replace("-one", "-three").replace("model: demo", "model: m2"))
            await admin.run(RELOAD)
            secret, body = await called(other, admin)
            assert (secret, body["model"]) == ("sk-of-the-file-three", "m3")
            config.write_text("openai_model: demo\n")
            code, message, _ = await error_of(admin, RELOAD)
            assert (code, message.partition(":")[0]) == ("BAD_USER_INPUT", "GQL_CHAT_OPENAI_API_KEY")
            assert (await called(other, admin))[0] == "sk-of-the-file-three"
            config.write_text("")
            assert (await admin.run(RELOAD))["reloadConfig"] == {"serverKey": None}


async def test_a_key_is_not_lent_to_strangers_by_mistake(sqlite_url: str, tmp_path: Path) -> None:
    whole = {"secret": SECRET, "baseUrl": "https://api.example.com/v1", "model": "m2"}
    public: dict[str, Any] = {"HOST": "0.0.0.0", "DEMO_MODEL": "off", **NOTHING}
    monthly = {"MONTHLY_TOKENS_PER_USER": 1000}
    cases: list[tuple[dict[str, Any], bool]] = [
        ({}, False), ({"REGISTRATION": "open"}, False), (monthly, False), ({"REGISTRATION": "closed"}, True),
        ({"REGISTRATION": "open", **monthly}, True),
    ]  # fmt: skip
    for number, (given, is_lent) in enumerate(cases):
        async with run_chat(sqlite_url, tmp_path, **public, **given) as chat:
            admin = await chat.sign_up(f"admin{number}", UserRole.ADMIN)
            if is_lent:
                assert (await update(admin, **whole))["source"] == "STORED"
                await admin.run(DELETE)
            else:
                code, message, _ = await error_of(admin, UPDATE, input=whole)
                assert (code, "GQL_CHAT_REGISTRATION" in message) == ("CONFLICT", True)


async def test_what_breaks_a_rule_is_named_and_changes_nothing(chat: Chat, admin: Client) -> None:
    refused: list[tuple[dict[str, Any], str]] = [
        ({"secret": "", "baseUrl": "https://api.example.com"}, "input.secret"), ({"secret": "ключ"}, "input.secret"),
        ({"secret": "x" * 4097}, "input.secret"),
        ({"model": " "}, "input.model"), ({"model": "x" * 201}, "input.model"),
        ({"baseUrl": "ftp://example.com", "secret": SECRET}, "input.baseUrl"),
        ({"baseUrl": "http://169.254.169.254/", "secret": SECRET}, "input.baseUrl"),
        ({"parameters": {"temperature": 3}}, "input.parameters.temperature"),
    ]  # fmt: skip
    for fields, field in refused:
        code, _, at_fault = await error_of(admin, UPDATE, input=fields)
        assert (code, at_fault) == ("BAD_USER_INPUT", field), fields
    assert (await read(admin) or {})["source"] == "SETTINGS"
    assert (await update(admin, secret=""))["secretHint"] == ""  # as an Ollama's
