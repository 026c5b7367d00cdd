"""The reader of completions: every dialect that servers speak, and what is no completion at all."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.chats.models import FinishReason
from gql_chat.generation.provider.completion import CompletionReader, Increment
from gql_chat.generation.provider.sse import MAX_EVENT_BYTES
from gql_chat.usage.models import UsageSource
from gql_chat.usage.tokens import Usage

DONE = b"data: [DONE]\n\n"
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def counted(prompt_tokens: int, completion_tokens: int, **parts: int) -> Usage:
    return Usage(prompt_tokens, completion_tokens, UsageSource.PROVIDER, **parts)


def chunk(delta: Any = None, finish_reason: str | None = None, index: int = 0, **more: Any) -> bytes:
    choice = {"index": index, "delta": {} if delta is None else delta, "finish_reason": finish_reason}
    return event({"choices": [choice], **more})


def event(body: Any) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def read(*pieces: bytes) -> tuple[CompletionReader, str, str]:
    """Feed the pieces and the end, as long as the reader wants more."""
    reader = CompletionReader()
    increments = [reader.feed(piece) for piece in pieces if not reader.is_over]
    if not reader.is_over:
        increments.append(reader.end())
    came = [increment for increment in increments if increment]
    return reader, "".join(one.text for one in came), "".join(one.reasoning for one in came)


def test_a_stream_gives_text_reasoning_finish_reason_and_usage() -> None:
    reader, text, reasoning = read(
        chunk({"role": "assistant", "content": ""}),
        chunk({"reasoning_content": "Hm."}),
        chunk({"content": "Hello"}),
        chunk({"content": " 你好"}),
        chunk(finish_reason="stop"),
        event({"choices": [], "usage": USAGE}),
        DONE,
    )
    assert (text, reasoning) == ("Hello 你好", "Hm.")
    assert reader.is_complete
    assert reader.finish_reason is FinishReason.STOP
    assert reader.usage == counted(3, 2)


def test_what_one_read_brought_is_one_increment() -> None:
    reader = CompletionReader()
    pieces = chunk({"reasoning": "Hm"}) + chunk({"content": "a"}) + chunk({"content": "b"})
    assert reader.feed(pieces) == Increment("ab", "Hm")
    assert reader.feed(chunk({"content": ""})) is None
    assert reader.feed(chunk({"content": "c"}) + DONE) == Increment("c", "")
    assert reader.is_over


@pytest.mark.parametrize("delta", [{"reasoning_content": "x"}, {"reasoning": "x"}, {"reasoning": "x", "content": None}])
def test_reasoning_has_two_names(delta: dict[str, Any]) -> None:
    assert read(chunk(delta), DONE)[1:] == ("", "x")


def test_reasoning_given_under_both_names_counts_once() -> None:
    assert read(chunk({"reasoning_content": "x", "reasoning": "x"}), DONE)[2] == "x"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"choices": None},
        {"choices": [{"index": 0}]},
        {"choices": [{"index": 0, "delta": None, "finish_reason": ""}]},
        {
            "choices": [
                {"index": 0, "delta": {"content": None, "tool_calls": [{"index": 0, "function": {"name": "f"}}]}}
            ]
        },
        {"choices": [{"index": 1, "delta": {"content": "the other choice"}, "finish_reason": "length"}]},
        {"choices": [], "error": None, "usage": {}},
    ],
)
def test_chunks_that_say_nothing_are_passed_over(body: dict[str, Any]) -> None:
    reader, text, _ = read(event(body), chunk({"content": "a"}, "stop"), DONE)
    assert text == "a"
    assert reader.finish_reason is FinishReason.STOP
    assert reader.is_complete


def test_content_may_be_a_list_of_parts() -> None:
    assert read(chunk({"content": [{"type": "text", "text": "a"}, {"type": "reference"}, "?"]}), DONE)[1] == "a"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("stop", FinishReason.STOP),
        ("length", FinishReason.LENGTH),
        ("content_filter", FinishReason.CONTENT_FILTER),
        ("tool_calls", FinishReason.TOOL_CALLS),
        ("function_call", FinishReason.TOOL_CALLS),
        ("a reason of their own", FinishReason.STOP),
        ("model_length", FinishReason.LENGTH),
        ("model_context_window_exceeded", FinishReason.LENGTH),
        ("MAX_TOKENS", FinishReason.LENGTH),
        ("STOP", FinishReason.STOP),
        ("SAFETY", FinishReason.CONTENT_FILTER),
        ("RECITATION", FinishReason.CONTENT_FILTER),
        ("PROHIBITED_CONTENT", FinishReason.CONTENT_FILTER),
        ("content_filter: PROHIBITED_CONTENT", FinishReason.CONTENT_FILTER),
        ("tool_use", FinishReason.TOOL_CALLS),
        ("null", None),
    ],
)
def test_finish_reasons_are_mapped(theirs: str, ours: FinishReason | None) -> None:
    assert read(chunk({"content": "a"}, theirs), DONE)[0].finish_reason is ours


@pytest.mark.parametrize("end", [DONE, b""])
def test_an_empty_answer_with_a_reason_of_their_own_is_a_fault(end: bytes) -> None:
    reader, _, _ = read(chunk(finish_reason="MALFORMED_FUNCTION_CALL"), end)
    assert reader.fault == "ended the answer before its first word: finish_reason MALFORMED_FUNCTION_CALL"
    assert read(chunk(finish_reason="stop"), end)[0].is_complete
    assert read(chunk({"content": "a"}, "MALFORMED_FUNCTION_CALL"), end)[0].is_complete


def test_text_behind_a_finish_reason_counts() -> None:
    reader, text, _ = read(chunk({"content": ""}, "stop"), chunk({"content": "a"}, "stop"), DONE)
    assert (text, reader.is_finish_early, reader.is_complete) == ("a", True, True)
    reader, text, _ = read(chunk({"content": "a"}), chunk({"content": "b"}, "stop"), DONE)
    assert (text, reader.is_finish_early) == ("ab", False)


@pytest.mark.parametrize("name", ["delta", "message"])
@pytest.mark.parametrize("finish_reason", ["stop", "content_filter", None])
def test_a_refusal_is_the_text(name: str, finish_reason: str | None) -> None:
    piece = {"role": "assistant", "content": None, "refusal": "I can't help with that."}
    reader, text, _ = read(event({"choices": [{name: piece, "finish_reason": finish_reason}]}), DONE)
    assert (text, reader.finish_reason) == ("I can't help with that.", FinishReason.CONTENT_FILTER)


def test_a_whole_message_behind_deltas_is_not_text_twice() -> None:
    whole = {"choices": [{"index": 0, "message": {"content": "ab"}, "finish_reason": "stop"}]}
    assert read(chunk({"content": "a"}), chunk({"content": "b"}), event(whole), DONE)[1] == "ab"
    assert read(chunk({"role": "assistant"}), event(whole), DONE)[1] == "ab"


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_text": "Hm."},
        {"reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]},
        {"reasoning_details": [{"type": "reasoning.summary", "summary": "Hm."}, {"type": "reasoning.encrypted"}]},
        {"reasoning": "Hm.", "reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]},
        {"content": [{"type": "thinking", "thinking": "Hm."}]},
    ],
)
def test_reasoning_has_many_forms(delta: dict[str, Any]) -> None:
    assert read(chunk(delta), chunk({"content": "a"}, "stop"), DONE)[1:] == ("a", "Hm.")


@pytest.mark.parametrize(
    ("content", "text", "reasoning"),
    [
        ("<think>Hm.</think>a", "a", "Hm."),
        ("\n<think>\nHm.\n</think>\n\na\n", "a\n", "Hm.\n"),
        ("<think>Hm. </thi", "", "Hm. </thi"),
        ("<think></think>a <think>b</think>", "a <think>b</think>", ""),
        ("<thinking>a", "<thinking>a", ""),
        ("<thi", "<thi", ""),
        ("  ", "  ", ""),
        (" " * 20 + "<think>", " " * 20 + "<think>", ""),
        ("a <think>b</think>", "a <think>b</think>", ""),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_reasoning_may_stand_in_tags_at_the_start_of_the_text(
    content: str, text: str, reasoning: str, size: int
) -> None:
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    deltas = [chunk({"content": piece}) for piece in pieces]
    assert read(*deltas, chunk(finish_reason="stop"), DONE)[1:] == (text, reasoning)


def test_tags_are_text_where_reasoning_has_a_field() -> None:
    assert read(chunk({"reasoning": "Hm."}), chunk({"content": "<think>"}, "stop"), DONE)[1:] == ("<think>", "Hm.")


def test_usage_in_every_chunk_is_cumulative_and_the_last_counts() -> None:
    first = {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}
    reader, _, _ = read(chunk({"content": "a"}, usage=first), chunk({"content": "b"}, "stop", usage=USAGE), DONE)
    assert reader.usage == counted(3, 2)


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        "many",
        {"prompt_tokens": None, "completion_tokens": 2},
        [1],
        {"prompt_tokens": -5, "completion_tokens": 2},
        {"prompt_tokens": 5, "completion_tokens": 2**40},  # no column holds it, so the reply would never settle
        {"prompt_tokens": True, "completion_tokens": 2},
    ],
)
def test_usage_that_is_no_usage_is_none(usage: Any) -> None:
    reader, _, _ = read(chunk({"content": "a"}, "stop", usage=usage), DONE)
    assert reader.usage is None
    assert reader.is_complete


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        ({"input_tokens": 3, "output_tokens": 2}, counted(3, 2)),
        ({"prompt_tokens": 3.0, "completion_tokens": 2.0}, counted(3, 2)),
        ({**USAGE, "prompt_tokens_details": {"cached_tokens": 1}}, counted(3, 2, cached_tokens=1)),
        ({**USAGE, "prompt_cache_hit_tokens": 1}, counted(3, 2, cached_tokens=1)),
        ({**USAGE, "cached_tokens": 1}, counted(3, 2, cached_tokens=1)),
        (
            {**USAGE, "completion_tokens_details": {"reasoning_tokens": 1}},
            counted(3, 2, reasoning_tokens=1),
        ),
        (
            {**USAGE, "reasoning_tokens": 1, "prompt_tokens_details": None},
            counted(3, 2, reasoning_tokens=1),
        ),
    ],
)
def test_usage_has_many_forms(usage: Any, counts: Usage) -> None:
    assert read(chunk({"content": "a"}, "stop", usage=usage), DONE)[0].usage == counts


@pytest.mark.parametrize(
    "body",
    [
        {"choices": [{"delta": {}, "finish_reason": "stop", "usage": USAGE}]},  # Moonshot
        {"choices": [{"delta": {}, "finish_reason": "stop"}], "x_groq": {"id": "x", "usage": USAGE}},
        {"choices": [{"delta": {}, "finish_reason": "stop"}], "x_groq": {"id": "x"}, "usage": USAGE},
    ],
)
def test_usage_has_many_places(body: dict[str, Any]) -> None:
    assert read(chunk({"content": "a"}), event(body), DONE)[0].usage == counted(3, 2)


def test_zeros_do_not_override_counts() -> None:
    zeros = {"prompt_tokens": 0, "completion_tokens": 0}
    later = {"prompt_tokens": 0, "completion_tokens": 7}
    assert read(chunk(usage=USAGE), chunk({"content": "a"}, "stop", usage=zeros), DONE)[0].usage == Usage(
        3, 2, UsageSource.PROVIDER
    )
    assert read(chunk(usage=USAGE), chunk({"content": "a"}, "stop", usage=later), DONE)[0].usage == Usage(
        3, 7, UsageSource.PROVIDER
    )
    assert read(chunk({"content": "a"}, "stop", usage=zeros), DONE)[0].usage == counted(0, 0)
    parts = {**USAGE, "cached_tokens": 1, "reasoning_tokens": 1}
    ended = chunk({"content": "a"}, "stop", usage={**zeros, "cached_tokens": 0, "reasoning_tokens": 0})
    assert read(chunk(usage=parts), ended, DONE)[0].usage == counted(3, 2, cached_tokens=1, reasoning_tokens=1)


def test_usage_needs_no_total() -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 2}
    assert read(chunk({"content": "a"}, "stop", usage=usage), DONE)[0].usage == counted(3, 2)


@pytest.mark.parametrize("error", [{"message": "broken", "code": 502}, "broken"])
def test_an_error_in_the_stream_comes_after_the_text_before_it(error: Any) -> None:
    reader, text, _ = read(chunk({"content": "a"}) + event({"error": error}) + chunk({"content": "not read"}))
    assert text == "a"
    assert reader.error == error
    assert not reader.is_complete


def test_an_error_may_be_the_whole_body() -> None:
    assert read(b'{"error": {"message": "no"}}')[0].error == {"message": "no"}
    error = {"object": "error", "message": "no", "code": 40303}
    assert read(json.dumps(error).encode())[0].error == error


@pytest.mark.parametrize(
    "error",
    [
        {"detail": "Hello"},
        {"code": 50505, "message": "Model service overloaded.", "data": None},  # SiliconFlow
        {"choices": None, "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}},  # MiniMax
        {"error_code": 336003, "error_msg": "the max input length is 5000"},  # Baidu
        {"choices": [], "code": "InvalidParameter", "message": "<400> InternalError.Algo: bad"},  # DashScope
        {"errors": [{"message": "no"}]},
    ],
)
def test_an_error_needs_no_member_of_that_name(error: dict[str, Any]) -> None:
    reader, text, _ = read(chunk({"content": "a"}), event(error))
    assert (reader.error, text) == (error, "a")
    assert read(json.dumps(error).encode())[0].error == error


@pytest.mark.parametrize(
    "body",
    [
        {"choices": [], "base_resp": {"status_code": 0, "status_msg": ""}},
        {"code": 0, "msg": "success"},
        {"code": 200, "message": "OK"},
        {"type": "ping"},
    ],
)
def test_a_body_that_says_all_is_well_is_no_error(body: dict[str, Any]) -> None:
    reader, text, _ = read(event(body), chunk({"content": "a"}, "stop"), DONE)
    assert (reader.error, text) == (None, "a")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b'{"message": "no"}', {"message": "no"}),
        (b"the engine is dead", "the engine is dead"),
    ],
)
def test_an_event_named_error_is_an_error(data: bytes, error: Any) -> None:
    reader, text, _ = read(chunk({"content": "a"}), b"event: error\ndata: " + data + b"\n\n")
    assert (reader.error, text) == (error, "a")


def test_the_name_of_an_event_holds_for_that_event_only() -> None:
    assert read(b"event: error\n\nevent: message\n" + chunk({"content": "a"}, "stop"))[0].is_complete


@pytest.mark.parametrize("finish_reason", ["error", "insufficient_system_resource"])
def test_a_finish_reason_that_says_the_provider_broke_is_an_error(finish_reason: str) -> None:
    reader, text, _ = read(chunk({"content": "a"}, finish_reason), DONE)
    assert text == "a"
    assert reader.error == {"message": f"finish_reason: {finish_reason}"}


def test_done_without_a_finish_reason_is_an_end() -> None:
    reader, _, _ = read(chunk({"content": "a"}), DONE)
    assert reader.is_complete
    assert reader.finish_reason is None


@pytest.mark.parametrize("events", [[], [chunk({"role": "assistant"})], [event({"choices": [], "usage": USAGE})]])
def test_done_without_a_finish_reason_or_a_word_is_a_fault(events: list[bytes]) -> None:
    assert read(*events, DONE)[0].fault == "ended the answer before its first word"


def test_a_finish_reason_without_done_is_an_end() -> None:
    reader, _, _ = read(chunk({"content": "a"}, "stop"))
    assert reader.is_complete


def test_neither_is_a_cut() -> None:
    reader, text, _ = read(chunk({"content": "a"}))
    assert text == "a"
    assert reader.fault == "ended the answer before it was complete"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "sent an empty answer"),
        (b"\r\n \n", "sent an empty answer"),
        (b"<!doctype html><title>Welcome</title>", "answered with a web page"),
        (b"Internal Server Error", "sent something that is not a chat completion"),
        (b": ping\n\n", "sent something that is not a chat completion"),
        (b"data: {\xff\n\n", "sent something that is not a chat completion"),
        (b'data: "text"\n\n', "sent something that is not a chat completion"),
        (b'{"choices": [', "sent something that is not a chat completion"),
        (b"[" * 100_000, "sent something that is not a chat completion"),
        (b'{"a":' * 100_000, "sent something that is not a chat completion"),
        (b'{"id": "x"}', "sent an answer without a message"),
        (b'{"choices": []}', "sent an answer without a message"),
    ],
)
def test_what_is_no_completion_is_a_fault(body: bytes, fault: str) -> None:
    reader, text, _ = read(body)
    assert (reader.fault, text) == (fault, "")
    assert not reader.is_complete


def test_text_before_garbage_is_kept() -> None:
    reader, text, _ = read(chunk({"content": "a"}) + b"data: {no json\n\n" + chunk({"content": "b"}))
    assert text == "a"
    assert reader.fault == "sent something that is not a chat completion"


def test_an_endless_line_is_a_fault() -> None:
    reader = CompletionReader()
    reader.feed(b"data: ")
    for _ in range(9):
        reader.feed(b"x" * (MAX_EVENT_BYTES // 8))
    assert reader.fault == "sent a line without end"


def test_an_endless_whole_body_is_a_fault() -> None:
    reader = CompletionReader()
    for _ in range(9):
        reader.feed(b"{" * (MAX_EVENT_BYTES // 8))
    assert reader.fault == "sent an answer without end"


def test_an_endless_stream_is_a_fault() -> None:
    reader = CompletionReader()
    reader.feed(b"data: {}\n\n")
    for _ in range(64):
        reader.feed(b":" + b"x" * 1024 * 1024 + b"\n")
    assert reader.fault == "sent an answer without end"


def test_a_whole_completion_is_one_increment() -> None:
    message = {"role": "assistant", "content": "Hello", "reasoning_content": "Hm."}
    body = json.dumps(
        {"choices": [{"index": 0, "message": message, "finish_reason": "length"}], "usage": USAGE}
    ).encode()
    reader = CompletionReader()
    assert reader.feed(b"\xef\xbb") is None
    assert reader.feed(b"\xbf \n" + body[:40]) is None
    assert reader.feed(body[40:]) is None
    assert reader.end() == Increment("Hello", "Hm.")
    assert reader.is_complete
    assert reader.finish_reason is FinishReason.LENGTH
    assert reader.usage == counted(3, 2)


def test_halves_of_an_emoji_in_two_chunks_are_handed_on_as_they_are() -> None:
    reader, text, _ = read(
        b'data: {"choices": [{"index": 0, "delta": {"content": "\\ud83d"}}]}\n\n',
        b'data: {"choices": [{"index": 0, "delta": {"content": "\\ude00"}}]}\n\n' + DONE,
    )
    assert text == "\ud83d\ude00"
    assert reader.is_complete


def test_what_strict_json_refuses_is_read_all_the_same() -> None:
    assert read(b'data: {"choices": [{"delta": {"content": "a\xffb"}, "logprobs": NaN}]}\n\n' + DONE)[1] == "a�b"


def test_nul_characters_are_dropped() -> None:
    assert read(chunk({"content": "a\0b", "reasoning": "\0"}), DONE)[1:] == ("ab", "")


@given(
    st.lists(st.tuples(st.text(), st.text())),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.booleans(),
    st.booleans(),
    st.data(),
)
def test_any_cutting_gives_the_same_text(
    deltas: list[tuple[str, str]], line_end: bytes, ascii_only: bool, bom: bool, data: st.DataObject
) -> None:
    bodies = [{"choices": [{"delta": {"content": text, "reasoning": thought}}]} for text, thought in deltas]
    events = [json.dumps(body, ensure_ascii=ascii_only).encode() for body in bodies] + [b"[DONE]"]
    stream = b"\xef\xbb\xbf" * bom + b"".join(b"data: " + event + line_end * 2 for event in events)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    pieces = [stream[start:end] for start, end in itertools.pairwise([0, *cuts, len(stream)])]
    reader, text, reasoning = read(*pieces)
    assert text == "".join(text for text, _ in deltas).replace("\0", "")
    assert reasoning == "".join(thought for _, thought in deltas).replace("\0", "")
    assert reader.is_complete == bool(text or reasoning)
