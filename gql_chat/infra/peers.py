"""The other workers of the same server and of the others: whether one serves, to which clients can go."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gql_chat.infra.signals import SignalPayload, Signals

ASK, ANSWER = "who-serves", "serves"
ANSWER_SECONDS = 0.5  # for an answer; a worker that needs longer is no better place for clients


class Peers:
    """Asks the other workers by signals, because only one that receives them can go on with a reply of this worker.

    Nothing is stored, so nothing can be out of date: a worker that ends too, or has died, does not answer.
    """

    def __init__(self, signals: Signals, *, serves: Callable[[], bool]) -> None:
        """Answer others as long as `serves` returns True."""
        self._signals = signals
        self._serves = serves
        self._question = secrets.token_hex(8)  # of this worker, which asks until one answers: a late answer counts too
        self._is_answered = asyncio.Event()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Answer the others while the block runs."""
        with self._signals.subscribe(ASK, self._answer), self._signals.subscribe(ANSWER, self._receive_answer):
            yield

    async def is_any_serving(self) -> bool:
        """Return whether another worker serves, as soon as one answers. Ask again after a while if none does."""
        self._signals.send(ASK, [self._question])
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._is_answered.wait()
        except TimeoutError:
            return False

    def _answer(self, question: SignalPayload) -> None:
        if self._serves():
            self._signals.send(ANSWER, question)

    def _receive_answer(self, answered: SignalPayload) -> None:
        if list(answered) == [self._question]:
            self._is_answered.set()
