"""Secrets are changed as docs/production.md says: keys stay readable, and sign-ins end only where it says so."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.support.chat import SECRET_KEY, Chat, run_chat
from tests.support.client import Client, GraphQLErrors
from tests.support.command_line import run
from tests.support.demo import DemoServer
from tests.support.process import LOGIN, PASSWORD

NEW_SECRET_KEY = "another secret key, as long as it has to be"
OLD, NEW = f"old:{'A' * 43}=", f"new:{'B' * 42}A="
CREATE_KEY = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"
CREATE_TOKEN = "mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { token } }"
REFRESH = "mutation ($token: String!) { refreshTokens(refreshToken: $token) { accessToken } }"
ME = "{ me { username } }"


@pytest.fixture
async def provider() -> AsyncIterator[DemoServer]:
    """Run the provider that users' own keys lead to. It outlives the servers."""
    async with DemoServer(pace_seconds=0) as running:
        yield running


async def new_key(client: Client, provider: DemoServer, secret: str) -> str:
    key = {"name": secret, "secret": secret, "model": "demo", "baseUrl": provider.base_url}
    key_id: str = (await client.run(CREATE_KEY, input=key))["createKey"]["id"]
    return key_id


async def secret_used(client: Client, provider: DemoServer, key_id: str) -> str | None:
    """Return the secret that the provider receives when the user sends a message with the key."""
    await client.send(keyId=key_id, wait=True)
    return provider.requests[-1].headers.get("authorization")


def at(chat: Chat, client: Client) -> Client:
    """Return a client with the same tokens at the server that runs now."""
    return Client(chat.http, chat.origin, client.token, client.user_id, client.refresh_token)


async def test_master_keys_are_changed_while_servers_with_the_old_order_still_run(
    database_url: str, tmp_path: Path, provider: DemoServer
) -> None:
    async with run_chat(database_url, tmp_path, MASTER_KEYS=OLD) as chat:
        ada = await chat.sign_up("ada")
        first = await new_key(ada, provider, "sk-first")
    # First every server learns the new one; only then does any seal with it, and all others can read that.
    async with run_chat(database_url, tmp_path, MASTER_KEYS=f"{NEW},{OLD}") as chat:
        second = await new_key(at(chat, ada), provider, "sk-second")
    async with run_chat(database_url, tmp_path, MASTER_KEYS=f"{OLD},{NEW}") as chat:
        assert await secret_used(at(chat, ada), provider, second) == "Bearer sk-second"
    settings: dict[str, Any] = {"DATABASE_URL": database_url, "DATA_DIR": tmp_path, "SECRET_KEY": SECRET_KEY}
    rotated = await run("keys", "rotate", MASTER_KEYS=f"{NEW},{OLD}", **settings)
    assert rotated == (0, "1 secret(s) re-encrypted\n", "")
    async with run_chat(database_url, tmp_path, MASTER_KEYS=NEW) as chat:
        assert (await at(chat, ada).run(ME))["me"] == {"username": "ada"}  # nobody has to sign in again
        assert await secret_used(at(chat, ada), provider, first) == "Bearer sk-first"
        assert await secret_used(at(chat, ada), provider, second) == "Bearer sk-second"


async def test_a_new_secret_key_ends_sign_ins_and_nothing_else_once_master_keys_are_its_own(
    sqlite_url: str, tmp_path: Path, provider: DemoServer
) -> None:
    async with run_chat(sqlite_url, tmp_path) as chat:
        ada = await chat.sign_up("ada", password=PASSWORD)
        key_id = await new_key(ada, provider, "sk-of-ada")
        made = await ada.run(CREATE_TOKEN, input={"name": "script", "scopes": ["CHAT"]})
        script = Client(chat.http, chat.origin, made["createAccessToken"]["token"])
    settings: dict[str, Any] = {"DATABASE_URL": sqlite_url, "DATA_DIR": tmp_path, "SECRET_KEY": SECRET_KEY}
    assert (await run("keys", "rotate", MASTER_KEYS=NEW, **settings))[:2] == (0, "1 secret(s) re-encrypted\n")

    async with run_chat(sqlite_url, tmp_path, SECRET_KEY=NEW_SECRET_KEY, MASTER_KEYS=NEW) as chat:
        for question in (at(chat, ada).run(ME), chat.stranger.run(REFRESH, token=ada.refresh_token)):
            with pytest.raises(GraphQLErrors) as refused:
                await question
            assert refused.value.codes == ["UNAUTHENTICATED"]
        login = await chat.stranger.run(LOGIN, input={"login": "ada", "password": PASSWORD})
        again = Client(chat.http, chat.origin, login["login"]["accessToken"])
        assert await secret_used(again, provider, key_id) == "Bearer sk-of-ada"
        assert (await at(chat, script).send("by a script", wait=True))["reply"]["status"] == "COMPLETED"


async def test_a_new_secret_key_without_that_leaves_keys_unreadable_and_says_so(
    sqlite_url: str, tmp_path: Path, provider: DemoServer
) -> None:
    async with run_chat(sqlite_url, tmp_path) as chat:
        ada = await chat.sign_up("ada")
        key_id = await new_key(ada, provider, "sk-of-ada")
    settings: dict[str, Any] = {"DATABASE_URL": sqlite_url, "DATA_DIR": tmp_path}
    assert await run("keys", "rotate", MASTER_KEYS=NEW, SECRET_KEY=NEW_SECRET_KEY, **settings) == (
        1,
        "0 secret(s) re-encrypted\n",
        "Error: 1 secret(s) cannot be decrypted with these GQL_CHAT_MASTER_KEYS and this GQL_CHAT_SECRET_KEY, "
        f"and were left unchanged: {key_id}\n",
    )
    with capture_logs() as logged:
        async with run_chat(sqlite_url, tmp_path, SECRET_KEY=NEW_SECRET_KEY):
            pass
    assert [line for line in logged if line["event"] == "secrets_cannot_be_opened"] == [
        {
            "event": "secrets_cannot_be_opened",
            "log_level": "error",
            "count": 1,
            "of_newest": 1,
            "remedy": "restore GQL_CHAT_SECRET_KEY or GQL_CHAT_MASTER_KEYS; gql-chat doctor lists the keys",
        }
    ]
    async with run_chat(sqlite_url, tmp_path) as chat:  # the old secret key brings everything back
        assert await secret_used(at(chat, ada), provider, key_id) == "Bearer sk-of-ada"
