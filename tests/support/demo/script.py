"""Scripts: responses that a test orders from the demo server instead of the rule-based model's text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.support.demo.failures import Failure, server_error


@dataclass(frozen=True, kw_only=True)
class Script:
    """One response. `…_after` counts content chunks: 0 is before the first, `len(chunks)` is at the end.

    The same script responds to calls that do not stream, in the same time: there `error_after` is a status 500,
    `cut_after` and `stall_after` send nothing, `garbage_after` makes the body invalid, and the framing does not apply.
    """

    chunks: Sequence[str] = ("Hello", " world")
    reasoning: Sequence[str] = ()
    reasoning_field: Literal["reasoning_content", "reasoning"] = "reasoning_content"
    first_token_delay_seconds: float = 0.0
    pace_seconds: float = 0.0

    # Usage for clients that request it with `stream_options.include_usage`: in a last chunk with empty `choices`.
    usage: bool = True
    # Usage for all other clients too: in the chunk with the finish_reason, as DeepSeek does.
    usage_always: bool = False
    refuses_stream_options: bool = False
    finish_reason: str | None = "stop"
    done: bool = True

    # Forms of other providers. A refusal by the model stands in a field of its own. Some servers give the finish_reason
    # in every chunk. Perplexity names its sources beside the choices, Moonshot puts usage into the choice. Reasoning in
    # `<think>` tags needs no order: write the tags into the chunks.
    text_field: Literal["content", "refusal"] = "content"
    finish_reason_everywhere: bool = False
    citations: Sequence[str] = ()
    usage_in_choice: bool = False

    # Instead of an answer: an HTTP status and body (see failures.py), or a redirect (307).
    fail: Failure | None = None
    retry_after_seconds: int | None = None
    redirect_to: str | None = None

    # The stream ends with `data: {"error": …}`; `stream_error` is the whole body, its `error` member included.
    error_after: int | None = None
    stream_error: dict[str, Any] = field(default_factory=lambda: server_error()[1])
    # The connection is closed in the middle of the body.
    cut_after: int | None = None
    # An event that is no JSON; then the stream continues normally.
    garbage_after: int | None = None
    # Nothing more is sent and the connection stays open until the client closes it.
    stall_after: int | None = None

    # How the body reaches the socket: all in one write, or in writes of so many bytes, which cut through lines,
    # line ends and UTF-8 sequences.
    one_write: bool = False
    split_bytes: int | None = None
    crlf: bool = False
    comments: bool = False
    bom: bool = False  # a byte order mark before the first event
