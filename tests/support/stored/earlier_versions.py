"""Databases as earlier versions have made them."""

import shutil
from pathlib import Path

from gql_chat.infra.db.migrations import migrate, migrations_folder

MIGRATIONS = {int(file.name.partition("_")[0]): file for file in migrations_folder().glob("[0-9]*_*.py")}
"""The files of all migrations by their numbers."""


async def migrate_before(url: str, folder: Path, number: int) -> None:
    """Run the migrations before this one, by copies of them in a new folder there."""
    earlier = folder / "earlier"
    earlier.mkdir()
    for one, file in MIGRATIONS.items():
        if one < number:
            shutil.copy(file, earlier)
    await migrate(url, earlier)
