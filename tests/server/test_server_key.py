"""The server's own key as a start makes it."""

from pathlib import Path

from gql_chat.infra.crypto import MASTER_KEY_BYTES, SecretBox
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.signals import NoSignals
from gql_chat.server.server_key import open_server_keys
from gql_chat.settings import load_settings


async def test_each_server_on_a_machine_has_a_demo_model_of_its_own(sqlite_url: str, tmp_path: Path) -> None:
    settings, box = (
        load_settings({"GQL_CHAT_DATA_DIR": str(tmp_path)}),
        SecretBox({"one": bytes(MASTER_KEY_BYTES)}, "one"),
    )
    async with (
        open_database(sqlite_url, model_modules()),
        open_server_keys(settings, box, NoSignals()) as ours,
        open_server_keys(settings, box, NoSignals()) as theirs,
    ):
        assert ours.current is not None
        assert theirs.current is not None
        assert ours.current.model == theirs.current.model == "demo"
        assert ours.current.base_url != theirs.current.base_url
