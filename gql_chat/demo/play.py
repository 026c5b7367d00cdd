"""Plays a script to a client."""

import asyncio
from typing import Any

from gql_chat.demo.answers import Answer
from gql_chat.demo.script import Script


async def play(script: Script, answer: Answer, *, usage_asked: bool, pace_seconds: float) -> None:
    """Everything of the script that comes after the status line. Ends when the answer has, or by cancellation."""
    await answer.open()
    await asyncio.sleep(script.first_token_delay_seconds)
    for text in script.reasoning:
        await answer.send(reasoning=[text])
        await asyncio.sleep(pace_seconds)
    for sent, text in enumerate(script.chunks):
        if await _mishap(script, answer, sent):
            return
        await answer.send(text)
        await asyncio.sleep(pace_seconds)
    if not await _mishap(script, answer, len(script.chunks)):
        usage = _usage(script, answer, usage_asked=usage_asked)
        await answer.finish(script.finish_reason, usage, usage_apart=usage_asked, done=script.done)


async def _mishap(script: Script, answer: Answer, sent: int) -> bool:
    """Do what the script says goes wrong after so many chunks; true when the answer is over by it."""
    if script.garbage_after == sent:
        await answer.garbage()
    if script.error_after == sent:
        await answer.fail(script.stream_error)
        return True
    if script.cut_after == sent:
        await answer.cut()
        return True
    if script.stall_after == sent:
        await answer.flush()
        await asyncio.get_running_loop().create_future()
    return False


def _usage(script: Script, answer: Answer, *, usage_asked: bool) -> dict[str, Any] | None:
    if script.usage_always or (script.usage and usage_asked):
        return answer.usage()
    return None
