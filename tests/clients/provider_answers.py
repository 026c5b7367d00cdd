"""A question with an image and a tool, and a provider's answer that uses what a chat completion can hold."""

import json
from typing import Any

from tests.support.demo.driven import Driven

TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "now",
        "description": "The time in a zone.",
        "parameters": {"type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]},
    },
}
IMAGE = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
QUESTION = "What is this, and what time is it in 东京?"
WORDS = ("Blue", " sky 蓝")
USAGE = {
    "prompt_tokens": 9,
    "completion_tokens": 5,
    "total_tokens": 14,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 2},
}
SHOWN = {
    "texts": ["".join(WORDS)],
    "tools": [["now", {"zone": "Asia/Tokyo"}]],
    "logprobs": list(WORDS),
    "tokens": [9, 5],
}
"""What a client shows of the answer."""


def shown_of(choices: int) -> dict[str, Any]:
    """Return what a client shows of an answer with this many choices."""
    return SHOWN | {"texts": ["".join(WORDS), *["other"] * (choices - 1)]}


async def answer(driven: Driven) -> dict[str, Any]:
    """Answer the next call, with as many choices as it asks for, and return its body."""
    call = await driven.next_call()
    choices = call.body.get("n") or 1
    if call.body.get("stream"):
        for event in _events(choices):
            await call.raw(event)
    else:
        await call.raw(json.dumps(_whole(choices)).encode())
    await call.end()
    return call.body


def _head(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_790_000_000, "model": "demo", "new_field": {"deep": [1]}}


def _logprob(word: str) -> dict[str, Any]:
    return {"token": word, "logprob": -0.5, "bytes": list(word.encode()), "top_logprobs": []}


def _tool_call(**function: str) -> dict[str, Any]:
    return {"id": "call_1", "type": "function", "function": function}


def _whole(choices: int) -> dict[str, Any]:
    called = _tool_call(name="now", arguments='{"zone": "Asia/Tokyo"}')
    message = {"role": "assistant", "content": "".join(WORDS), "tool_calls": [called], "refusal": None}
    logprobs = {"content": [_logprob(word) for word in WORDS], "refusal": None}
    first = {"index": 0, "message": message, "logprobs": logprobs, "finish_reason": "tool_calls"}
    others = [
        {"index": index, "message": {"role": "assistant", "content": "other"}, "finish_reason": "stop"}
        for index in range(1, choices)
    ]
    return {**_head("chat.completion"), "choices": [first, *others], "usage": USAGE}


def _events(choices: int) -> list[bytes]:
    deltas: list[tuple[dict[str, Any], Any]] = [({"role": "assistant", "content": ""}, None)]
    deltas += [({"content": word}, {"content": [_logprob(word)]}) for word in WORDS]
    deltas += [
        ({"tool_calls": [{"index": 0, **_tool_call(name="now", arguments='{"zone": ')}]}, None),
        ({"tool_calls": [{"index": 0, "function": {"arguments": '"Asia/Tokyo"}'}}]}, None),
    ]
    chunks = [[{"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": None}] for delta, logprobs in deltas]
    chunks += [[{"index": index, "delta": {"content": "other"}, "finish_reason": None}] for index in range(1, choices)]
    chunks += [[{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]]
    bodies = [{**_head("chat.completion.chunk"), "choices": chunk} for chunk in chunks]
    bodies += [{**_head("chat.completion.chunk"), "choices": [], "usage": USAGE}]
    return [f"data: {json.dumps(body)}\n\n".encode() for body in bodies] + [b"data: [DONE]\n\n"]
