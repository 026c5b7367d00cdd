"""LiteLLM's client asks a question with an image and a tool, and prints what it shows of each answer.

python litellm_client.py '{"url": "http://…/v1", "token": "…", "bodies": [{…}]}'
"""

import json
import os
import sys
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # it would download the prices of models first

import litellm

litellm.suppress_debug_info = True


def tokens_in(choice: Any) -> list[str]:
    """Return the tokens whose probabilities a choice, or a part of one, has."""
    logprobs = getattr(choice, "logprobs", None)
    return [logprob["token"] for logprob in dict(logprobs)["content"]] if logprobs else []


given = json.loads(sys.argv[1])
for body in given["bodies"]:
    asked = {**body, "model": f"openai/{body['model']}"}
    answer: Any = litellm.completion(base_url=given["url"], api_key=given["token"], max_retries=0, **asked)
    if body.get("stream"):
        chunks = list(answer)
        logprobs = [token for chunk in chunks for choice in chunk.choices for token in tokens_in(choice)]
        answer = litellm.stream_chunk_builder(chunks, messages=body["messages"])
    else:
        logprobs = tokens_in(answer.choices[0])
    texts = [choice.message.content for choice in answer.choices]
    calls = answer.choices[0].message.tool_calls
    tools = [[call.function.name, json.loads(call.function.arguments)] for call in calls]
    tokens = [answer.usage.prompt_tokens, answer.usage.completion_tokens]
    print(json.dumps({"texts": texts, "tools": tools, "logprobs": logprobs, "tokens": tokens}))  # noqa: T201
