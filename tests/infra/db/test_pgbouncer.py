"""PgBouncer in transaction mode, where each transaction may have another connection of PostgreSQL."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gql_chat.infra.db.database import fetch_all
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.infra.db.opening import DatabaseUnusable, model_modules, open_database
from tests.support.backing_services.ports import free_port
from tests.support.chat import run_chat

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SERVERS = 3  # connections of PostgreSQL, fewer than a server of ours would open

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Debian's package `pgbouncer`")


@pytest.fixture
def pooled_url(blank_postgres_url: str, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of an empty database behind PgBouncer, without the parameter that says so."""
    address, name = blank_postgres_url.removeprefix("postgres://postgres@").split("/")
    host, postgres_port = address.split(":")
    port = free_port()
    settings = tmp_path / "pgbouncer.ini"
    settings.write_text(f"""[databases]
{name} = host={host} port={postgres_port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {SERVERS}
""")
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    settings.chmod(0o644)
    assert PROGRAM is not None
    with subprocess.Popen(
        [PROGRAM, *user, str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert any("process up" in line for line in process.stderr)
        yield f"postgres://postgres@127.0.0.1:{port}/{name}"
        process.terminate()


async def test_a_server_works_behind_pgbouncer(pooled_url: str, tmp_path: Path) -> None:
    url = f"{pooled_url}?pgbouncer=true"
    applied = await asyncio.gather(*(migrate(url, migrations_folder()) for _ in range(2)))
    assert sorted(map(len, applied)) == [0, len(list(migrations_folder().glob("[0-9]*_*.py")))]
    async with run_chat(url, tmp_path) as chat:
        ada = await chat.sign_up("ada")
        sent = await asyncio.gather(*(ada.send(f"echo {number}", wait=True) for number in range(8)))
        assert [one["reply"]["status"] for one in sent] == ["COMPLETED"] * 8
        await chat.services.runner.beat()
        [row] = await fetch_all("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        assert row["count"] <= SERVERS


async def test_pgbouncer_that_nobody_spoke_of_is_refused_with_what_to_do(pooled_url: str) -> None:
    with pytest.raises(DatabaseUnusable, match=r"^127.0.0.1 is PgBouncer: add \?pgbouncer=true to the URL$"):
        await open_database(pooled_url, model_modules()).__aenter__()
