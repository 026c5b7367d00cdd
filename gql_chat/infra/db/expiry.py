"""Rows whose time is over, deleted a batch at a time: no statement keeps others from the database for long."""

from typing import Any

from gql_chat.infra.db.database import execute

BATCH_ROWS = 500


async def delete_rows(table: str, condition: str, *args: Any) -> int:
    """Delete a table's rows that meet the condition, whose `$1` … are the arguments; how many there were.

    The table and the condition are words of ours, never somebody's input.
    """
    batch = f"SELECT id FROM {table} WHERE {condition} LIMIT {BATCH_ROWS}"  # noqa: S608
    total = 0
    while count := await execute(f"DELETE FROM {table} WHERE id IN ({batch})", *args):  # noqa: S608
        total += count
    return total
