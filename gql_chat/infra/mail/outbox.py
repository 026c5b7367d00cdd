"""The outbox: letters leave after the answer that promised them, whatever the mail server does."""

import asyncio
import logging
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import structlog

from gql_chat.infra.mail.mailer import Letter, Mailer, MailFailed
from gql_chat.infra.telemetry.metrics import Counter, queued

LETTERS = Counter("gql_chat_letters_total", "Letters that left, or were given up.", ("outcome",))

log = structlog.get_logger(__name__)

AT_ONCE = 4
MAX_WAITING = 1000  # letters; a few KB each
# Before each try. The first, so that the work of sending never lies within the answer's time, which would tell
# whether there is a letter at all; the last is past most greylisting, and within a code's life.
PAUSES_SECONDS = (0.2, 2.0, 15.0, 90.0)
LAST_WORDS_SECONDS = 2.0  # for letters that wait when the server ends


class Outbox:
    """Sends in the background, several letters at once; `async with` it."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer
        self._free = asyncio.Semaphore(AT_ONCE)
        self._waiting: set[asyncio.Task[None]] = set()
        self._metrics = ExitStack()

    async def __aenter__(self) -> Self:
        self._metrics.enter_context(queued("letters", lambda: len(self._waiting)))
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._waiting:
            _, late = await asyncio.wait(self._waiting, timeout=LAST_WORDS_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._metrics.close()

    def post(self, letter: Letter | None) -> None:
        """Returns at once. A letter that cannot be sent is given up and logged without what it says.

        None, nothing to send, is as much work while somebody waits for the answer.
        """
        if len(self._waiting) >= MAX_WAITING:
            _drop(letter, "too many letters wait")
            return
        task = asyncio.create_task(self._deliver(letter), name="letter")
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _deliver(self, letter: Letter | None) -> None:
        if letter is None:
            await asyncio.sleep(PAUSES_SECONDS[0])
            return
        try:
            if reason := await self._try(letter):
                _drop(letter, reason)
            else:
                LETTERS.labels("sent").inc()
        except asyncio.CancelledError:
            _drop(letter, "the server ends")
            raise
        except Exception as exc:  # noqa: BLE001 - the edge of the task; without a traceback, which may quote the letter
            _drop(letter, type(exc).__name__, level=logging.ERROR)

    async def _try(self, letter: Letter) -> str | None:
        """Why it could not be sent."""
        reason = None
        for pause_seconds in PAUSES_SECONDS:
            await asyncio.sleep(pause_seconds)
            try:
                async with self._free:
                    await self._mailer.send(letter)
            except MailFailed as failure:
                reason = str(failure)
                if not failure.temporary:
                    break
            else:
                return None
        return reason


def _drop(letter: Letter | None, reason: str, *, level: int = logging.WARNING) -> None:
    if letter is not None:
        LETTERS.labels("dropped").inc()
        log.log(level, "letter_dropped", subject=letter.subject, reason=reason)
