"""The outbox sends emails after the response that caused them, whatever the mail server does."""

import asyncio
import logging
from contextlib import ExitStack
from typing import Self

import structlog

from gql_chat.infra.mail.mailer import Email, EmailNotSent, Mailer
from gql_chat.infra.telemetry.metrics import Counter, queued

EMAILS = Counter("gql_chat_emails_total", "Emails that were sent or dropped.", ("outcome",))

log = structlog.get_logger(__name__)

MAX_CONCURRENT = 4
MAX_WAITING = 1000  # emails; a few KB each
# The pause before each try. The first keeps the work of sending out of the response time, which would reveal whether
# there is an email at all. The last is longer than most greylisting and shorter than a code's life.
PAUSES_SECONDS = (0.2, 2.0, 15.0, 90.0)
CLOSE_SECONDS = 2.0  # for emails that still wait when the server shuts down


class Outbox:
    """Sends several emails at once in the background. Use with `async with`."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer
        self._free = asyncio.Semaphore(MAX_CONCURRENT)
        self._waiting: set[asyncio.Task[None]] = set()
        self._metrics = ExitStack()

    async def __aenter__(self) -> Self:
        self._metrics.enter_context(queued("emails", lambda: len(self._waiting)))
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._waiting:
            _, late = await asyncio.wait(self._waiting, timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._metrics.close()

    def enqueue(self, email: Email | None) -> None:
        """Send the email in the background and return at once. If it cannot be sent, log its subject, not its text.

        None sends nothing but costs as much while the caller waits, so that response times reveal nothing.
        """
        if len(self._waiting) >= MAX_WAITING:
            _drop(email, "too many emails are waiting")
            return
        task = asyncio.create_task(self._deliver(email), name="email")
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _deliver(self, email: Email | None) -> None:
        if email is None:
            await asyncio.sleep(PAUSES_SECONDS[0])
            return
        try:
            if reason := await self._send_with_retries(email):
                _drop(email, reason)
            else:
                EMAILS.labels("sent").inc()
        except asyncio.CancelledError:
            _drop(email, "the server is shutting down")
            raise
        except Exception as exc:  # noqa: BLE001 - the edge of the task; without a traceback, which may quote the email
            _drop(email, type(exc).__name__, level=logging.ERROR)

    async def _send_with_retries(self, email: Email) -> str | None:
        """Return None once the email is sent, otherwise the reason why not."""
        reason = None
        for pause_seconds in PAUSES_SECONDS:
            await asyncio.sleep(pause_seconds)
            try:
                async with self._free:
                    await self._mailer.send(email)
            except EmailNotSent as failure:
                reason = str(failure)
                if not failure.temporary:
                    break
            else:
                return None
        return reason


def _drop(email: Email | None, reason: str, *, level: int = logging.WARNING) -> None:
    if email is not None:
        EMAILS.labels("dropped").inc()
        log.log(level, "email_dropped", subject=email.subject, reason=reason)
