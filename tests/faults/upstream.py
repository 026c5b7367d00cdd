"""The model's side of a load: it writes until it is told to end, and knows what it has sent to whom."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from types import TracebackType
from typing import Self, TypeAlias

from gql_chat.demo import DemoServer, DrivenCall

GAP_SECONDS = 0.04  # between two pieces of one reply
MISHAP_PIECES = 8
LONG, LONG_PIECE_CHARACTERS = " at length", 20_000  # what is said so is answered so

Mishap: TypeAlias = Callable[[DrivenCall], Awaitable[None]]
"""What becomes of a call instead of its good end."""


class Upstream:
    """Answers every call of one load by pieces that name it; `sent` holds, by what was said, each call's text."""

    def __init__(self, demo: DemoServer, mishap: Mishap | None = None, pieces: int = MISHAP_PIECES) -> None:
        """Every second call meets the mishap after so many pieces."""
        self._driven = demo.drive("demo")
        self._mishap = mishap
        self._pieces = pieces
        self.unlucky: set[str] = set()
        """What was said in the calls that have met it."""
        self.sent: dict[str, list[str]] = {}
        self.ending = asyncio.Event()
        """Set when all replies shall end."""
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
        said = call.body["messages"][-1]["content"]
        texts = self.sent.setdefault(said, [])
        texts.append("")
        mishap = self._mishap if len(self.sent) % 2 else None
        with suppress(ConnectionError):  # whoever asked is gone
            for number in count():
                if number == self._pieces if mishap else self.ending.is_set():
                    break
                piece = f"{said}:{number} 🌍 " + "." * LONG_PIECE_CHARACTERS * said.endswith(LONG)
                texts[-1] += piece  # before it goes out: nobody can have more than this
                await call.send(piece)
                await asyncio.sleep(GAP_SECONDS)
            if mishap is None:
                await call.finish()
            else:
                self.unlucky.add(said)
                await mishap(call)
