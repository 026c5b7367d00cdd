"""All stored rows, by which tests see that nothing has changed."""

from typing import Any

from tortoise.context import require_context

from gql_chat.infra.db.database import fetch_all


async def all_rows() -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table in order of id, but not the leases, which workers renew meanwhile."""
    apps = require_context().apps
    assert apps is not None
    tables = {name: model._meta.db_table for name, model in sorted(apps["models"].items()) if name != "Worker"}
    return {name: await fetch_all(f'SELECT * FROM "{table}" ORDER BY id') for name, table in tables.items()}  # noqa: S608


async def rows_but_calls() -> dict[str, list[dict[str, Any]]]:
    """Return all rows without the ledger of calls to models and its sums."""
    return {name: rows for name, rows in (await all_rows()).items() if name not in ("Call", "UsageBucket")}
