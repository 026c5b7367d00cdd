"""The runner owns the tasks that write replies: each ends in a settled row, whether or not anybody watches."""

import asyncio
from contextlib import AsyncExitStack, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Self

import structlog

from gql_chat.chats.leases import LEASE, end_lease, list_held, list_own, release, renew_lease
from gql_chat.chats.models import MessageStatus
from gql_chat.errors import ProviderFailed, Unavailable
from gql_chat.files.dependencies import Files
from gql_chat.generation.delivery.broker import Broker
from gql_chat.generation.delivery.growing import GrowingReply
from gql_chat.generation.fallbacks import find_fallback
from gql_chat.generation.job import ReplyJob, RunningJob
from gql_chat.generation.prompting.prompt import Prompt
from gql_chat.generation.provider.llm import LLM
from gql_chat.generation.reaper import Reaper
from gql_chat.generation.reply_images import discard_images, keep_images
from gql_chat.generation.reply_limits import ReplyLimits, ReplyMeter
from gql_chat.generation.saving import PieceSaver
from gql_chat.generation.settling import ending_of, report_settled, settle
from gql_chat.infra import clock
from gql_chat.infra.signals import SignalPayload
from gql_chat.infra.tasks.periodic import run_every
from gql_chat.infra.telemetry.metrics import gauge, sampled
from gql_chat.infra.telemetry.throttled_log import warn_throttled
from gql_chat.usage.prompts import EarlierPrompts

BEATS_PER_LEASE = 5  # with a lease of 10 s, a crash may cost 2 s of text, and more only of a long reply
SETTLE_RETRY_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)  # and then every 2 s until the database is back
INTERRUPT_SECONDS = 20.0  # after which the last snapshots must suffice

HELD = gauge("gql_chat_replies_held_bytes", "Memory of the replies that are being written, in bytes.")
WRITING = gauge("gql_chat_replies_being_written", "Replies that are being written.")
DRAINING = gauge("gql_chat_draining", "Workers that are about to end and start no reply.")

# Leases go by the database's clock, but tokens expire by this machine's, and rows are dated by it.
CLOCK_TOLERANCE = timedelta(seconds=1)

log = structlog.get_logger(__name__)


