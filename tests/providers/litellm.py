"""gql-chat against LiteLLM's proxy, an OpenAI-compatible server of other people's: `scripts/check-litellm`.

It is too heavy for the test suite, and prints what it sees instead: docs/compatibility.md keeps a copy.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import aiohttp
import click

from tests.providers.litellm_proxy import BEHIND, MASTER_KEY, MODELS, TEXT, run_litellm
from tests.support.client import Client, Screen
from tests.support.demo import DemoServer, Script, failures
from tests.support.process import run_server, sign_in

HANGS_UP_WITHIN_SECONDS = 10

CREATE_KEY = "mutation ($input: CreateKeyInput!) { createKey(input: $input) { id } }"
TEST_KEY = "mutation ($key: CreateKeyInput!) { testKey(input: {key: $key}) { ok models error { code message } } }"
STOP = "mutation ($id: ID!) { stopReply(messageId: $id) { status text } }"
REPLY = """query ($id: ID!) { node(id: $id) { ... on Message {
    status text reasoning error { code message } usage { source completionTokens } } } }"""


async def main(executable: str) -> int:
    """Return how many things were not as they should be."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with DemoServer() as demo, run_litellm(executable, folder, demo.base_url) as base_url:
            settings: dict[str, Any] = {
                "OPENAI_API_KEY": MASTER_KEY,
                "OPENAI_BASE_URL": base_url,
                "OPENAI_MODEL": "mock",
                "ALLOWED_NETWORKS": "127.0.0.0/8",
            }
            async with aiohttp.ClientSession() as http, run_server(folder, **settings) as server:
                check = Check(await sign_in(http, server, "ada"), base_url, demo)
                await check.replies()
                await check.keys()
                await check.failures()
                await check.provider_behind()
                await check.stop()
                await check.failures_behind()
    click.echo(f"{check.mismatches} mismatch(es)")
    return check.mismatches


