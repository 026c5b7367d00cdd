"""The demo server as a program of its own."""

import asyncio
import signal
import sys

from openai import AsyncOpenAI

from tests.support.backing_services.ports import free_port


async def test_it_says_where_it_serves_and_ends_quietly_when_interrupted() -> None:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gql_chat.demo", "--port", str(port), "--pace-seconds", "0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    base_url = f"http://127.0.0.1:{port}/v1"
    assert line == f"Serving demo and demo-reasoning on {base_url} (Ctrl-C ends)\n"
    async with AsyncOpenAI(base_url=base_url, api_key="k") as openai:
        answer = await openai.chat.completions.create(model="demo", messages=[{"role": "user", "content": "echo up"}])
    assert answer.choices[0].message.content == "up"
    process.send_signal(signal.SIGINT)
    _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
