"""The events of a stream that is passed on, however its bytes arrive."""

from collections.abc import Sequence

import msgspec
import pytest

from gql_chat.generation.provider.passing_on.passed_events import PassedEvents, usage_in

TEXT = b'data: {"choices":[{"delta":{"content":"x"}}],"error":null}'
COUNTED = b'data: {"choices":[{"delta":{"content":"x"}}],"usage":{"prompt_tokens":1,"completion_tokens":%d}}'
LAST = b'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":9}}'
ENDS = (b"\n\n", b"\r\n\r\n")
CR_END = b"\r\r"
SIZES = (1, 7, 10_000)


def passed_of(events: PassedEvents, body: bytes, size: int) -> bytes:
    """Return what passes of a body that arrives in parts of this size."""
    parts = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join([*map(events.feed, parts), events.end()])


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("size", [1, 7, 100, 10_000])
@pytest.mark.parametrize("hides_usage", [True, False])
def test_all_events_pass_but_the_count_that_nobody_asked_for(end: bytes, size: int, hides_usage: bool) -> None:
    events = PassedEvents(hides_usage=hides_usage)
    shown = [TEXT, COUNTED % 1, COUNTED % 2, TEXT, b": a comment", TEXT]
    body = b"".join(event + end for event in [*shown, LAST])
    assert passed_of(events, body, size) == (body[: -len(LAST + end)] if hides_usage else body)
    counts = usage_in(events.usage_data)
    assert counts is not None
    assert counts.completion_tokens == 9
    assert events.error is None


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("size", SIZES)
def test_the_last_count_is_kept_where_every_event_has_one(end: bytes, size: int) -> None:
    events = PassedEvents(hides_usage=True)
    body = b"".join(COUNTED % number + end for number in range(1, 30)) + TEXT + end
    assert passed_of(events, body, size) == body
    counts = usage_in(events.usage_data)
    assert counts is not None
    assert counts.completion_tokens == 29


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "error",
    [
        b'data: {"error":{"message":"no"}}',
        b'data: {"error" : {"message":"no"}}',
        b'event: error\ndata: {"message":"no"}',
        b'event:error\r\ndata: {"message":"no"}',
        b': ping\nevent: error\ndata: {"message":"no"}',
    ],
)
def test_an_error_does_not_pass(size: int, error: bytes) -> None:
    events = PassedEvents(hides_usage=True)
    assert passed_of(events, b"\n\n".join([TEXT, error, b""]), size) == TEXT + b"\n\n"
    assert events.error == {"message": "no"}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("colon", [b":", b": "])
def test_a_reason_that_means_a_failure_passes_with_its_count_and_nothing_behind_it(size: int, colon: bytes) -> None:
    events = PassedEvents(hides_usage=True)
    failed = b"%b\n\n" % (COUNTED % 9).replace(b'"delta"', b'"finish_reason"%b"abort","delta"' % colon)
    passed = b""
    for start in range(0, len(body := TEXT + b"\n\n" + failed + TEXT + b"\n\n"), size):
        if events.error is None:
            passed += events.feed(body[start : start + size])
    assert passed == TEXT + b"\n\n" + failed
    assert events.error == {"message": "finish_reason: abort"}
    counts = usage_in(events.usage_data)
    assert counts is not None
    assert counts.completion_tokens == 9


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("choices", [1, 2])
@pytest.mark.parametrize("length", [1, 10_000])
def test_a_reason_in_another_spelling_is_found_at_the_end(size: int, choices: int, length: int) -> None:
    events = PassedEvents(hides_usage=True, choices=choices)
    last = delta(0, "x" * length, "abort").replace(b'"finish_reason":', b'"finish_reason" :\t')
    body = b"".join(event + b"\n\n" for event in [MORE, last, b"data: [DONE]"])
    assert passed_of(events, body, size) == body
    assert events.failure == {"message": "finish_reason: abort"}


@pytest.mark.parametrize("size", SIZES)
def test_lines_that_end_with_cr_pass_as_lines_that_end_with_lf(size: int) -> None:
    events = PassedEvents(hides_usage=True)
    shown = [TEXT, b": a comment", COUNTED % 1, b'id: 5\rdata: {"choices":[]}', TEXT]
    body = b"".join(event + CR_END for event in [*shown, LAST, b"data: [DONE]"])
    lines = b"".join(event.replace(b"\r", b"\n") + b"\n\n" for event in [*shown, b"data: [DONE]"])
    assert passed_of(events, body, size) == lines
    assert events.is_finished
    counts = usage_in(events.usage_data)
    assert counts is not None
    assert counts.completion_tokens == 9


@pytest.mark.parametrize("size", SIZES)
def test_an_error_in_lines_that_end_with_cr_does_not_pass(size: int) -> None:
    for end in (b"", b"\r", CR_END):
        events = PassedEvents(hides_usage=True)
        body = TEXT + CR_END + b'event: error\rdata: {"message":"no"}' + end
        assert passed_of(events, body, size) == TEXT + b"\n\n"
        assert events.error == {"message": "no"}


