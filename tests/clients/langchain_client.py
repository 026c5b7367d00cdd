"""LangChain's ChatOpenAI asks a question with an image and a tool, and prints what it shows of each answer.

python langchain_client.py '{"url": "http://…/v1", "token": "…", "bodies": [{…}]}'
"""

import json
import sys
from typing import Any

from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI


def ask(url: str, token: str, body: dict[str, Any]) -> list[Any]:
    """Return the answer's choices as messages."""
    chat: Any = ChatOpenAI(
        base_url=url, api_key=token, model=body["model"], n=body.get("n"), max_retries=0, stream_usage=True,
        logprobs=True, top_logprobs=body["top_logprobs"],
    )  # fmt: skip
    question = [HumanMessage(body["messages"][0]["content"])]
    if not body.get("stream"):
        [generations] = chat.generate([question], tools=body["tools"]).generations
        return [generation.message for generation in generations]
    message: Any = None
    for chunk in chat.bind_tools(body["tools"]).stream(question):
        message = chunk if message is None else message + chunk
    return [message]


given = json.loads(sys.argv[1])
for body in given["bodies"]:
    first, *others = ask(given["url"], given["token"], body)
    texts = [message.content for message in (first, *others)]
    logprobs = [logprob["token"] for logprob in first.response_metadata["logprobs"]["content"]]
    tools = [[call["name"], call["args"]] for call in first.tool_calls]
    tokens = [first.usage_metadata["input_tokens"], first.usage_metadata["output_tokens"]]
    print(json.dumps({"texts": texts, "tools": tools, "logprobs": logprobs, "tokens": tokens}))  # noqa: T201
