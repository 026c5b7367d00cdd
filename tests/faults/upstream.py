"""The model's side of a load: it writes until a test ends it, and records the text that it has sent to each call."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from types import TracebackType
from typing import Self, TypeAlias

from gql_chat.generation.prompting.prompt import CONTINUE
from tests.support.demo import DemoServer, DrivenCall

GAP_SECONDS = 0.04  # between two pieces of one reply
MISHAP_PIECES = 8
LONG, LONG_PIECE_CHARACTERS = " at length", 20_000  # what is said so is answered so
LONG_PIECES = 200  # and short ones follow: neither a reply's limit nor a model's silence is to end it on a slow machine

Mishap: TypeAlias = Callable[[DrivenCall], Awaitable[None]]
"""The end of a call that does not end well."""


def _said(prompt: list[dict[str, str]]) -> str:
    """Return the user's message that is answered, also by a continuation."""
    return prompt[-3 if prompt[-1]["content"] == CONTINUE else -1]["content"]


class Upstream:
    """A model that answers every call of one load by pieces that name it. `sent` holds each call's text by prompt."""

    def __init__(self, demo: DemoServer, mishap: Mishap | None = None, pieces: int = MISHAP_PIECES) -> None:
        """Let every second call meet the mishap after so many pieces."""
        self._driven = demo.drive("demo")
        self._mishap = mishap
        self._pieces = pieces
        self.unlucky: set[str] = set()
        """The prompts of the calls that have met the mishap."""
        self.sent: dict[str, list[str]] = {}
        self.ending = asyncio.Event()
        """Set when all replies are to end."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._taking = asyncio.create_task(self._take_calls())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for task in (self._taking, *self._tasks):
            task.cancel()
        await asyncio.wait((self._taking, *self._tasks))

    async def _take_calls(self) -> None:
        while True:
            call = await self._driven.next_call()
            self._tasks.add(asyncio.create_task(self._answer(call)))

    async def _answer(self, call: DrivenCall) -> None:
        said = _said(call.body["messages"])
        texts = self.sent.setdefault(said, [])
        number_of_call = len(texts)  # another call may begin before this one notices that its worker was killed
        texts.append("")
        mishap = self._mishap if len(self.sent) % 2 else None
        with suppress(ConnectionError):  # whoever asked is gone
            for number in count():
                if number == self._pieces if mishap else self.ending.is_set():
                    break
                is_long = said.endswith(LONG) and number < LONG_PIECES
                piece = f"{said}:{number} 🌍 " + "." * LONG_PIECE_CHARACTERS * is_long
                texts[number_of_call] += piece  # before it goes out: nobody can have more than this
                await call.send(piece)
                await asyncio.sleep(GAP_SECONDS)
            if mishap is None:
                await call.finish()
            else:
                self.unlucky.add(said)
                await mishap(call)
