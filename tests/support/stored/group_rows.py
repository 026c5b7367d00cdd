"""Rows of groups by plain SQL, for tests of the database layer."""

import asyncio
import contextvars
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from gql_chat.infra.db.database import execute, fetch_all, transaction
from gql_chat.keys.models import Group

Result = TypeVar("Result")

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
UPDATE = 'UPDATE "groups" SET name = $2 WHERE id = $1'
INSERT = 'INSERT INTO "groups" (id, name, created_at, updated_at) VALUES ($1, $2, $3, $3)'


async def add(name: str) -> None:
    await execute(INSERT, name, name, NOON)


async def add_together(*names: str) -> None:
    async with transaction():
        for name in names:
            await add(name)


async def names() -> list[str]:
    return [row["name"] for row in await fetch_all('SELECT name FROM "groups" ORDER BY name')]


async def list_groups() -> list[Group]:
    return await Group.all()


async def outside(work: Coroutine[Any, Any, Result]) -> Result:
    """Run the work in a task that takes no part in the transaction of the test."""
    return await asyncio.get_running_loop().create_task(work, context=contextvars.Context())
