"""Strikes at PostgreSQL: rows that others lock, a deadlock, a full disk, read only, and a clock that jumps."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from tests.faults.load import Load
from tests.support.client import GraphQLErrors

AHEAD_SECONDS = 12
DEADLOCK_ROUNDS = 3

# What a server of PostgreSQL without room for another page says, to whatever statement needs one.
FILL_THE_DISK = """
CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION USING ERRCODE = 'disk_full', MESSAGE = 'could not extend file: No space left on device';
END $$;
CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON messages FOR EACH STATEMENT EXECUTE FUNCTION disk_is_full();
CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON workers FOR EACH STATEMENT EXECUTE FUNCTION disk_is_full();
CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON calls FOR EACH STATEMENT EXECUTE FUNCTION disk_is_full();
"""
CLEAR_THE_DISK = "DROP FUNCTION disk_is_full CASCADE"
MOVE_THE_CLOCK = f"""
CREATE SCHEMA ahead;
CREATE FUNCTION ahead.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
    RETURN pg_catalog.clock_timestamp() + interval '{AHEAD_SECONDS} seconds';
"""
SET_THE_CLOCK = "ALTER SYSTEM SET search_path = ahead, pg_catalog, public"


@asynccontextmanager
async def _connected(load: Load) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(load.cluster.database_url)
    try:
        yield connection
    finally:
        await connection.close()


async def lock_a_reply(load: Load) -> None:
    """Lock the row of one reply of each worker, as an operator's open transaction does, for longer than a lease."""
    locked = [next(one for one, writer in load.writers.items() if writer == at) for at in range(2)]
    async with _connected(load) as connection, connection.transaction():
        await connection.execute("SELECT 1 FROM messages WHERE id = ANY($1) FOR UPDATE", locked)
        await asyncio.sleep(1.5 * load.cluster.lease_seconds)


async def lock_the_user(load: Load) -> None:
    """Lock the row of the user of all replies for longer than a lease, while half a lease of them end."""
    async with _connected(load) as connection, connection.transaction():
        await connection.execute("SELECT 1 FROM users FOR UPDATE")
        await asyncio.sleep(load.cluster.lease_seconds)
        load.upstream.ending.set()
        await asyncio.sleep(load.cluster.lease_seconds / 2)


async def deadlock(load: Load) -> None:
    """Let the replies end, and meanwhile lock their rows and sessions in the order that deadlocks with that."""
    load.upstream.ending.set()
    async with _connected(load) as connection:
        for reply_id in [*load.writers][:DEADLOCK_ROUNDS]:
            try:
                async with connection.transaction():
                    await connection.execute("SELECT 1 FROM messages WHERE id = $1 FOR UPDATE", reply_id)
                    await asyncio.sleep(0.2)
                    session = (
                        "SELECT 1 FROM sessions WHERE id = (SELECT session_id FROM messages WHERE id = $1) FOR UPDATE"
                    )
                    await connection.execute(session, reply_id)
            except asyncpg.DeadlockDetectedError:
                continue


async def fill_the_disk(load: Load) -> None:
    """Let PostgreSQL refuse what needs room (53100) for longer than a lease. Sends must be UNAVAILABLE."""
    async with _connected(load) as connection:
        await connection.execute(FILL_THE_DISK)
        try:
            await _refuse_sends(load)
        finally:
            await connection.execute(CLEAR_THE_DISK)


async def set_read_only(load: Load) -> None:
    """Set PostgreSQL to read only (25006) for longer than a lease, as a fail-over does. Sends must be UNAVAILABLE."""
    async with _connected(load) as connection:
        await _set(connection, "ALTER SYSTEM SET default_transaction_read_only = on")
        try:
            await _refuse_sends(load)
        finally:
            await _set(connection, "ALTER SYSTEM RESET default_transaction_read_only")


async def move_the_clock(load: Load) -> None:
    """Let the clock of PostgreSQL be ahead by more than a lease, and then right again."""
    async with _connected(load) as connection:
        await connection.execute(MOVE_THE_CLOCK)
        try:
            await _set(connection, SET_THE_CLOCK)
            await asyncio.sleep(1.5 * load.cluster.lease_seconds)
        finally:
            await _set(connection, "ALTER SYSTEM RESET search_path")
            await connection.execute("DROP SCHEMA ahead CASCADE")
    await asyncio.sleep(load.cluster.lease_seconds / 2)


async def _refuse_sends(load: Load) -> None:
    await asyncio.sleep(load.cluster.lease_seconds / 2)
    for client in load.cluster.clients:
        with pytest.raises(GraphQLErrors, match="UNAVAILABLE"):
            await client.send("while nothing can be stored")
    await asyncio.sleep(load.cluster.lease_seconds)


async def _set(connection: asyncpg.Connection, setting: str) -> None:
    await connection.execute("SET default_transaction_read_only = off")
    await connection.execute(setting)
    await connection.execute("SELECT pg_reload_conf()")
