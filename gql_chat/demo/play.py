"""Plays a script to a client."""

import asyncio

from gql_chat.demo.answers import Answer
from gql_chat.demo.script import Script


async def play(script: Script, answer: Answer) -> None:
    """Everything of the script that comes after the status line. Ends when the answer has, or by cancellation."""
    await answer.open()
    await asyncio.sleep(script.first_token_delay_seconds)
    for text in script.reasoning:
        await answer.send(reasoning=[text])
        await asyncio.sleep(script.pace_seconds)
    for sent, text in enumerate(script.chunks):
        if await _mishap(script, answer, sent):
            return
        await answer.send(text)
        await asyncio.sleep(script.pace_seconds)
    if not await _mishap(script, answer, len(script.chunks)):
        sends_usage = script.usage_always or (script.usage and answer.usage_asked)
        await answer.finish(script.finish_reason, answer.usage() if sends_usage else None)


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
