"""An answer that is passed on to an OpenAI client as it arrives: bytes in, bytes out, and the count of tokens noted."""

import asyncio
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from gql_chat.chats.models import FinishReason
from gql_chat.errors import ProviderFailed
from gql_chat.generation.provider.answer import Answer
from gql_chat.generation.provider.call import BROKEN
from gql_chat.generation.provider.completion_body import NO_COMPLETION, find_body, find_object
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.generation.provider.errors.bodies import reports_error
from gql_chat.generation.provider.errors.failures import broken_off
from gql_chat.generation.provider.finish_reasons import find_failure
from gql_chat.generation.provider.passing_on.passed_events import PassedEvents, usage_in
from gql_chat.generation.provider.passing_on.uncounted import UncountedAnswer
from gql_chat.generation.provider.passing_on.whole_answers import as_stream, begins_whole
from gql_chat.generation.provider.response import Response
from gql_chat.generation.provider.response_data import ResponseData
from gql_chat.generation.provider.sse import EventTooLong
from gql_chat.generation.provider.timeouts import Timeouts
from gql_chat.usage.tokens import Usage

# A longer answer in one piece, or a longer stream, is no answer.
MAX_WHOLE_BYTES = 16 * 1024 * 1024
MAX_STREAM_BYTES = 1024 * 1024 * 1024
# To look at the events of so many bytes may take milliseconds. One such part at a time, with as long a pause after it,
# leaves half of the loop's time to everything else, however many streams bring them.
LARGE_READ_BYTES = 32 * 1024

ENDLESS_LINE = "The provider sent a line without end."
ENDLESS_ANSWER = "The provider sent an answer without end."


