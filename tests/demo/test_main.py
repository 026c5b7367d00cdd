"""The demo server as a program of its own."""

import asyncio
import re
import signal
import sys

from openai import AsyncOpenAI


async def test_it_says_where_it_serves_and_ends_quietly_when_interrupted() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gql_chat.demo", "--port", "0", "--pace-seconds", "0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    match = re.fullmatch(r"Serving demo and demo-reasoning on (http://127\.0\.0\.1:\d+/v1) \(Ctrl-C ends\)\n", line)
    assert match is not None
    async with AsyncOpenAI(base_url=match[1], api_key="k") as openai:
        answer = await openai.chat.completions.create(model="demo", messages=[{"role": "user", "content": "echo up"}])
    assert answer.choices[0].message.content == "up"
    process.send_signal(signal.SIGINT)
    _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
