"""Limits on the memory of replies: each has a maximum length, and those that one worker writes share a budget.

A reply that meets a limit ends as one that met its `max_tokens` does: COMPLETED with the finish reason LENGTH, and with
all text that had arrived.
"""

from collections import Counter
from dataclasses import dataclass

import structlog

from gql_chat.generation.delivery.growing import UNIT_BYTES
from gql_chat.generation.job import RunningJob
from gql_chat.generation.provider.completion import Increment
from gql_chat.infra.telemetry.throttled_log import warn_throttled

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReplyLimits:
    """The most characters of one reply, and the most bytes that all replies of this worker hold together."""

    max_characters: int = 1_000_000
    max_total_bytes: int = 128 * 1024 * 1024


class ReplyMeter:
    """Appends what arrives to the replies that are growing, and ends those that pass a limit."""

    def __init__(self, limits: ReplyLimits) -> None:
        self.held_bytes = 0
        """The bytes of all growing replies: their texts, and what was read of an event that is not complete yet."""
        self._limits = limits
        self._growing: dict[str, RunningJob] = {}

    def begin(self, running: RunningJob) -> None:
        """Count the reply from now on, with the text that it has already if it is continued."""
        self._growing[running.job.message_id] = running
        self.measure(running)

    def end(self, running: RunningJob) -> None:
        """Count the reply no longer: nothing is added to it."""
        if self._growing.pop(running.job.message_id, None) is not None:
            self.held_bytes -= running.held_bytes

    def append(self, running: RunningJob, increment: Increment) -> bool:
        """Append the increment, as far as the reply may grow, and return whether the reply goes on."""
        text, reasoning = increment
        left = self._limits.max_characters - running.characters
        if len(text) + len(reasoning) > left:
            left = max(0, left)
            reasoning = reasoning[:left]
            text = text[: left - len(reasoning)]
            self._end_early(running)
        running.characters += len(text) + len(reasoning)
        running.reply.append(text, reasoning)
        self.measure(running)
        return not running.is_cut

    def measure(self, running: RunningJob) -> None:
        """Count what the reply holds now, and end the largest replies of the heaviest user if all hold too much."""
        if running.is_cut:
            return
        held_bytes = UNIT_BYTES * running.units + (running.call.unread_bytes if running.call else 0)
        self.held_bytes += held_bytes - running.held_bytes
        running.held_bytes = held_bytes
        while self.held_bytes > self._limits.max_total_bytes:
            largest = self._largest_of_heaviest_user()
            warn_throttled(log, "replies_beyond_their_memory", largest.user_id, held_bytes=self.held_bytes)
            self._end_early(largest)

    def _largest_of_heaviest_user(self) -> RunningJob:
        totals: Counter[str] = Counter()
        for running in self._growing.values():
            totals[running.user_id] += running.held_bytes
        [(heaviest, _)] = totals.most_common(1)
        replies = (running for running in self._growing.values() if running.user_id == heaviest)
        return max(replies, key=lambda running: running.held_bytes)

    def _end_early(self, running: RunningJob) -> None:
        running.cut()
        self.end(running)
