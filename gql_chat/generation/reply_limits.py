"""Limits on the memory of replies: each has a maximum length, and those that one worker writes share a budget.

A reply that meets a limit ends as one that met its `max_tokens` does: COMPLETED with the finish reason LENGTH, and with
all text that had arrived.
"""

from collections import Counter
from dataclasses import dataclass

import structlog

from gql_chat.generation.delivery.growing_text import UNIT_BYTES
from gql_chat.generation.job import RunningJob
from gql_chat.generation.provider.completion import Increment
from gql_chat.infra.telemetry.throttled_log import warn_throttled

MEASURED_CHARACTERS = 4096  # by which a reply grows before its memory is counted again

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReplyLimits:
    """The most characters of one reply, and the most bytes that all replies of this worker hold together."""

    max_characters: int = 1_000_000
    max_total_bytes: int = 128 * 1024 * 1024


class ReplyMeter:
    """Appends what arrives to the replies that are growing, and ends those that pass a limit."""

    def __init__(self, limits: ReplyLimits) -> None:
        self._limits = limits
        self._growing: dict[str, RunningJob] = {}
        self._measured_bytes = 0

    @property
    def held_bytes(self) -> int:
        """The bytes of all replies: texts, images, and what was read of an event that is not complete yet."""
        return sum(_held_bytes(running) for running in self._growing.values())

    def begin(self, running: RunningJob) -> None:
        """Count the reply from now on, with the text that it has already if it is continued."""
        self._growing[running.job.message_id] = running
        self.measure(running)

    def end(self, running: RunningJob) -> None:
        """Count the reply no longer: nothing is added to it."""
        if self._growing.pop(running.job.message_id, None) is not None:
            self._measured_bytes -= running.measured_bytes

    def append(self, running: RunningJob, increment: Increment) -> bool:
        """Append the increment, as far as the reply may grow, and return whether the reply goes on."""
        text, reasoning = increment.text, increment.reasoning
        running.characters += len(text) + len(reasoning)
        if running.characters < running.measured_again_at:  # called for every token, so it must do little
            running.reply.append(text, reasoning)
            return True
        return self._append_and_measure(running, text, reasoning)

    def measure(self, running: RunningJob) -> None:
        """Count what the reply holds now, and end the largest replies of the heaviest user if all hold too much."""
        if running.is_cut:
            return
        running.measured_again_at = min(running.characters + MEASURED_CHARACTERS, self._limits.max_characters + 1)
        held_bytes = _held_bytes(running)
        self._measured_bytes += held_bytes - running.measured_bytes
        running.measured_bytes = held_bytes
        while self._measured_bytes > self._limits.max_total_bytes:
            largest = self._largest_of_heaviest_user()
            warn_throttled(log, "replies_beyond_their_memory", largest.user_id, held_bytes=self._measured_bytes)
            self._end_early(largest)

    def _append_and_measure(self, running: RunningJob, text: str, reasoning: str) -> bool:
        if running.characters > self._limits.max_characters:
            running.characters -= len(text) + len(reasoning)
            left = max(0, self._limits.max_characters - running.characters)
            reasoning = reasoning[:left]
            text = text[: left - len(reasoning)]
            running.characters += len(text) + len(reasoning)
            self._end_early(running)
        running.reply.append(text, reasoning)
        self.measure(running)
        return not running.is_cut

    def _largest_of_heaviest_user(self) -> RunningJob:
        totals: Counter[str] = Counter()
        for running in self._growing.values():
            totals[running.user_id] += running.measured_bytes
        [(heaviest, _)] = totals.most_common(1)
        replies = (running for running in self._growing.values() if running.user_id == heaviest)
        return max(replies, key=lambda running: running.measured_bytes)

    def _end_early(self, running: RunningJob) -> None:
        running.cut()
        self.end(running)


def _held_bytes(running: RunningJob) -> int:
    return UNIT_BYTES * running.units + (running.call.held_bytes if running.call else 0)
