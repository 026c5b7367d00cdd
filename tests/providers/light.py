"""gql-chat against small OpenAI-compatible servers of other people's: `scripts/check-providers`.

They come from PyPI and npm, so they are no part of the test suite. docs/providers.md keeps a copy of the output.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

import aiohttp
import click

from tests.providers.light_servers import FAILING, MODEL, SERVERS, LightServer, run
from tests.support.client import Client
from tests.support.process import run_server, sign_in

CREATE_KEY = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"
TEST_KEY = "mutation ($key: CreateKeyInput!) { testKey(input: {key: $key}) { ok models error { code message } } }"
TITLE = "mutation ($id: ID!) { generateTitle(sessionId: $id) { title } }"
REPLY = """query ($id: ID!) { node(id: $id) { ... on Message {
    status text reasoning finishReason error { code message } usage { source completionTokens } } } }"""
QUESTION = "Does it work?"


async def main(home: Path) -> int:
    """Print a table of all servers and return how many results are not as they should be."""
    versions, mismatches = dict(_versions(home)), []
    click.echo("| Server | `testKey` | Streamed | Not streamed | Title | Its error | Wrong path |")
    click.echo("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        settings: dict[str, Any] = {"ALLOWED_NETWORKS": "127.0.0.0/8"}
        async with aiohttp.ClientSession() as http, run_server(Path(name) / "data", **settings) as ours:
            user = await sign_in(http, ours, "ada")
            for number, server in enumerate(SERVERS):
                folder = Path(name) / str(number)
                folder.mkdir()
                async with run(server, home, folder) as base_url:
                    check = _Check(user, server, base_url)
                    cells = await check.cells()
                mismatches += check.mismatches
                click.echo(f"| {server.name} {versions[server.name]} ({server.registry}) | {' | '.join(cells)} |")
    for mismatch in mismatches:
        click.echo(f"BAD {mismatch}", err=True)
    return len(mismatches)


class _Check:
    """What one user sees of one server."""

    def __init__(self, user: Client, server: LightServer, base_url: str) -> None:
        self.mismatches: list[str] = []
        self._user, self._server, self._base_url = user, server, base_url

    async def cells(self) -> list[str]:
        """Return the cells of the server's row."""
        self._key_id = await self._create_key()
        return [
            await self._test_key(),
            await self._streamed(),
            await self._not_streamed(),
            await self._title(),
            await self._error(),
            await self._wrong_path(),
        ]

    async def _test_key(self) -> str:
        tested = (await self._user.run(TEST_KEY, key=self._key("tested")))["testKey"]
        self._expect("testKey", tested["ok"], True, tested["error"])
        return f"ok, {len(tested['models'])} models" if tested["ok"] else str(tested["error"]["code"])

    async def _streamed(self) -> str:
        payload = await self._user.send(QUESTION, keyId=self._key_id)
        self._session_id = payload["session"]["id"]
        screen = await self._user.watch_to_end(payload["reply"]["id"])
        return self._reply_cell("streamed", await self._stored(payload["reply"]["id"]), screen.text)

    async def _not_streamed(self) -> str:
        reply = await self._reply(QUESTION, parameters={"extra": {"stream": False}})
        return self._reply_cell("not streamed", reply, reply["text"])

    async def _title(self) -> str:
        title = (await self._user.run(TITLE, id=self._session_id))["generateTitle"]["title"]
        self._expect("title", title != QUESTION, True, title)
        return "by the model" if title != QUESTION else "by the rule"

    async def _error(self) -> str:
        if self._server.fails is None:
            return "–"
        headers = self._server.failing_headers
        key_id = await self._create_key(headers) if headers else self._key_id
        extra = {} if self._server.streams_failures else {"stream": False}
        reply = await self._reply(FAILING, keyId=key_id, parameters={"extra": extra})
        return self._error_cell("error", reply, self._server.fails)

    async def _wrong_path(self) -> str:
        key = {**self._key("lost"), "baseUrl": f"{self._base_url}/nowhere"}
        key_id = (await self._user.run(CREATE_KEY, input=key))["createKey"]["id"]
        return self._error_cell("wrong path", await self._reply(QUESTION, keyId=key_id), "MODEL_NOT_FOUND")

    def _reply_cell(self, what: str, reply: dict[str, Any], seen: str) -> str:
        expected = self._server.text or reply["text"]
        self._expect(f"{what}: text", (seen, reply["text"]), (expected, expected))
        self._expect(f"{what}: reasoning", reply["reasoning"], self._server.reasoning)
        state = (reply["status"], reply["finishReason"], bool(seen))
        self._expect(f"{what}: end", state, ("COMPLETED", "STOP", True), reply["error"])
        if reply["usage"] is None:
            return str(reply["status"])
        usage = reply["usage"]
        thoughts = " with reasoning" if reply["reasoning"] else ""
        return f"{reply['status']}{thoughts}, {usage['completionTokens']} tokens ({usage['source']})"

    def _error_cell(self, what: str, reply: dict[str, Any], code: str) -> str:
        error = reply["error"] or {"code": None, "message": reply["text"]}
        self._expect(what, (reply["status"], error["code"]), ("FAILED", code), error["message"])
        return str(error["code"])

    async def _reply(self, text: str, **fields: Any) -> dict[str, Any]:
        payload = await self._user.send(text, wait=True, **{"keyId": self._key_id, **fields})
        return await self._stored(payload["reply"]["id"])

    async def _stored(self, reply_id: str) -> dict[str, Any]:
        reply: dict[str, Any] = (await self._user.run(REPLY, id=reply_id))["node"]
        return reply

    async def _create_key(self, headers: dict[str, str] | None = None) -> str:
        key = self._key("failing" if headers else "good")
        key["headers"] = [{"name": name, "value": value} for name, value in (headers or {}).items()]
        key_id: str = (await self._user.run(CREATE_KEY, input=key))["createKey"]["id"]
        return key_id

    def _key(self, use: str) -> dict[str, Any]:
        name = f"{self._server.name} {use}"
        return {"name": name, "secret": "sk-anything", "model": MODEL, "baseUrl": self._base_url}

    def _expect(self, what: str, seen: object, expected: object, note: object = None) -> None:
        if seen != expected:
            self.mismatches.append(f"{self._server.name}: {what}: {seen}, not {expected} ({note})")


def _versions(home: Path) -> Iterator[tuple[str, str]]:
    """Yield names and versions of what is installed in `home`."""
    installed: Iterator[Distribution] = iter(distributions(path=[str(*home.glob("venv/lib/*/site-packages"))]))
    for distribution in installed:
        yield distribution.metadata["Name"], distribution.version
    for server in SERVERS:
        if server.registry == "npm":
            package = json.loads((home / "npm/node_modules" / server.name / "package.json").read_text())
            yield server.name, package["version"]


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]))) > 0)