class PassedCall(Answer):
    """An answer as bytes. `read` it until it is over: a stream brings whole events, another answer comes as a whole.

    A whole answer to a request for a stream becomes one: clients see none of it otherwise.
    """

    finish_reason: FinishReason | None = None  # not looked for

    def __init__(
        self,
        response: Response,
        endpoint: Endpoint,
        timeouts: Timeouts,
        started_at: float,
        body: Mapping[str, Any],
        turns: asyncio.Lock,
    ) -> None:
        super().__init__(response, endpoint, timeouts, started_at)
        self.on_held: Callable[[int], None] | None = None
        """Called with the bytes that this keeps more, or fewer, than before; its errors end the call."""
        self.is_stream = bool(body.get("stream"))
        self.usage: Usage | None = None
        self._answer = UncountedAnswer()
        self._shows_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        self._events = PassedEvents(hides_usage=not self._shows_usage, choices=body.get("n"))
        self._is_whole = None if self.is_stream else True
        self._turns = turns
        self._head = b""
        self._is_over = False
        self._held_bytes = 0
        self._arrived = self._untaken = b""

    @property
    def response_data(self) -> str | None:
        """The id, model and usage of the answer, as JSON."""
        data = ResponseData()
        data.note_head(self._head)
        if (body := find_body(self._events.usage_data or self._head)) and body.usage:
            data.note_usage(body.usage)
        return data.as_json()

    @property
    def uncounted_text(self) -> str:
        """The beginning of the text, to estimate its tokens by; empty if the provider has counted them."""
        return "" if self.usage else self._answer.text

    @property
    def uncounted_lengths(self) -> float:
        """How many times as long as `uncounted_text` the whole text is."""
        return self._answer.lengths

    async def read(self, try_send: Callable[[bytes], bool] | None = None) -> bytes:
        """Return the next bytes to pass on, empty at the end. Raise ProviderFailed after all bytes that came before it.

        Events that `try_send` takes are passed on in the very call in which the event loop reads them.
        """
        if self._is_whole is None:
            self._is_whole = await self._begins_whole()
        if self._is_whole:
            return await self._read_whole()
        if try_send is not None and self._decompressor is None and (passed := await self._pass_on(try_send)):
            return passed
        while not self._is_over:
            data = await self._read_some()
            try:
                passed = await self._whole_events(data)
            except EventTooLong as exc:
                raise self._bad_response(ENDLESS_LINE) from exc
            self._is_over = not data or self._events.error is not None
            self._hold(self._events.unread_bytes)
            if passed:
                self._answer.add(passed)
                self._note(passed)
                return passed
        if (failure := self._events.failure) is not None:
            raise self._refused(failure)
        if self.first_token_ms is None:
            raise self._bad_response("The provider sent an empty answer.")
        if not self._events.is_finished:
            raise self._bad_response("The provider ended the answer before it was complete.")
        return b""

    async def close(self) -> None:
        """Release the connection at once, for another request if the answer is complete. Note the count of tokens."""
        self._watchdog.stop()
        self.usage = self.usage or usage_in(self._events.usage_data)
        self._response.release()

    async def _pass_on(self, try_send: Callable[[bytes], bool]) -> bytes:
        """Pass events on until something takes a coroutine, and return the events that `try_send` did not take."""
        self._untaken = b""
        passes = partial(self._pass_arrived, try_send), partial(self._pass_chunks, try_send)
        self._watchdog.waiting_since = self._loop.time()
        try:
            await self._response.read_body(*passes)
        except EventTooLong as exc:
            raise self._bad_response(ENDLESS_LINE) from exc
        finally:
            self._watchdog.waiting_since = None
        return self._untaken

    def _pass_arrived(self, try_send: Callable[[bytes], bool]) -> bool:
        """Pass on what has arrived, and return whether the rest takes a coroutine: an end, or a large read."""
        content = self._content
        while content._buffer:
            if self._pass_chunks(try_send, [content._read_nowait(-1)]):
                return True
        return content.at_eof() or content.exception() is not None

    def _pass_chunks(self, try_send: Callable[[bytes], bool], contents: list[bytes]) -> bool:
        """Pass on the contents of chunks, and return as `_pass_arrived` does."""
        data = contents[0] if len(contents) == 1 else b"".join(contents)
        if len(data) >= LARGE_READ_BYTES:
            self._arrived = data
            return True
        passed = self._events.feed(data)
        self._is_over = self._events.error is not None
        if self._events.unread_bytes != self._held_bytes:
            self._hold(self._events.unread_bytes)
        if passed:
            self._answer.add(passed)
            if self.first_token_ms is None or self._answer.all_bytes > MAX_STREAM_BYTES:
                self._note(passed)
            if not try_send(passed):
                self._untaken = passed
                return True
        self._watchdog.waiting_since = self._loop.time()
        return self._is_over

    async def _whole_events(self, data: bytes) -> bytes:
        """Return the events that these bytes complete. Large reads wait for their turn: see LARGE_READ_BYTES."""
        if len(data) < LARGE_READ_BYTES:
            return self._events.feed(data) if data else self._events.end()
        events = []
        async with self._turns:
            for start in range(0, len(data), LARGE_READ_BYTES):
                begun_at = self._loop.time()
                events.append(self._events.feed(data[start : start + LARGE_READ_BYTES]))
                if self._events.error is not None:
                    break
                await asyncio.sleep(self._loop.time() - begun_at)
        return b"".join(events)

    def _has_only_end_to_come(self) -> bool:
        return self._events.is_done or (self._events.has_only_end_to_come and self._answer.has_text)

    def _hold(self, held_bytes: int) -> None:
        if held_bytes != self._held_bytes:
            change, self._held_bytes = held_bytes - self._held_bytes, held_bytes
            if self.on_held is not None:
                self.on_held(change)

    def _note(self, passed: bytes) -> None:
        """Note the first token, and end an answer that has none."""
        if self._answer.all_bytes > MAX_STREAM_BYTES:
            raise self._bad_response(ENDLESS_ANSWER)
        if self.first_token_ms is None:
            self._note_first_token()
            self._watchdog.limit_silence(self._between_tokens_seconds, self._has_only_end_to_come)
            self._head = passed.partition(b"data:")[2].partition(b"\n")[0]

    async def _begins_whole(self) -> bool:
        """Return whether the answer is no stream, by its first bytes: servers' content types are not reliable."""
        start = b""
        while (is_whole := begins_whole(start)) is None and len(start) < LARGE_READ_BYTES:
            if not (data := await self._read_some()):
                break
            start += data
        self._arrived = start
        return bool(is_whole)

    async def _read_whole(self) -> bytes:
        if self._is_over:
            return b""
        whole = bytearray()
        while data := await self._read_some():
            whole += data
            if len(whole) > MAX_WHOLE_BYTES:
                raise self._bad_response(ENDLESS_ANSWER)
            self._hold(2 * len(whole))  # with its copy
        self._is_over, self._head = True, bytes(whole.removeprefix(BOM_UTF8))
        body = find_body(self._head)
        if body is None:
            is_page = self._head.lstrip().startswith(b"<")
            found = "answered with a web page" if is_page else NO_COMPLETION
            raise self._bad_response(f"The provider {found}.")
        self.usage = usage_in(self._head)
        if body.error or not body.choices:
            raise self._without_message(body.error)
        self._note_first_token()
        self._answer.add(self._head)
        for choice in body.choices or ():
            if failure := find_failure(choice.finish_reason):
                raise self._refused(failure)
        return self._head if not self.is_stream else self._as_stream()

    def _as_stream(self) -> bytes:
        if (events := as_stream(self._head, shows_usage=self._shows_usage)) is None:
            raise self._bad_response(f"The provider {NO_COMPLETION}.")
        return events

    def _without_message(self, error: Any) -> ProviderFailed:
        members = find_object(self._head) or {}
        if error or members.get("object") == "error" or reports_error(members):
            return self._refused(error or members)
        return self._bad_response("The provider sent an answer without a message.")

    async def _read_some(self) -> bytes:
        if self._arrived:
            arrived, self._arrived = self._arrived, b""
            return arrived
        self._watchdog.waiting_since = self._loop.time()
        try:
            return await (self._response.read_some() if self._decompressor is None else self._read_compressed())
        except BROKEN as exc:
            if self._content._buffer:  # which aiohttp keeps back, although it arrived before the failure
                return self._content._read_nowait(-1)
            if self._events.is_finished:
                return b""  # all of the answer is here, only the formal end is not
            raise broken_off(exc, status_code=self.status_code) from exc
        finally:
            self._watchdog.waiting_since = None

    async def _read_compressed(self) -> bytes:
        if self._decompressor is not None and self._decompressor.unconsumed_tail:
            return self._decompress(b"")
        while data := await self._response.read_some():
            if plain := self._decompress(data):
                return plain
        return b""
