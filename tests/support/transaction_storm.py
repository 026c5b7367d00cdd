"""Transactions of several tasks that are cancelled at random, and what must hold afterwards."""

import asyncio
from collections.abc import Iterable
from random import Random
from typing import Any

from tortoise.context import require_context

from gql_chat.infra.db.database import fetch_all, transaction
from gql_chat.keys.models import Group
from tests.support.stored.group_rows import NOON, add


class Storm:
    """Tasks that write rows in pairs and are cancelled wherever they happen to be."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.finished = 0

    async def write_pair(self, name: str) -> None:
        async with transaction():
            await add(f"{name} left")
            async with transaction():
                await fetch_all('SELECT count(*) FROM "groups"')
            await add(f"{name} right")
        self.finished += 1

    async def write_bulk(self, name: str) -> None:
        sides = (f"{name} left", f"{name} right")
        await Group.bulk_create([Group(id=side, name=side, created_at=NOON, updated_at=NOON) for side in sides])
        self.finished += 1

    async def cancel_one(self, number: int) -> None:
        write = self.random.choice((self.write_pair, self.write_bulk))
        task = asyncio.create_task(write(f"{number}"))
        for _ in range(2):  # the second one meets the rollback
            if self.random.random() < 0.5:
                await asyncio.sleep(self.random.random() * 0.004)
            for _ in range(self.random.randrange(12)):
                await asyncio.sleep(0)
            task.cancel()
        await asyncio.wait([task])
        assert task.cancelled() or task.exception() is None

    async def run(self, times: int, at_once: int) -> None:
        for start in range(0, times, at_once):
            await asyncio.gather(*(self.cancel_one(number) for number in range(start, start + at_once)))


def halves(written: Iterable[str], side: str) -> set[str]:
    """Return the pairs of which this side was written."""
    return {name.removesuffix(side) for name in written if name.endswith(side)}


async def assert_pool_is_idle() -> None:
    pool: Any = require_context().db()._pool
    async with asyncio.timeout(10):
        # The release of a connection waits until PostgreSQL has cancelled its statement. One that is lost never ends.
        while pool.get_idle_size() != pool.get_size():
            await asyncio.sleep(0.01)
    assert pool.get_size() <= 3
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    states = await fetch_all(f"SELECT DISTINCT state {others}")
    assert [row["state"] for row in states] in ([], ["idle"])
    assert (
        await fetch_all("SELECT pid FROM pg_locks WHERE locktype = 'transactionid' AND pid <> pg_backend_pid()") == []
    )