def choice(index: int, reason: str | None = None, content: str = "x") -> bytes:
    """Return an event of one choice, with its reason in front of a text as long as Perplexity's whole message."""
    parts = {"index": index, "finish_reason": reason, "message": {"content": content}, "delta": {}}
    return b"data: " + msgspec.json.encode({"choices": [parts]})


def is_finished(sent: Sequence[bytes], size: int, end: bytes = ENDS[0], *, choices: bool = False) -> bool:
    """Return whether the stream of these events is complete."""
    events = PassedEvents(hides_usage=True, choices=2 if choices else 1)
    passed_of(events, b"".join(event + end for event in sent), size)
    return events.is_finished


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("choices", [True, False])
def test_either_sign_of_the_end_is_found_whatever_comes_with_it(size: int, end: bytes, choices: bool) -> None:
    long = choice(0, "stop", "x" * 10_000)
    for last in ([long], [choice(0, "stop"), LAST], [choice(0, "stop"), *[b": ping"] * 50], [b"data: [DONE]"]):
        assert is_finished([TEXT, *last], size, end, choices=choices), last
    assert not is_finished([TEXT, choice(0, None, "x" * 10_000), LAST, b": ping"], size, end, choices=choices)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", [1, 100])
def test_a_refusal_needs_no_reason(size: int, count: int) -> None:
    no = [refusal(0, None), *[refusal(0, "x")] * count]
    assert is_finished([*no, LAST], size)
    assert not is_finished([no[0], MORE, LAST], size)
    assert is_finished([*no, delta(1, "x", "stop")], size, choices=True)
    assert not is_finished([*no, delta(1, "x")], size, choices=True)


def refusal(index: int, text: str | None) -> bytes:
    """Return an event of one choice that brings a refusal."""
    parts = {"index": index, "delta": {"refusal": text}, "finish_reason": None}
    return b"data: " + msgspec.json.encode({"choices": [parts]})


@pytest.mark.parametrize("size", SIZES)
def test_an_answer_of_several_choices_is_complete_with_the_last_of_them(size: int) -> None:
    first, second = choice(0, "stop"), choice(1, "length")
    begun = [choice(0), choice(1), first]
    assert not is_finished(begun, size, choices=True)
    assert not is_finished([*begun, LAST], size, choices=True)
    assert is_finished([*begun, *[choice(1)] * 50, second], size, choices=True)
    assert is_finished([*begun, second, LAST, b": ping"], size, choices=True)
    assert is_finished([*begun, b"data: [DONE]"], size, choices=True)
    assert is_finished([choice(0), first], size, choices=True)  # of a server that knows no `n`


def delta(index: int, content: str, reason: str | None = None) -> bytes:
    """Return an event of one choice that brings text."""
    parts = {"index": index, "delta": {"content": content}, "finish_reason": reason}
    return b"data: " + msgspec.json.encode({"choices": [parts]})


MORE, LONG, STOP, STOPPED = delta(0, "x"), delta(0, "x" * 10_000), delta(0, "", "stop"), delta(0, "x", "stop")
NO, LONG_NO = refusal(0, "x"), refusal(0, "x" * 10_000)
BOTH = [MORE, delta(1, "x"), STOP, delta(1, "", "stop")]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("sent", "n", "is_certain"),
    [
        ([MORE], 1, False),
        ([MORE, STOP], 1, True),
        ([MORE, STOP, LAST], 1, True),
        ([LONG, STOP, STOP, delta(0, "")], 1, True),
        ([MORE, delta(0, "x" * 10_000, "stop"), LAST], 1, True),
        ([MORE, b"data: [DONE]"], 1, True),
        ([MORE, NO, LONG_NO, STOP], 1, True),
        ([MORE, LONG_NO, NO], 1, False),
        ([STOP, MORE], 1, False),
        ([STOP, STOPPED], 1, False),
        ([STOP, LONG], 1, False),
        ([STOP, LONG, STOP], 1, False),
        ([STOP, delta(0, "x" * 10_000, "stop")], 1, False),
        ([delta(0, "x" * 10_000, "stop"), MORE], 1, False),
        (BOTH, 2, True),
        ([MORE, STOP], 2, False),
        ([*BOTH, MORE], 2, False),
        (BOTH, 3, False),
        ([*BOTH, b"data: [DONE]"], 3, True),
    ],
)
def test_only_the_end_is_to_come_behind_a_finish_reason_that_no_text_follows(
    size: int, sent: Sequence[bytes], n: int, is_certain: bool
) -> None:
    events = PassedEvents(hides_usage=True, choices=n)
    passed_of(events, b"".join(event + b"\n\n" for event in sent), size)
    assert events.has_only_end_to_come is is_certain
