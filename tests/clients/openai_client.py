"""OpenAI's own client for Python asks a question with an image and a tool, and prints what it shows of each answer.

python openai_client.py '{"url": "http://…/v1", "token": "…", "bodies": [{…}]}'
"""

import json
import sys
from collections import defaultdict
from typing import Any

from openai import OpenAI


class Shown:
    """What the client shows of an answer."""

    def __init__(self) -> None:
        self.texts: defaultdict[int, str] = defaultdict(str)
        self.calls: defaultdict[int, list[str]] = defaultdict(lambda: ["", ""])
        self.logprobs: list[str] = []
        self.usage: Any = None

    def add(self, choice: Any, piece: Any) -> None:
        """Add a choice, or a part of one."""
        self.texts[choice.index] += piece.content or ""
        if choice.logprobs:
            self.logprobs += [logprob.token for logprob in choice.logprobs.content]
        for call in piece.tool_calls or ():
            known = self.calls[getattr(call, "index", 0)]
            known[0] += call.function.name or ""
            known[1] += call.function.arguments or ""

    def print(self) -> None:
        """Print it as a line of JSON."""
        tools = [[name, json.loads(arguments)] for name, arguments in self.calls.values()]
        tokens = [self.usage.prompt_tokens, self.usage.completion_tokens]
        shown = {"texts": list(self.texts.values()), "tools": tools, "logprobs": self.logprobs, "tokens": tokens}
        print(json.dumps(shown))  # noqa: T201


given = json.loads(sys.argv[1])
client = OpenAI(base_url=given["url"], api_key=given["token"], max_retries=0)
for body in given["bodies"]:
    shown = Shown()
    if body.get("stream"):
        for chunk in client.chat.completions.create(**body):
            for choice in chunk.choices:
                shown.add(choice, choice.delta)
            shown.usage = chunk.usage or shown.usage
    else:
        answer = client.chat.completions.create(**body)
        for choice in answer.choices:
            shown.add(choice, choice.message)
        shown.usage = answer.usage
    shown.print()
