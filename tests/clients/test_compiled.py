"""Documents that relay-compiler and the client preset compiled, on a server that runs only those of their manifests."""

import asyncio
import json
import re
import shutil
from pathlib import Path

import pytest

from tests.clients.node import HERE, find_node, run_client
from tests.clients.test_pages_of_clients import PAGES, block_of
from tests.support.chat import run_chat
from tests.support.client import GraphQLErrors
from tests.support.published import FOLDER

COMPILED = HERE / "compiled"
FILES = ("package.json", "relay.config.json", "codegen.ts", "src", "relay.mjs", "preset.mjs")
COMPILERS = {
    "relay.mjs": ("relay-compiler/cli.js", "relay.config.json"),
    "preset.mjs": ("@graphql-codegen/cli/esm/bin.js", "--config", "codegen.ts"),
}
MANIFESTS = {"relay.mjs": "relay.json", "preset.mjs": "generated/persisted-documents.json"}


async def compile_in(folder: Path, client: str) -> Path:
    """Copy the client's documents, compile them against the published schema and return the manifest."""
    node = find_node(COMPILED)
    for name in FILES:
        source = COMPILED / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    shutil.copy(FOLDER.parent / "schema.graphql", folder)
    (folder / "node_modules").symlink_to(COMPILED / "node_modules")
    config = re.findall(r"```json\n(.*?)```", (PAGES / "relay.md").read_text(encoding="utf-8"), re.DOTALL)
    assert json.loads(config[0]).items() <= json.loads((COMPILED / "relay.config.json").read_bytes()).items()
    (folder.parent / "node_modules").symlink_to(HERE / "node_modules")
    manifest = folder / MANIFESTS[client]
    if client == "relay.mjs":
        manifest.write_text("{}")  # relay-compiler adds to a file that there is
    program, *arguments = COMPILERS[client]
    process = await asyncio.create_subprocess_exec(
        node, f"node_modules/{program}", *arguments, cwd=folder, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return manifest


@pytest.mark.parametrize("client", COMPILERS)
async def test_compiled_documents_run_by_their_ids_where_nothing_else_runs(
    sqlite_url: str, tmp_path: Path, client: str
) -> None:
    folder = tmp_path / "clients" / "compiled"
    folder.mkdir(parents=True)
    manifest = await compile_in(folder, client)
    settings = {"TRUSTED_DOCUMENTS": "only", "TRUSTED_DOCUMENTS_FILE": str(manifest)}
    async with run_chat(sqlite_url, tmp_path / "data", **settings) as chat:
        ada = await chat.sign_up("ada")
        with pytest.raises(GraphQLErrors, match="manifest"):
            await ada.run("{ __typename }")
        environment = block_of("relay", "js", 0, chat.origin, ada.token or "")
        (folder / "environment.mjs").write_text(environment, encoding="utf-8")
        url = f"{chat.origin}/graphql"
        me, watched, *again = await run_client(str(folder / client), url=url, token=ada.token, text="echo 你好 hello")
    assert me["me"]["username"] == "ada"
    assert watched == {"shown": "你好 hello", "stored": "你好 hello", "status": "COMPLETED"}
    assert all(lines == me for lines in again)