class Check:
    """One user's way through a running server, printed as it goes."""

    def __init__(self, user: Client, base_url: str, demo: DemoServer) -> None:
        self.mismatches = 0
        self._user = user
        self._base_url = base_url
        self._demo = demo

    async def replies(self) -> None:
        """Check replies with the server's own key: watched, waited for, and not streamed by LiteLLM."""
        reply_id = (await self._user.send())["reply"]["id"]
        events, screen = [event async for event in self._user.watch(reply_id)], Screen()
        for event in events:
            screen.take(event)
        self._expect("a watched reply has all the text", screen.text == TEXT, True, f"{len(events)} events")
        reply = await self._stored(reply_id)
        usage = reply["usage"]
        seen = (reply["status"], usage["source"])
        self._expect("and ends", seen, ("COMPLETED", "PROVIDER"), f"{usage['completionTokens']} tokens")
        for what, fields in {
            "one that is waited for": {},
            "one that LiteLLM does not stream": {  # only a key of the user's own may ask for that
                "keyId": await self._create_key(),
                "parameters": {"extra": {"stream": False}},
            },
        }.items():
            reply = await self._reply(**fields)
            self._expect(what, (reply["status"], reply["text"] == TEXT), ("COMPLETED", True))

    async def keys(self) -> None:
        """Check `testKey` with a good key and with bad ones."""
        tested = await self._test_key()
        self._expect("testKey", (tested["ok"], sorted(tested["models"])), (True, sorted(MODELS)))
        self._expect_error("testKey, wrong key", await self._test_key(secret="sk-wrong"), "AUTHENTICATION")
        self._expect_error("testKey, unknown model", await self._test_key(model="nonsense"), "MODEL_NOT_FOUND")
        nowhere = self._base_url.replace("/v1", "/nowhere")
        self._expect_error("testKey, wrong path", await self._test_key(baseUrl=nowhere), "MODEL_NOT_FOUND")

    async def failures(self) -> None:
        """Check what LiteLLM itself refuses or fails with."""
        for what, fields, code in (
            ("wrong key", {"secret": "sk-wrong"}, "AUTHENTICATION"),
            ("unknown model", {"model": "nonsense"}, "MODEL_NOT_FOUND"),
            ("rate limit", {"model": "rate-limited"}, "RATE_LIMITED"),
            ("context window", {"model": "too-long"}, "CONTEXT_TOO_LONG"),
            ("internal error", {"model": "broken"}, "UNAVAILABLE"),
        ):
            self._expect_error(what, await self._reply(keyId=await self._create_key(**fields)), code)

    async def provider_behind(self) -> None:
        """Check that what a provider behind LiteLLM sends arrives whole, its reasoning too."""
        self._behind = await self._create_key(model=BEHIND)
        self._demo.script("demo", Script(chunks=("one 🌍", " two"), reasoning=("Hm",)))
        reply = await self._reply(keyId=self._behind)
        seen = (reply["status"], reply["text"], reply["reasoning"])
        self._expect("a provider behind LiteLLM", seen, ("COMPLETED", "one 🌍 two", "Hm"))

    async def stop(self) -> None:
        """Check that each token is shown before the next is sent, and that a stop reaches the provider."""
        driven = self._demo.drive("demo")
        reply_id = (await self._user.send(keyId=self._behind))["reply"]["id"]
        call, events, screen = await driven.next_call(), self._user.watch(reply_id), Screen()
        shown = []
        for text in ("数据", "数据 flows", "数据 flows 🌍"):
            await call.send(text.removeprefix(screen.text))
            while screen.text != text:
                screen.take(await anext(events))
            shown.append(screen.text)
        self._expect("token by token", shown, ["数据", "数据 flows", "数据 flows 🌍"])
        stopped = (await self._user.run(STOP, id=reply_id))["stopReply"]
        self._expect("stopped in the middle", stopped, {"status": "STOPPED", "text": "数据 flows 🌍"})
        await events.aclose()
        async with asyncio.timeout(HANGS_UP_WITHIN_SECONDS):
            await call.disconnected()
        self._expect("the provider behind is hung up on", True, True)

    async def failures_behind(self) -> None:
        """Check how failures of a provider come through LiteLLM."""
        for what, script, text, code in (
            ("wrong key behind", Script(fail=failures.invalid_api_key()), "", "AUTHENTICATION"),
            ("quota behind", Script(fail=failures.insufficient_quota()), "", "QUOTA_EXCEEDED"),
            ("context behind", Script(fail=failures.context_length_exceeded()), "", "CONTEXT_TOO_LONG"),
            ("error in the stream", Script(chunks=("so", " far"), error_after=2), "so far", "UNAVAILABLE"),
            ("cut in the stream", Script(chunks=("so", " far"), cut_after=2), "so far", "UNAVAILABLE"),
        ):
            self._demo.script("demo", script)
            reply = await self._reply(keyId=self._behind)
            self._expect(f"{what}, text kept", (reply["status"], reply["text"]), ("FAILED", text))
            self._expect_error(what, reply, code)

    async def _reply(self, **fields: Any) -> dict[str, Any]:
        return await self._stored((await self._user.send(wait=True, **fields))["reply"]["id"])

    async def _stored(self, reply_id: str) -> dict[str, Any]:
        reply: dict[str, Any] = (await self._user.run(REPLY, id=reply_id))["node"]
        return reply

    async def _test_key(self, **fields: str) -> dict[str, Any]:
        tested: dict[str, Any] = (await self._user.run(TEST_KEY, key=self._key(fields)))["testKey"]
        return tested

    async def _create_key(self, **fields: str) -> str:
        key_id: str = (await self._user.run(CREATE_KEY, input=self._key(fields)))["createKey"]["id"]
        return key_id

    def _key(self, fields: dict[str, str]) -> dict[str, str]:
        name = ", ".join(fields.values()) or "good"
        return {"name": name, "secret": MASTER_KEY, "model": "mock", "baseUrl": self._base_url, **fields}

    def _expect_error(self, what: str, result: dict[str, Any], code: str) -> None:
        error = result["error"] or {"code": None, "message": ""}
        self._expect(what, error["code"], code, error["message"])

    def _expect(self, what: str, seen: object, expected: object, note: str = "") -> None:
        self.mismatches += seen != expected
        verdict = "ok " if seen == expected else "BAD"
        click.echo(f"{verdict} {what}: {seen}{'' if seen == expected else f', not {expected}'}{note and f' ({note})'}")


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])) > 0)
