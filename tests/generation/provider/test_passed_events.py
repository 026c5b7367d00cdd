"""The events of a stream that is passed on, however its bytes arrive."""

import pytest

from gql_chat.generation.provider.passing_on.passed_events import PassedEvents, usage_in

TEXT = b'data: {"choices":[{"delta":{"content":"x"}}],"error":null}'
COUNTED = b'data: {"choices":[{"delta":{"content":"x"}}],"usage":{"prompt_tokens":1,"completion_tokens":%d}}'
LAST = b'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":9}}'
ENDS = (b"\n\n", b"\r\n\r\n")


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
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_the_last_count_is_kept_where_every_event_has_one(end: bytes, size: int) -> None:
    events = PassedEvents(hides_usage=True)
    body = b"".join(COUNTED % number + end for number in range(1, 30)) + TEXT + end
    assert passed_of(events, body, size) == body
    counts = usage_in(events.usage_data)
    assert counts is not None
    assert counts.completion_tokens == 29


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("error", [b'data: {"error":{"message":"no"}}', b'event: error\ndata: {"message":"no"}'])
def test_an_error_does_not_pass(size: int, error: bytes) -> None:
    events = PassedEvents(hides_usage=True)
    assert passed_of(events, b"\n\n".join([TEXT, error, b""]), size) == TEXT + b"\n\n"
    assert events.error == {"message": "no"}
