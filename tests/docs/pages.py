"""The pages of docs/ as tests read them: their blocks of code by language, as programs that run."""

import asyncio
import re
from pathlib import Path

from tests.clients.node import PROGRAMS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ENDS_WITHIN_SECONDS = 60


def blocks(page: str, language: str) -> list[str]:
    """Return the page's blocks of this language, without the indentation that they have within a tab."""
    text = (ROOT / page).read_text("utf-8")
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [re.sub(f"^{indent}", "", code, flags=re.MULTILINE) for indent, code in found]


def languages(page: str) -> set[str]:
    """Return the languages of the page's blocks."""
    return set(re.findall(r"^ *```(\w+)", (ROOT / page).read_text("utf-8"), re.MULTILINE))


async def run(*command: str, program: str, cwd: Path, **variables: str) -> str:
    """Run a program, given as standard input, and return what it prints. Fail if it fails."""
    environment = {"PATH": PROGRAMS, "HOME": str(cwd), "LANG": "C.UTF-8", **variables}
    process = await asyncio.create_subprocess_exec(*command, cwd=cwd, env=environment, stdin=-1, stdout=-1, stderr=-1)
    try:
        async with asyncio.timeout(ENDS_WITHIN_SECONDS):
            printed, complaints = await process.communicate(program.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, complaints.decode() + printed.decode()
    return printed.decode()
