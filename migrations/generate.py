"""Write the next migration, for SQLite and PostgreSQL, from what changed in the models: `python -m migrations.generate NAME`.

No database is needed: aerich compares the models with the state that the last migration carries.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aerich.exceptions import NotSupportError
from aerich.migrate import Migrate
from aerich.utils import get_formatted_compressed_data, get_models_describe
from tortoise.context import TortoiseContext
from tortoise.utils import get_schema_sql

from gql_chat.infra.db.opening import model_modules, tortoise_config

_MODULES = [*model_modules(), "aerich.models"]

# Nothing connects to these. aerich's own command line reads the first, as pyproject.toml says: `aerich history`. What it
# would apply, it would apply to an empty database in memory.
TORTOISE_ORM = tortoise_config("sqlite://:memory:", _MODULES)
_CONFIGS = {"sqlite": TORTOISE_ORM, "postgres": tortoise_config("postgres://localhost/none", _MODULES)}

_TEMPLATE = '''"""What this does, in a sentence."""

from tortoise import BaseDBAsyncClient

UPGRADE = {{
    "sqlite": """
{sqlite}
""",
    "postgres": """
{postgres}
""",
}}


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UPGRADE[db.capabilities.dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    {state}
)
'''


def generate(name: str, folder: Path) -> Path | None:
    """Write the new file, to be read and mended by hand; None if nothing changed."""
    sql = {dialect: asyncio.run(_changes(config, folder)) for dialect, config in _CONFIGS.items()}
    if not any(sql.values()):
        return None
    number = len(list(folder.glob("[0-9]*_*.py")))
    file = folder / f"{number}_{datetime.now(UTC):%Y%m%d%H%M%S}_{name}.py"
    file.write_text(_TEMPLATE.format(**sql, state=asyncio.run(_state())), encoding="utf-8")
    return file


async def _state() -> str:
    async with TortoiseContext() as context:
        await context.init(TORTOISE_ORM)
        return get_formatted_compressed_data(get_models_describe("models"))


async def _changes(config: dict[str, Any], folder: Path) -> str:
    class Changes(Migrate):  # it collects in its class attributes
        upgrade_operators: list[str] = []
        downgrade_operators: list[str] = []
        _upgrade_fk_m2m_index_operators: list[str] = []
        _downgrade_fk_m2m_index_operators: list[str] = []
        _upgrade_m2m: list[str] = []
        _downgrade_m2m: list[str] = []

    async with TortoiseContext() as context:
        await context.init(config)
        await Changes.init(config, "models", str(folder.parent), offline=True)
        before, now = Changes._last_version_content, get_models_describe("models")
        if before is None:
            return get_schema_sql(context.db(), safe=False)
        try:
            Changes.diff_models(*Changes._exclude_model_name_changes(before, now), no_input=True)
        except NotSupportError as exc:
            return f"-- BY HAND: {exc}"
        Changes._merge_operators()
        return "\n".join(f"{operator};" for operator in Changes.upgrade_operators)


if __name__ == "__main__":
    written = generate(sys.argv[1], Path(__file__).parent / "models")
    sys.stdout.write(f"{written or 'No changes detected'}\n")
