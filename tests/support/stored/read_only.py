"""A PostgreSQL that stores nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

DISCONNECT = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()"
)


@asynccontextmanager
async def read_only(url: str) -> AsyncIterator[None]:
    """Set the database to read only for new connections, as a standby is, while the block runs."""
    connection, name = await asyncpg.connect(url), url.rpartition("/")[2]
    try:
        await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        await connection.fetch(DISCONNECT, name)
        yield
        await connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        await connection.fetch(DISCONNECT, name)
    finally:
        await connection.close()
