"""The server's database: its tables are of this version, and no other server uses it if it is SQLite."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import timedelta

from gql_chat.chats.search_index import report_missing_index
from gql_chat.generation.reaper import reap_expired
from gql_chat.infra import clock
from gql_chat.infra.crypto import SecretBox
from gql_chat.infra.db.migrations import list_pending, migrate, migrations_folder
from gql_chat.infra.db.opening import DatabaseUnusable, model_modules, open_database
from gql_chat.keys.secret_sealing import report_unreadable
from gql_chat.server import CannotStart
from gql_chat.settings import Settings


@asynccontextmanager
async def open_server_database(settings: Settings, box: SecretBox) -> AsyncIterator[None]:
    """Open the database for as long as the block runs; migrate an embedded one first. Raises CannotStart."""
    url = settings.database_url.get_secret_value()
    with ExitStack() as stack:
        if settings.is_embedded:
            stack.enter_context(_only_server_of(url.removeprefix("sqlite://")))
            await migrate(url, migrations_folder())
        else:
            await require_migrated(url)
        async with open_database(url, model_modules(), pool_size=settings.database_pool_size):
            await report_missing_index()
            await report_unreadable(box)
            if settings.is_embedded and settings.after_crash == "interrupt":
                # No other server writes here: a reply that still streams was left by one that died, whatever its lease.
                await reap_expired(now=clock.now() + timedelta(days=1))
            yield


async def require_migrated(database_url: str) -> None:
    """Raise CannotStart if tables are missing or of an earlier version."""
    if missing := await list_pending(database_url, migrations_folder()):
        raise CannotStart(f"The database lacks {len(missing)} migration(s): run `gql-chat migrate` first.")


@contextmanager
def _only_server_of(database: str) -> Iterator[None]:
    # An exclusive transaction on an empty SQLite file is a lock that works on every system and dies with its process.
    try:
        lock = sqlite3.connect(f"{database}.serve-lock", timeout=0)
    except sqlite3.OperationalError as exc:
        raise DatabaseUnusable(f"{database} cannot be used: {exc}") from exc
    try:
        lock.execute("BEGIN EXCLUSIVE")
        yield
    except sqlite3.OperationalError as exc:
        if exc.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise DatabaseUnusable(f"{database} cannot be used: {exc}") from exc
        raise CannotStart(
            f"Another gql-chat server uses {database}: stop it, or set another GQL_CHAT_DATA_DIR."
        ) from exc
    finally:
        lock.close()
