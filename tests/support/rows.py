"""Everything that is stored, to see that nothing has changed."""

from typing import Any

from tortoise.context import require_context


async def all_rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, by id."""
    apps = require_context().apps
    assert apps is not None
    models = apps["models"]
    return {name: await model.all().order_by("id").values() for name, model in sorted(models.items())}


async def rows_but_leases() -> dict[str, list[dict[str, Any]]]:
    """What is stored, without the leases that writers of replies renew meanwhile."""
    rows = await all_rows()
    for message in rows["Message"]:
        del message["lease_until"]
    return rows


async def rows_but_calls() -> dict[str, list[dict[str, Any]]]:
    """What is stored, without the ledger of calls to models and what they add up to."""
    return {name: rows for name, rows in (await all_rows()).items() if name not in ("Call", "UsageBucket")}
