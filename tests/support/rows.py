"""All stored rows, by which tests see that nothing has changed."""

from typing import Any

from tortoise.context import require_context


async def all_rows() -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table, in order of id, but not the leases, which workers renew meanwhile."""
    apps = require_context().apps
    assert apps is not None
    models = apps["models"]
    return {
        name: await model.all().order_by("id").values() for name, model in sorted(models.items()) if name != "Worker"
    }


async def rows_but_calls() -> dict[str, list[dict[str, Any]]]:
    """Return all rows without the ledger of calls to models and its sums."""
    return {name: rows for name, rows in (await all_rows()).items() if name not in ("Call", "UsageBucket")}
