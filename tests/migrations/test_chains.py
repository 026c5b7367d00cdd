"""Trees of messages that were stored before there were chains get them by the upgrade."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from gql_chat.chats.models import ChatSession
from gql_chat.chats.paths import list_path
from gql_chat.infra.db.database import BATCH_ROWS, execute, fetch_all, transaction
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.infra.db.opening import model_modules, open_database
from tests.support.stored.earlier_versions import migrate_before
from tests.support.stored.trees import audit_chains

INSERT_USER = """
INSERT INTO users (id, username, username_folded, email, email_folded, password_hash, role, status, created_at,
    updated_at, change_count)
VALUES ('usr', 'ada', 'ada', 'ada', 'ada', 'none', 'USER', 'ACTIVE', '2026-11-21T00:00Z', '2026-11-21T00:00Z', 0)
"""
INSERT_SESSION = """
INSERT INTO sessions (id, user_id, title, status, pinned, head_id, message_count, active_at, created_at, updated_at)
VALUES ($1, 'usr', '', 'ACTIVE', false, $2, $3, '2026-11-21T00:00Z', '2026-11-21T00:00Z', '2026-11-21T00:00Z')
"""
MESSAGE = """('{id}', '{session}', {parent}, {order}, {is_selected}, '{role}', '', '[]', 'COMPLETED',
    '2026-11-21T00:00Z', '2026-11-21T00:00Z')"""
INSERT_MESSAGES = """
INSERT INTO messages (id, session_id, parent_id, "order", is_selected, role, text, attachments, status, created_at,
    finished_at) VALUES {}
"""


def grown(seed: int, count: int) -> list[int | None]:
    """Return the place of each message's parent, in a tree that forks now and then, at its root too."""
    chance, parents = random.Random(seed), list[int | None]()
    for number in range(count):
        parents.append(chance.choice([None, *range(number)]) if chance.random() < 0.2 or not number else number - 1)
    return parents


async def store(session: str, parents: Sequence[int | None]) -> list[str]:
    """Store a tree as the version before did; its last message ends the selected branch, whose ids are returned."""
    orders: list[int] = []
    for parent in parents:
        orders.append(1 if parent is None else orders[parent] + 1)
    path, place = [len(parents) - 1], parents[-1]
    while place is not None:
        path.append(place)
        place = parents[place]
    shown = set(path)
    ids = [f"{session}_{number:06}" for number in range(len(parents))]
    rows = [
        MESSAGE.format(
            id=ids[number], session=session, parent="NULL" if parent is None else f"'{ids[parent]}'",
            order=orders[number], is_selected=str(number in shown).lower(),
            role="USER" if parent is None or orders[number] % 2 else "ASSISTANT",
        )
        for number, parent in enumerate(parents)
    ]  # fmt: skip
    await execute(INSERT_SESSION, session, ids[-1], len(ids))
    for start in range(0, len(rows), BATCH_ROWS):
        await execute(INSERT_MESSAGES.format(", ".join(rows[start : start + BATCH_ROWS])))
    return [ids[number] for number in reversed(path)]


async def test_forked_trees_keep_their_branches(blank_database_url: str, tmp_path: Path) -> None:
    await migrate_before(blank_database_url, tmp_path, 17)
    async with open_database(blank_database_url, model_modules()), transaction():
        await execute(INSERT_USER)
        branches = {f"ses{seed}": await store(f"ses{seed}", grown(seed, 40)) for seed in range(20)}
    await migrate(blank_database_url, migrations_folder())
    async with open_database(blank_database_url, model_modules()):
        for session, branch in branches.items():
            assert [row.id for row in await list_path(branch[-1], 100)] == branch
            forks = await fetch_all("SELECT id FROM messages WHERE session_id = $1 AND id = chain_id", session)
            assert len(forks) > 1
        for stored in await ChatSession.all():
            await audit_chains(stored)


@pytest.mark.parametrize("fork", [1, 19_999], ids=["two branches", "a reply beside the last"])
async def test_a_long_tree_keeps_its_branch(blank_database_url: str, tmp_path: Path, fork: int) -> None:
    await migrate_before(blank_database_url, tmp_path, 17)
    long: list[int | None] = [None, *range(19_999), fork - 1]
    async with open_database(blank_database_url, model_modules()), transaction():
        await execute(INSERT_USER)
        branch = await store("ses", [*long, *range(20_000, 39_999)] if fork == 1 else long)
    await migrate(blank_database_url, migrations_folder())
    async with open_database(blank_database_url, model_modules()):
        assert [row.id for row in await list_path(branch[-1], 50_000)] == branch
        [counted] = await fetch_all("SELECT count(DISTINCT chain_id) AS chains FROM messages")
        assert counted["chains"] == 2