class Runner:
    """Writes replies, keeps their leases and snapshots, and settles what dead workers left behind."""

    def __init__(
        self, llm: LLM, broker: Broker, files: Files, *, lease: timedelta = LEASE, limits: ReplyLimits | None = None
    ) -> None:
        self.worker_id = broker.worker_id
        self._llm = llm
        self._broker = broker
        self._files = files
        self.lease = lease
        self.reaper = Reaper(broker, lease)
        self.prompts = EarlierPrompts()
        """Those of the calls that began here, to which the next calls of their sessions may refer."""
        self._heartbeat_seconds = lease.total_seconds() / BEATS_PER_LEASE
        self._running: dict[str, RunningJob] = {}
        self._saver = PieceSaver(self.worker_id)
        self._meter = ReplyMeter(limits or ReplyLimits())
        self._heart = AsyncExitStack()
        self._is_interrupting = False
        self._unwritten: set[str] = set()
        self.draining = False
        """Whether the verbs that start replies must refuse to. Those that have begun may still do so."""

    async def __aenter__(self) -> Self:
        self._heart.enter_context(sampled(WRITING, lambda: len(self._running)))
        self._heart.enter_context(sampled(HELD, lambda: self.held_bytes))
        self._heart.enter_context(sampled(DRAINING, lambda: self.draining))
        await self.renew_lease()
        # Each is a task of its own: the lease waits for no snapshot, and no snapshot for another worker's replies.
        for work, name in ((self.beat, "heartbeat"), (self.save, "snapshots"), (self.reaper.reap, "reaper")):
            await self._heart.enter_async_context(run_every(self._heartbeat_seconds, work, name))
        lease_seconds = self.lease.total_seconds()
        await self._heart.enter_async_context(run_every(lease_seconds, self.release_unwritten, "unwritten replies"))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.interrupt()
        await self._heart.aclose()
        with suppress(Unavailable):  # then it runs out
            await end_lease(self.worker_id)

    @property
    def held_bytes(self) -> int:
        """The memory of the replies that are growing: see ReplyMeter."""
        return self._meter.held_bytes

    def start(self, job: ReplyJob) -> None:
        """Start to write a reply that has been committed, and return at once.

        If the COMMIT was answered so late that the reply was released, it may go on here already: then leave it alone.
        """
        if self.writes(job.message_id):
            log.warning("reply_not_started_again", message_id=job.message_id)
            return
        self.prompts.keep(job.opened, job.prompt.messages, job.endpoint.secrets)
        reply = GrowingReply(job.message_id, text=job.text, reasoning=job.reasoning)
        generating = asyncio.create_task(self._generate(job), name=f"generate {job.message_id}")
        running = self._running[job.message_id] = RunningJob(job, reply, generating)
        running.settled = asyncio.create_task(self._write_and_settle(running), name=f"settle {job.message_id}")
        if self._is_interrupting:
            generating.cancel()
        self._meter.begin(running)

    def writes(self, message_id: str) -> bool:
        """Return whether the reply is this runner's, also while its settlement is not confirmed yet."""
        return message_id in self._running

    def find(self, user_id: str, message_id: str) -> RunningJob | None:
        """Return the reply, if this runner writes it and it is the user's."""
        running = self._running.get(message_id)
        return running if running is not None and running.user_id == user_id else None

    async def stop(self, message_id: str) -> bool:
        """Stop a reply and wait until it is settled; return False if this runner does not write it."""
        if not self.stop_soon(message_id):
            return False
        await self.wait(message_id)
        return True

    def stop_soon(self, message_id: str) -> bool:
        """Stop a reply without waiting; return False if this runner does not write it."""
        running = self._running.get(message_id)
        if running is None:
            return False
        running.cancelled_as = MessageStatus.STOPPED
        running.generating.cancel()
        return True

    def on_stop_signal(self, message_ids: SignalPayload) -> None:
        """Stop these replies, as another worker was asked to."""
        for message_id in message_ids:
            self.stop_soon(message_id)

    async def wait(self, message_id: str) -> None:
        """Return once the reply is settled; at once if this runner does not write it."""
        running = self._running.get(message_id)
        if running is not None and running.settled is not None:
            await asyncio.wait({running.settled})

    async def finish(self) -> None:
        """Return once no reply is being written."""
        while settling := self._settling:
            await asyncio.wait(settling)

    async def interrupt(self) -> None:
        """Settle as INTERRUPTED every reply, with all that has arrived, and every reply that is started from now on."""
        self.draining = self._is_interrupting = True
        if settling := self._settling:
            log.warning("replies_interrupted", count=len(settling))
            for running in self._running.values():
                running.generating.cancel()
            await asyncio.wait(settling, timeout=INTERRUPT_SECONDS)

    @property
    def count(self) -> int:
        """The number of replies that are being written."""
        return len(self._running)

    @property
    def _settling(self) -> set[asyncio.Task[None]]:
        return {running.settled for running in self._running.values() if running.settled}

    async def _generate(self, job: ReplyJob) -> None:
        running = self._running[job.message_id]
        try:
            await self._write(running, job.prompt)
        except ProviderFailed as refusal:
            fallback = None if running.has_grown else find_fallback(job.prompt, refusal)
            if fallback is None:
                raise
            running.begin_again(history_truncated=fallback.is_truncated)
            await self._write(running, fallback)

    async def _write(self, running: RunningJob, prompt: Prompt) -> None:
        client = await self._llm.client()
        async with client.stream(running.job.endpoint, prompt.messages, on_sent=running.note_sent) as call:
            running.call = call
            call.on_held_more = partial(self._meter.measure, running)
            await call.read(partial(self._meter.append, running))

    async def _write_and_settle(self, running: RunningJob) -> None:
        # Not the generating task: this one is never cancelled, so that every reply ends in a settled row.
        message_id = running.job.message_id
        try:
            with self._broker.publish(running.reply):
                await asyncio.wait({running.generating})
                running.ended_at = asyncio.get_running_loop().time()
                await self._keep_images(running)
                self._meter.end(running)
                await self._settle(running)
                self._saver.note_settled(running)
        finally:
            del self._running[message_id]
            del running.generating  # how it failed, or was cancelled, holds frames that hold `running`

    async def _keep_images(self, running: RunningJob) -> None:
        call = running.call
        if call and (call.images or call.images.left_out):
            kept = await keep_images(running.job.opened, call.images, files=self._files)
            running.images = kept.attachments
            running.remark = ("\n\n" if running.reply.text.length and kept.remark else "") + kept.remark
            running.reply.append(running.remark)

    async def _settle(self, running: RunningJob) -> None:
        message_id, ending = running.job.message_id, ending_of(running)
        attempt = 0
        while True:
            try:
                is_ours = await settle(running, self.worker_id, ending)
                if not is_ours:
                    await discard_images(running.user_id, message_id, running.images)
            except Exception:  # whatever the database reports, the reply is still here: try again
                if attempt == 0:  # later failures are the same, and may come every 2 s for hours
                    log.warning("reply_not_settled_yet", message_id=message_id, exc_info=True)
            else:
                if is_ours:
                    self.prompts.keep_answer(running.job.opened, ending.outcome.response_text)
                    running.reply.show()  # what was held while the lease was in doubt is stored now
                    report_settled(running, ending)
                else:
                    log.warning("reply_taken_over", message_id=message_id)
                return
            await asyncio.sleep(SETTLE_RETRY_SECONDS[min(attempt, len(SETTLE_RETRY_SECONDS) - 1)])
            attempt += 1

    async def beat(self) -> None:
        """Renew the lease, first and alone. Then end the replies that are no longer ours, or to be stopped."""
        jobs, until = dict(self._running), asyncio.get_running_loop().time() + self.lease.total_seconds()
        await self.renew_lease()
        held = await list_held(self.worker_id, list(jobs)) if jobs else {}
        for message_id, running in jobs.items():
            if self._running.get(message_id) is not running:
                continue  # settled meanwhile
            if message_id not in held:
                running.generating.cancel()  # another worker took this one for dead: it is no longer ours to write
            elif held[message_id]:
                self.stop_soon(message_id)
        self._broker.renew(held, until=until)

    async def save(self) -> None:
        """Store what the replies have grown by. One whose row is locked waits for the next time."""
        replies = list(self._running.values())
        await self._saver.save(replies)
        self._broker.note_saved({running.job.message_id: running.saved for running in replies})

    async def release_unwritten(self) -> None:
        """Leave to the reapers the replies that are this worker's by the database, but that it did not write last time.

        Nobody else would ever settle them while this worker lives. The COMMIT that stored such a reply has succeeded,
        and its answer was lost.
        """
        unwritten = {message_id for message_id in await list_own(self.worker_id) if message_id not in self._running}
        released, self._unwritten = list(unwritten & self._unwritten), unwritten
        if released:
            await release(self.worker_id, released)
            log.warning("replies_released", message_ids=released)

    async def renew_lease(self) -> None:
        """Renew the lease of this worker, which begins another time if it has run out."""
        began_at = clock.now()
        database_now = await renew_lease(self.worker_id, self.lease)
        self.reaper.guard.beat(database_now)
        _warn_if_off(began_at, database_now, clock.now())


def _warn_if_off(earliest: datetime, database_now: datetime, latest: datetime) -> None:
    """Warn if this machine's clock and the database's differ by more than the call's duration explains."""
    off = max(earliest - database_now, database_now - latest)
    if off > CLOCK_TOLERANCE:
        ahead = round(off.total_seconds() * (1 if earliest > database_now else -1), 1)
        warn_throttled(log, "clock_is_off", "database", ahead_seconds=ahead)
