"""Documents that relay-compiler and the client preset compiled, on a server that runs only those of their manifests."""

import asyncio
import json
import re
import shutil
from pathlib import Path

import pytest

from tests.clients.node import HERE, find_node, run_client
from tests.clients.test_pages_of_clients import PAGES, block_of
from tests.docs.pages import blocks
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
    for name in FILES:
        source = COMPILED / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    shutil.copy(FOLDER.parent / "schema.graphql", folder)
    (folder / "node_modules").symlink_to(COMPILED / "node_modules")
    config = re.findall(r"```json\n(.*?)```", (PAGES / "relay.md").read_text(encoding="utf-8"), re.DOTALL)
    assert json.loads(config[0]).items() <= json.loads((COMPILED / "relay.config.json").read_bytes()).items()
    (folder.parent / "node_modules").symlink_to(HERE / "node_modules")
    return await run_compiler(folder, client)


async def run_compiler(folder: Path, client: str) -> Path:
    """Compile a folder's documents and return the manifest."""
    manifest = folder / MANIFESTS[client]
    if client == "relay.mjs":
        manifest.write_text("{}")  # relay-compiler adds to a file that there is
    program, *arguments = COMPILERS[client]
    process = await asyncio.create_subprocess_exec(
        find_node(COMPILED), f"node_modules/{program}", *arguments, cwd=folder, stdout=asyncio.subprocess.PIPE,
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


async def test_the_types_of_errors_are_generated_as_their_page_says(tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(COMPILED / "node_modules")
    shutil.copy(FOLDER.parent / "schema.graphql", tmp_path)
    (config,) = blocks("docs/errors.md", "ts")
    (tmp_path / "codegen.ts").write_text(config, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        find_node(COMPILED), *(f"node_modules/{COMPILERS['preset.mjs'][0]}", "--config", "codegen.ts"), cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    types = (tmp_path / "generated" / "schema.ts").read_text(encoding="utf-8")
    assert re.search(r"export type ErrorExtensions = \{.*?\n  code: ErrorCode;", types, re.DOTALL)
    assert re.search(r"export type ErrorCode =\n.*? \| 'CONFLICT'\n", types, re.DOTALL)


async def test_relay_compiler_takes_the_published_operations(tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(COMPILED / "node_modules")
    shutil.copy(COMPILED / "relay.config.json", tmp_path)
    shutil.copy(FOLDER.parent / "schema.graphql", tmp_path)
    (tmp_path / "src").mkdir()
    documents = list(FOLDER.rglob("*.graphql"))
    for document in documents:
        text = re.sub(r"#.*", "", document.read_text(encoding="utf-8"))
        # Relay wants the kind of an operation at the end of its name, and the file's name at its beginning.
        text = re.sub(
            r"^(query|mutation|subscription) (\w+)", lambda found: f"{found[0]}{found[1].title()}", text.strip()
        )
        module = f"import {{ graphql }} from 'relay-runtime';\ngraphql`\n{text}\n`;\n"
        (tmp_path / "src" / f"{document.stem}.js").write_text(module, encoding="utf-8")
    await run_compiler(tmp_path, "relay.mjs")
    compiled = {path.name for path in (tmp_path / "src" / "__generated__").iterdir()}
    assert len(compiled) == len(documents) > 60
