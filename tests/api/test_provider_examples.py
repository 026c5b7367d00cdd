"""The keys that docs/providers.md shows can be created as they stand there."""

import re
from pathlib import Path

from tests.support.chat import run_chat

PAGE = Path(__file__).parents[2] / "docs" / "providers.md"


async def test_every_key_of_the_page_can_be_created(sqlite_url: str, tmp_path: Path) -> None:
    examples = re.findall(r"```graphql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    async with run_chat(sqlite_url, tmp_path, ALLOWED_NETWORKS="ollama:11434") as chat:
        ada = await chat.sign_up("ada")
        for example in examples:
            await ada.run(example.replace("…", "…".encode().hex()))  # the secrets are left out
        keys = (await ada.run("{ keys { name headerNames contextTokens } }"))["keys"]
    assert sorted(keys, key=lambda key: str(key["name"])) == [
        {"name": "azure", "headerNames": ["api-key"], "contextTokens": None},
        {"name": "mine", "headerNames": [], "contextTokens": None},
        {"name": "ollama", "headerNames": [], "contextTokens": 4096},
        {"name": "openrouter", "headerNames": ["HTTP-Referer", "X-Title"], "contextTokens": None},
    ]
