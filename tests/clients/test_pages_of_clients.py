"""The programs on the pages of docs/clients/, run as they stand there: each sends a message and prints the reply."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

from tests.clients.node import HERE, find_node, find_python
from tests.support.chat import Chat
from tests.support.client import Client
from tests.web.openai.door import create_token

PAGES = HERE.parents[1] / "docs" / "clients"
REPLY = "1, 2, 3, 4, 5. 🎉"
GRAPHQL, OPENAI = "COMPLETED " + REPLY, REPLY
PROGRAMS = {
    ("graphql-sse", "js", 0): GRAPHQL,
    ("openai", "js", 0): OPENAI,
    ("openai", "python", 0): OPENAI,
    ("langchain", "python", 0): OPENAI,
    ("langchain", "python", 1): OPENAI,
}


def block_of(page: str, language: str, number: int, origin: str, token: str) -> str:
    """Return a block of a page, for this server and with this token."""
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    block: str = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)[number]
    host = origin.removeprefix("http://")
    places = {"https://chat.example.com": origin, "wss://chat.example.com": f"ws://{host}", "gqlchat_…": token}
    for ours, theirs in places.items():
        block = block.replace(ours, theirs)
    return block


@pytest.mark.parametrize(("page", "language", "number"), PROGRAMS)
async def test_the_program_of_a_page_prints_the_reply(
    chat: Chat, ada: Client, tmp_path: Path, page: str, language: str, number: int
) -> None:
    token = await create_token(ada, "CHAT" if PROGRAMS[page, language, number] == GRAPHQL else "COMPLETIONS")
    file = tmp_path / ("page.mjs" if language == "js" else "page.py")
    file.write_text(block_of(page, language, number, chat.origin, token), encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    program = find_node() if language == "js" else find_python() if page == "langchain" else sys.executable
    process = await asyncio.create_subprocess_exec(
        program, file, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={"LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    )  # fmt: skip
    output, errors = await process.communicate()
    assert (process.returncode, errors.decode()) == (0, "")
    assert output.decode().strip() == PROGRAMS[page, language, number]


def test_every_page_of_a_client_is_linked_from_the_page_of_all() -> None:
    page = (PAGES.parent / "clients.md").read_text(encoding="utf-8")
    missing = [file.name for file in sorted(PAGES.glob("*.md")) if f"(clients/{file.name})" not in page]
    assert missing == []
