"""Measure what one request to a provider costs this process: through the openai SDK, by the LLM client, by aiohttp."""

import itertools
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import click
import uvloop
from openai import AsyncOpenAI, DefaultAioHttpClient

from bench.machine import Cores, describe
from bench.servers import run_model
from bench.tokens import Pace
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.generation.provider.llm import LLM

PARAGRAPH = "A sentence of an ordinary conversation, neither short nor long. " * 4
ROLES = ("user", "assistant")
WARM_UP_REQUESTS = 50
AIOHTTP = "aiohttp alone"

Ask = Callable[[], Awaitable[None]]


@click.command(help=__doc__)
@click.option("--messages", type=click.IntRange(1), default=20, show_default=True, help="Messages in the prompt.")
@click.option(
    "--requests", type=click.IntRange(1), default=200, show_default=True, help="Requests of each way in one round."
)
@click.option(
    "--rounds", type=click.IntRange(1), default=10, show_default=True, help="Rounds, in which the ways take turns."
)
def main(messages: int, requests: int, rounds: int) -> None:
    """Run the benchmark and print its tables."""
    prompt = [{"role": role, "content": PARAGRAPH} for role in itertools.islice(itertools.cycle(ROLES), messages)]
    prompt[-1] = {"role": "user", "content": str(Pace())}
    click.echo(render(uvloop.run(measure(prompt, requests, rounds)), messages, requests * rounds))


async def measure(prompt: list[dict[str, Any]], requests: int, rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds of CPU time per request of each way, round by round."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        port = await stack.enter_async_context(run_model(cores=Cores.chosen().load, log=folder / "model.log"))
        asks = await stack.enter_async_context(ways(f"http://127.0.0.1:{port}/v1", prompt))
        for ask in asks.values():
            await _milliseconds(ask, WARM_UP_REQUESTS)
        figures: dict[str, list[float]] = {name: [] for name in asks}
        for _ in range(rounds):
            for name, ask in asks.items():
                figures[name].append(await _milliseconds(ask, requests))
    return figures


@asynccontextmanager
async def ways(base_url: str, prompt: list[dict[str, Any]]) -> AsyncIterator[dict[str, Ask]]:
    """Open each client, and yield functions that send one request by it and read the response to its end."""
    endpoint = Endpoint(base_url, "secret", "m", trusted=True)
    body = {"model": "m", "messages": prompt, "stream": True, "stream_options": {"include_usage": True}}
    messages: Any = prompt

    async with (
        AsyncOpenAI(base_url=base_url, api_key="secret", http_client=DefaultAioHttpClient()) as sdk,
        LLM() as llm,
        aiohttp.ClientSession() as session,
    ):

        async def by_objects() -> None:
            stream = await sdk.chat.completions.create(
                model="m", messages=messages, stream=True, stream_options={"include_usage": True}
            )
            async for _ in stream:
                pass

        async def by_raw_body() -> None:
            request = sdk.chat.completions.with_streaming_response.create(model="m", messages=(), extra_body=body)
            async with request as response:
                async for _ in response.http_response.aiter_raw():
                    pass

        async def by_llm() -> None:
            async with (await llm.client()).stream(endpoint, prompt) as call:
                await call.read(lambda _increment: True)

        async def by_aiohttp() -> None:
            data, headers = json.dumps(body).encode(), {"Authorization": "Bearer secret"}
            async with session.post(f"{base_url}/chat/completions", data=data, headers=headers) as response:
                while await response.content.readany():
                    pass

        yield {
            "openai SDK, its objects": by_objects,
            "openai SDK, raw body": by_raw_body,
            "gql-chat's client": by_llm,
            AIOHTTP: by_aiohttp,
        }


def render(figures: dict[str, list[float]], messages: int, requests: int) -> str:
    """Return the report as a Markdown table."""
    least = figures[AIOHTTP]
    rows = "".join(
        f"| {name} | {statistics.median(times):.2f} | {_ratio(times, least):.1f} |\n" for name, times in figures.items()
    )
    return (
        f"| a request with {messages} messages, answered by one token | CPU ms | ÷ {AIOHTTP} |\n"
        f"| --- | ---: | ---: |\n{rows}\n"
        f"Medians of {len(least)} rounds of {requests // len(least)} requests each; ratios are medians of the "
        f"rounds' ratios. {describe()}.\n"
    )


def _ratio(times: list[float], least: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(times, least, strict=True))


async def _milliseconds(ask: Ask, requests: int) -> float:
    started_at = time.process_time()
    for _ in range(requests):
        await ask()
    return (time.process_time() - started_at) * 1000 / requests


if __name__ == "__main__":
    main()
