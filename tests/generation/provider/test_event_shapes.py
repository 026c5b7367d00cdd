"""Events that are read by comparison with an earlier one: never otherwise than the decoder reads them."""

import json
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gql_chat.generation.provider import completion, completion_body
from gql_chat.generation.provider.completion import CompletionReader, Increment
from gql_chat.generation.provider.event_shapes import EventShape
from gql_chat.generation.provider.sse import EventDecoder

Read = tuple[list[tuple[str, str]], dict[str, object]]

BASE = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
START = b'data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"So"}}]}\n\n'


def event(delta: dict[str, Any], **choice: Any) -> bytes:
    return b"data: " + json.dumps({**BASE, "choices": [{"index": 0, "delta": delta, **choice}]}).encode() + b"\n\n"


def read(events: list[bytes], *, at_once: bool = False) -> Read:
    """Return what the events say, and the state behind them."""
    reader = CompletionReader()
    increments = [reader.feed(*events)] if at_once else [reader.feed_alike(one) or reader.feed(one) for one in events]
    if not reader.is_over:
        increments.append(reader.end())
    names = ("error", "fault", "finish_reason", "usage", "is_over", "is_finish_early", "has_text")
    state: dict[str, object] = {name: getattr(reader, name) for name in names}
    return [(one.text, one.reasoning) for one in increments if one], {
        **state,
        "data": reader.response_data.as_json(),
    }


def decode(events: list[bytes], *, at_once: bool = False) -> Read:
    """Return the same without any shape."""
    with patch.object(EventShape, "find", return_value=None):
        return read(events, at_once=at_once)


def test_events_like_the_last_one_count_for_the_length_of_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completion, "_MAX_BODY_BYTES", 10 * len(START))
    reader = CompletionReader()
    assert [reader.feed(START) for _ in range(2)] == [Increment("So", "")] * 2
    assert [reader.feed_alike(START) for _ in range(9)] == [Increment("So", "")] * 8 + [None]
    reader.feed(START)
    assert reader.fault == "sent an answer without end"


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        ({"content": "a"}, {"content": "b"}, "b"),
        ({"content": "a"}, {"content": 'say "hi"\n\\'}, 'say "hi"\n\\'),
        ({"role": "assistant", "content": "a"}, {"role": "assistant", "content": "你好 😀"}, "你好 😀"),
        ({"content": None, "reasoning_content": "a"}, {"content": None, "reasoning_content": "b"}, "b"),
        ({"content": "", "reasoning": "a"}, {"content": "", "reasoning": "b"}, "b"),
    ],
)
def test_an_event_like_the_last_one_gives_its_text(first: dict[str, Any], second: dict[str, Any], text: str) -> None:
    shape = EventShape.find(event(first))
    assert shape is not None
    assert shape.text_in(event(second)) == text
    assert shape.is_reasoning is ("content" not in second or not second["content"])


@pytest.mark.parametrize(
    "more",
    [
        event({"content": "a"}, finish_reason="stop"),
        event({"content": "a", "reasoning": "b"}),
        event({"content": "a", "refusal": "b"}),
        event({"content": "a", "annotations": [{}]}),
        event({"content": "a"}, usage={"prompt_tokens": 1}),
        event({"content": [{"type": "text", "text": "a"}]}),
        event({"content": "a"}, index=1),
        event({"content": ""}),
        event({"content": "a"}) * 2,
        event({"content": "a"})[:-1],
        event({"content": "a"}).replace(b"data: ", b"event: error\ndata: "),
        b'data: {"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":1}}\n\n',
        b'data: {"choices":[{"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]}\n\n',
        b'data: {"error":"no","choices":[{"delta":{"content":"a"}}]}\n\n',
        b"data: [DONE]\n\n",
    ],
)
def test_an_event_that_may_bring_more_than_a_text_has_no_shape(more: bytes) -> None:
    assert EventShape.find(more) is None


