"""The runner owns the tasks that write replies: whoever watches or leaves, each ends in a settled row."""

import asyncio
import os
import secrets
import socket
from contextlib import AsyncExitStack
from datetime import timedelta
from types import TracebackType
from typing import Self

import structlog

from gql_chat.chats.messages import LEASE, list_expired, save_snapshots
from gql_chat.chats.models import MessageStatus
from gql_chat.generation.delivery.broker import Broker
from gql_chat.generation.delivery.growing import GrowingReply
from gql_chat.generation.job import ReplyJob, Writing
from gql_chat.generation.metrics import tell_of
from gql_chat.generation.provider.llm import LLM
from gql_chat.generation.reaper import close_dead_calls, reap_dead
from gql_chat.generation.settling import ending_of, settle
from gql_chat.generation.vigil import Vigil
from gql_chat.infra.redis.signals import SignalPayload
from gql_chat.infra.tasks.periodic import run_every
from gql_chat.infra.telemetry.metrics import gauge, sampled

BEATS_PER_LEASE = 5  # with a lease of 10 s, a crash may cost 2 s of text at most
SETTLE_RETRY_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)  # and then every 2 s until the database is back
DRAIN_SECONDS = 20.0  # after which the snapshots must do

WRITING = gauge("gql_chat_replies_being_written", "Replies that are being written.")
DRAINING = gauge("gql_chat_draining", "Workers that are about to end and begin no reply.")

log = structlog.get_logger(__name__)


class Runner:
    """Writes replies, keeps their leases and snapshots, and settles what dead workers left behind."""

    def __init__(self, llm: LLM, broker: Broker, *, lease: timedelta = LEASE) -> None:
        self.worker_id = f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._llm = llm
        self._broker = broker
        self.lease = lease
        self._vigil = Vigil(lease)
        self._heartbeat_seconds = lease.total_seconds() / BEATS_PER_LEASE
        self._writings: dict[str, Writing] = {}
        self._heart = AsyncExitStack()
        self.draining = False

    async def __aenter__(self) -> Self:
        self._heart.enter_context(sampled(WRITING, lambda: len(self._writings)))
        self._heart.enter_context(sampled(DRAINING, lambda: self.draining))
        await self._heart.enter_async_context(run_every(self._heartbeat_seconds, self.beat, "heartbeat"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.drain()
        await self._heart.aclose()

    def start(self, job: ReplyJob) -> None:
        """Begin to write; returns at once."""
        reply = GrowingReply(job.message_id, text=job.text, reasoning=job.reasoning)
        generating = asyncio.create_task(self._generate(job), name=f"generate {job.message_id}")
        writing = self._writings[job.message_id] = Writing(job, reply, generating)
        writing.settled = asyncio.create_task(self._see_through(writing), name=f"settle {job.message_id}")
        if self.draining:
            generating.cancel()

    def writes(self, message_id: str) -> bool:
        """Whether the reply is this runner's, be it only that it does not know yet that it has settled it."""
        return message_id in self._writings

    async def stop(self, message_id: str) -> bool:
        """Stop a reply and wait until it is settled; False if this runner does not write it."""
        if not self.stop_soon(message_id):
            return False
        await self.wait(message_id)
        return True

    def stop_soon(self, message_id: str) -> bool:
        """Stop a reply; False if this runner does not write it."""
        writing = self._writings.get(message_id)
        if writing is None:
            return False
        writing.cancelled_as = MessageStatus.STOPPED
        writing.generating.cancel()
        return True

    def hear_stop(self, words: SignalPayload) -> None:
        """Another worker was asked to stop these replies."""
        for message_id in words:
            self.stop_soon(message_id)

    async def wait(self, message_id: str) -> None:
        """Return once the reply is settled; at once if this runner does not write it."""
        writing = self._writings.get(message_id)
        if writing is not None and writing.settled is not None:
            await asyncio.wait({writing.settled})

    async def drain(self) -> None:
        """Before the process ends: settle every reply as INTERRUPTED with all that has arrived."""
        self.draining = True
        for writing in self._writings.values():
            writing.generating.cancel()
        settling = {writing.settled for writing in self._writings.values() if writing.settled}
        if settling:
            await asyncio.wait(settling, timeout=DRAIN_SECONDS)

    async def _generate(self, job: ReplyJob) -> None:
        writing = self._writings[job.message_id]
        append = writing.reply.append
        async with self._llm.stream(job.endpoint, job.prompt) as call:
            writing.call = call
            async for increment in call:
                append(increment.text, increment.reasoning)

    async def _see_through(self, writing: Writing) -> None:
        # Not the generating task: this one is never cancelled, so that every reply ends in a settled row.
        message_id = writing.job.message_id
        try:
            with self._broker.publish(writing.reply):
                await asyncio.wait({writing.generating})
                writing.ended_at = asyncio.get_running_loop().time()
                await self._settle(writing)
        finally:
            del self._writings[message_id]

    async def _settle(self, writing: Writing) -> None:
        message_id, ending = writing.job.message_id, ending_of(writing)
        attempt = 0
        while True:
            try:
                is_ours = await settle(writing, self.worker_id, ending)
            except Exception:  # whatever the database says, the reply is still here and is tried again
                if attempt == 0:  # what follows is the same, and may be every 2 s for hours
                    log.warning("reply_not_settled_yet", message_id=message_id, exc_info=True)
            else:
                if is_ours:
                    tell_of(writing, ending)
                else:
                    log.warning("reply_not_ours_any_more", message_id=message_id)
                return
            await asyncio.sleep(SETTLE_RETRY_SECONDS[min(attempt, len(SETTLE_RETRY_SECONDS) - 1)])
            attempt += 1

    async def beat(self) -> None:
        """One heartbeat: snapshots, leases, and the replies of workers that must be dead."""
        writings = dict(self._writings)
        if writings:
            since = asyncio.get_running_loop().time()
            snapshots = [writing.snapshot() for writing in writings.values() if writing.units != writing.saved_units]
            sizes = {message_id: writing.units for message_id, writing in writings.items()}
            held = await save_snapshots(self.worker_id, snapshots, list(writings), lease=self.lease)
            for message_id, writing in writings.items():
                writing.saved_units = sizes[message_id]
                if message_id not in held:
                    writing.generating.cancel()  # somebody took it for dead: it is not ours to write any more
                elif held[message_id]:
                    self.stop_soon(message_id)
            self._broker.renew(held, until=since + self.lease.total_seconds())
        expired = await list_expired()  # looked for each time, so that a vigil always is one over the database
        if self._vigil.keep():
            await reap_dead(expired, self._broker, lease=self.lease)
            await close_dead_calls()
