"""Everything that is stored, to see that nothing has changed."""

from typing import Any

from tortoise.context import require_context


async def all_rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, by id."""
    apps = require_context().apps
    assert apps is not None
    models = apps["models"]
    return {name: await model.all().order_by("id").values() for name, model in sorted(models.items())}