@pytest.mark.parametrize(
    "other",
    [
        b"",
        event({"content": "b"}, finish_reason="stop"),
        event({"content": "b", "refusal": "c"}),
        event({"content": 'b","refusal":"c'}).replace(rb"\"", b'"'),
        event({"content": None}),
        event({"content": "a"})[:-1],
        event({"content": "b"}) + event({"content": "c"}),
        event({"content": "b"}).replace(b'"b"', rb'"\ud83d"'),
        event({"content": "b"}).replace(b'"b"', b'"\xff"'),
        event({"content": "b"}).replace(b'"b"', b'"\n"'),
        event({"content": "\0"}),
    ],
)
def test_any_other_event_is_left_to_the_decoder(other: bytes) -> None:
    shape = EventShape.find(event({"content": "a"}))
    assert shape is not None
    assert shape.text_in(other) is None


def test_events_before_and_behind_those_of_one_shape_are_decoded() -> None:
    events = [
        event({"role": "assistant", "content": ""}),
        *(event({"reasoning_content": text}) for text in ("Hm", ".")),
        *(event({"content": str(number)}) for number in range(20)),
        event({}, finish_reason="stop"),
        event({"content": "!"}),
        b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n',
        b"data: [DONE]\n\n",
    ]
    assert read(events) == decode(events)
    assert read(events, at_once=True) == decode(events, at_once=True)


def test_no_shape_is_looked_for_after_some_that_few_events_had() -> None:
    reader = CompletionReader()
    with patch.object(EventShape, "find", wraps=EventShape.find) as find:
        for number in range(50):
            reader.feed(event({"content": "a", "padding": str(number)}))
        assert find.call_count == 8


def test_an_event_with_many_places_for_a_text_costs_a_few_decodings() -> None:
    many = event({"padding": [{"content": "a"}] * 100, "content": "a"})
    with patch("gql_chat.generation.provider.event_shapes.find_body", wraps=completion_body.find_body) as find_body:
        assert EventShape.find(many) is None
        assert find_body.call_count == 5
        assert EventShape.find(event({"content": "a" * 5000})) is None
        assert find_body.call_count == 5


def test_fragments_of_events_are_joined_before_they_are_decoded() -> None:
    whole = b"".join(event({"content": str(number)}) for number in range(20))
    reader = CompletionReader()
    with patch.object(EventDecoder, "feed", autospec=True, side_effect=EventDecoder.feed) as feed:
        increment = reader.feed(*(whole[start : start + 2] for start in range(0, len(whole), 2)))
        assert increment == Increment("".join(map(str, range(20))), "")
        assert feed.call_count == 1


texts = st.text(max_size=4) | st.sampled_from(["", "a", '"', "\\", "\n", "\0", "\ud83d", "</think>", "<think>", "☃"])
deltas = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("content", "reasoning", "reasoning_content", "refusal"), texts)
)
choices = st.fixed_dictionaries(
    {"delta": deltas},
    optional={"index": st.integers(0, 1), "finish_reason": st.sampled_from([None, "", "stop", "error"])},
)
bodies = st.fixed_dictionaries(
    {"choices": st.lists(choices, max_size=2)},
    optional={
        "id": st.sampled_from(["", "x", '"content":"y"']),
        "error": st.sampled_from([None, {"message": "no"}]),
        "usage": st.sampled_from([None, {"prompt_tokens": 1, "completion_tokens": 2}]),
        "obfuscation": texts,
    },
)


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    """Return a few kinds of events, each many times with other texts, as servers write them."""
    events = [START] * draw(st.integers(0, 2))
    for _ in range(draw(st.integers(1, 3))):
        body: dict[str, Any] = draw(bodies)
        ends = draw(st.sampled_from(["\n\n", "\r\n\r\n", "\n"]))
        separators = draw(st.sampled_from([(",", ":"), (", ", ": ")]))
        for _ in range(draw(st.integers(1, 4))):
            for choice in body["choices"]:
                choice["delta"] = {name: draw(texts) for name in choice["delta"]}
            encoded = json.dumps(body, separators=separators, ensure_ascii=draw(st.booleans()))
            events.append(f"data: {encoded}{ends}".encode(errors="surrogatepass"))
    return events


@given(streams(), st.booleans())
@example([START, START, event({"content": "a"}), event({"content": "☃"}), event({"content": "b"})], False)
def test_events_are_never_read_otherwise_than_they_are_decoded(events: list[bytes], at_once: bool) -> None:
    assert read(events, at_once=at_once) == decode(events, at_once=at_once)
