"""OpenAI-compatible servers of other people's that are small: what each is told to answer, and how it is started."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from tests.support.backing_services.ports import free_port

TEXT = "Bonjour 🌍, 你好！👨‍👩‍👧‍👦 It works. " * 3
REASONING = "Let me see. 想一想"
FAILING = "please fail"  # a message that a server answers with an error, where it can be told to
STARTS_WITHIN_SECONDS = 30
MODEL = "gpt-4o"

_ERROR_MESSAGE = "Rate limit exceeded, try again later"


@dataclass(frozen=True)
class LightServer:
    """One server. `files` are written into its folder, `{port}` in the command and the environment is its port."""

    name: str
    registry: str
    command: tuple[str, ...]
    files: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    # What it answers; None if it cannot be told.
    text: str | None = TEXT
    # How a failure is ordered: headers of the key, or the message FAILING; None if it cannot be.
    failing_headers: dict[str, str] | None = None
    fails: str | None = "RATE_LIMITED"
    streams_failures: bool = True
    reasoning: str | None = None


def _yaml(content: Any) -> str:
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


def _completion(text: str) -> str:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return json.dumps({"id": "1", "object": "chat.completion", "model": MODEL, "choices": [choice]}, ensure_ascii=False)


def _python(name: str, *arguments: str, **more: Any) -> LightServer:
    return LightServer(name, "PyPI", (f"venv/bin/{name}", *arguments), **more)


def _node(name: str, command: str, *arguments: str, **more: Any) -> LightServer:
    return LightServer(name, "npm", (f"npm/node_modules/.bin/{command}", *arguments), **more)


_ADDRESS = ("--host", "127.0.0.1", "--port", "{port}")
_RULE = {"path": "/v1/chat/completions"}
_ERROR = {"message": _ERROR_MESSAGE, "type": "rate_limit_error", "code": "rate_limit_exceeded"}

SERVERS = (
    _python(
        "fakellm",
        *("serve", *_ADDRESS, "--config", "rules.yaml"),
        files={
            "rules.yaml": _yaml(
                {
                    "version": 1,
                    "rules": [
                        {
                            "name": "failing",
                            "when": {"messages_contain": FAILING},
                            "respond": {"status": 429, "error": _ERROR_MESSAGE},
                        },
                        {"name": "all", "when": {}, "respond": {"content": TEXT}},
                    ],
                }
            )
        },
        streams_failures=False,
    ),
    _python(
        "llm-mock-api",
        *("start", *_ADDRESS, "--fallback", TEXT),
        fails=None,
    ),
    _python(
        "llmock",
        *("serve", *_ADDRESS, "--response-style", "static"),
        text=None,
        failing_headers={"x-llmock-force-status": "429"},
    ),
    _python(
        "mockllm",
        *("start", *_ADDRESS, "--responses", "responses.yml"),
        files={"responses.yml": _yaml({"responses": {}, "defaults": {"unknown_response": TEXT}})},
        environment={"MOCKLLM_RESPONSES_FILE": "responses.yml"},
        fails=None,
    ),
    _python(
        "mocktopus",
        *("serve", *_ADDRESS, "--scenario", "rules.yaml"),
        files={
            "rules.yaml": _yaml(
                {
                    "version": 1,
                    "rules": [
                        {
                            "type": "llm.openai",
                            "when": {"messages_contains": FAILING},
                            "error": {"error_type": "rate_limit", "message": _ERROR_MESSAGE, "retry_after": 7},
                        },
                        {"type": "llm.openai", "when": {"model": "*"}, "respond": {"content": TEXT}},
                    ],
                }
            )
        },
    ),
    _python(
        "stubllm",
        *("serve", *_ADDRESS, "--fixture-file", "fixtures.yaml"),
        files={
            "fixtures.yaml": _yaml(
                {
                    "fixtures": [
                        {
                            "name": "failing",
                            "match": {"messages": [{"content": {"contains": FAILING}}]},
                            "response": {"http_status": 429, "error_message": _ERROR_MESSAGE},
                        },
                        {"name": "all", "match": {"provider": "openai"}, "response": {"content": TEXT}},
                    ]
                }
            )
        },
    ),
    _node(
        "@copilotkit/aimock",
        *("llmock", *_ADDRESS, "--fixtures", "fixtures"),
        files={
            "fixtures/all.json": json.dumps(
                {
                    "fixtures": [
                        {"match": {"userMessage": FAILING}, "response": {"error": _ERROR, "status": 429}},
                        {"match": {}, "response": {"content": TEXT, "reasoning": REASONING}},
                    ]
                }
            )
        },
        reasoning=REASONING,
    ),
    _node(
        "@dwmkerr/mock-llm",
        *("mock-llm", "--config", "rules.yaml"),
        files={
            "rules.yaml": _yaml(
                {
                    "rules": [
                        {**_RULE, "match": "@", "response": {"status": 200, "content": _completion(TEXT)}},
                        {
                            **_RULE,
                            "match": f"contains(body.messages[-1].content, '{FAILING}')",
                            "response": {"status": 429, "content": json.dumps({"error": _ERROR})},
                        },
                        {
                            "path": "/v1/models",
                            "response": {"status": 200, "content": json.dumps({"data": [{"id": MODEL}]})},
                        },
                    ]
                }
            )
        },
        environment={"HOST": "127.0.0.1", "PORT": "{port}"},
    ),
)


@asynccontextmanager
async def run(server: LightServer, home: Path, folder: Path) -> AsyncIterator[str]:
    """Start the server, which is installed in `home`, on a free port; yield its base URL."""
    port = free_port()
    for name, content in server.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")

    def with_port(text: str) -> str:
        return text.replace("{port}", str(port))

    executable, *arguments = map(with_port, server.command)
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(str(home / executable), *arguments),
            env={**os.environ, **{name: with_port(value) for name, value in server.environment.items()}},
            cwd=folder,
            stdout=log,
            stderr=log,
        )
        try:
            await _wait_until_it_answers(f"http://127.0.0.1:{port}/", process, folder / "log")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _wait_until_it_answers(url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    async with aiohttp.ClientSession() as http, asyncio.timeout(STARTS_WITHIN_SECONDS):
        while process.returncode is None:
            try:
                async with http.get(url):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
    raise RuntimeError(f"The server ended with {process.returncode}: {log.read_text(errors='replace')[-2000:]}")
