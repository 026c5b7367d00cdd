"""LiteLLM's proxy as a process, with models that answer or fail by themselves and one that is our demo server."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from tests.support.backing_services.ports import free_port

MASTER_KEY = "sk-litellm-master-key"
TEXT = "Hello from LiteLLM 🌍, 你好！👨‍👩‍👧‍👦 " * 3
STARTS_WITHIN_SECONDS = 120

# LiteLLM's own mocks: the reply, or the name of the failure that it acts out.
MOCKS = {
    "mock": TEXT,
    "rate-limited": "litellm.RateLimitError",
    "too-long": "litellm.ContextWindowExceededError",
    "broken": "litellm.InternalServerError",
}
BEHIND = "behind"
MODELS = (*MOCKS, BEHIND)


@asynccontextmanager
async def run_litellm(executable: str, folder: Path, provider_url: str) -> AsyncIterator[str]:
    """Run the proxy on a free port, which asks `provider_url` for the model `behind`. Yield its base URL."""
    config, port = folder / "litellm.yaml", free_port()
    config.write_text(yaml.safe_dump(_config(provider_url), allow_unicode=True), encoding="utf-8")
    with (folder / "litellm.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(executable, "--config", str(config), "--host", "127.0.0.1", "--port", str(port)),
            env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"},
            cwd=folder,
            stdout=log,
            stderr=log,
        )
        try:
            origin = f"http://127.0.0.1:{port}"
            await _wait_until_it_lives(origin, process, Path(log.name))
            yield f"{origin}/v1"
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def _config(provider_url: str) -> dict[str, Any]:
    mock = {"model": "openai/mock", "api_key": "none"}
    parameters = {name: {**mock, "mock_response": response} for name, response in MOCKS.items()}
    parameters[BEHIND] = {"model": "openai/demo", "api_key": "sk-behind", "api_base": provider_url}
    return {
        "model_list": [{"model_name": name, "litellm_params": parameters[name]} for name in MODELS],
        "general_settings": {"master_key": MASTER_KEY},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
    }


async def _wait_until_it_lives(origin: str, process: asyncio.subprocess.Process, log: Path) -> None:
    async with aiohttp.ClientSession() as http, asyncio.timeout(STARTS_WITHIN_SECONDS):
        while process.returncode is None:
            try:
                async with http.get(f"{origin}/health/liveliness") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                await asyncio.sleep(0.2)
    raise RuntimeError(f"LiteLLM ended with {process.returncode}: {log.read_text(errors='replace')[-2000:]}")
