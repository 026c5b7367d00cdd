"""A reply that is being written: its request, and the text that has arrived so far."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gql_chat.chats.leases import Snapshot
from gql_chat.chats.models import Attachment, Message, MessageStatus
from gql_chat.generation.delivery.growing import GrowingReply
from gql_chat.generation.prompting.prompt import Prompt
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.usage.models import OpenCall
from gql_chat.usage.tokens import Usage

if TYPE_CHECKING:
    from gql_chat.generation.provider.call import ProviderCall

# Each snapshot writes the whole text, so those of a long reply at every heartbeat grew with the square of its length:
# 212 MB for 1.6 MB of text. On average a reply may write this much per heartbeat; shorter ones are stored at each.
SNAPSHOT_UNITS_PER_HEARTBEAT = 16_384


@dataclass(frozen=True, slots=True)
class ReplyJob:
    """A reply to write: its row exists and is STREAMING under this runner's worker id, and its call is open.

    `row` is as it was stored, with what the reply has already if it is continued. `usage` is that of earlier calls.
    """

    row: Message
    opened: OpenCall
    endpoint: Endpoint
    prompt: Prompt
    usage: Usage | None = None

    @property
    def message_id(self) -> str:
        """The reply's id."""
        return self.row.id

    @property
    def text(self) -> str:
        """The text that the reply has already."""
        return self.row.text

    @property
    def reasoning(self) -> str:
        """The reasoning that the reply has already."""
        return self.row.reasoning or ""


def _now_seconds() -> float:
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class RunningJob:
    """A job in progress. `generating` ends first, at `ended_at`, then `settled`; times are the loop's.

    `is_cut` if it was ended because it met a limit; `characters` are those of both texts. ReplyMeter keeps these.
    `images` are stored once the answer has ended, and `remark`, the end of the text, says which were left out.
    `settled_row` is the reply's row as this worker has settled it.
    """

    job: ReplyJob
    reply: GrowingReply
    generating: asyncio.Task[None]
    was_sent: bool = False
    asked_for_usage: bool = True
    call: "ProviderCall | None" = None
    cancelled_as: MessageStatus = MessageStatus.INTERRUPTED
    settled: asyncio.Task[None] | None = None
    settled_row: Message | None = None
    history_truncated: bool = False
    is_cut: bool = False
    images: Sequence[Attachment] = ()
    remark: str = ""
    characters: int = 0
    measured_bytes: int = 0
    measured_again_at: int = 0
    saved_units: int = 0
    unsaved_heartbeats: int = 0
    started_at: float = field(default_factory=_now_seconds)
    ended_at: float = 0.0

    def __post_init__(self) -> None:
        self.characters = len(self.job.text) + len(self.job.reasoning)
        self.history_truncated = self.job.prompt.is_truncated

    @property
    def units(self) -> int:
        """The UTF-16 code units of both texts; the reply has grown if they differ from `saved_units`."""
        return self.reply.text.length + self.reply.reasoning.length

    @property
    def user_id(self) -> str:
        """The user who asked for the reply."""
        return self.job.opened.user_id

    @property
    def has_grown(self) -> bool:
        """Whether text, reasoning or an image has come from the provider."""
        return self.characters > len(self.job.text) + len(self.job.reasoning) or bool(self.call and self.call.images)

    def begin_again(self, *, history_truncated: bool) -> None:
        """Forget a call that the provider refused: another follows, with another prompt."""
        self.was_sent, self.call, self.history_truncated = False, None, history_truncated

    def note_sent(self, asked_for_usage: bool) -> None:
        """Note that the request was sent, whether or not it is ever answered."""
        self.was_sent, self.asked_for_usage = True, asked_for_usage

    def cut(self) -> None:
        """End the reply at a limit, as if the model had met its own limit of length."""
        if self.generating.cancel():
            self.is_cut = True
            self.cancelled_as = MessageStatus.COMPLETED

    def needs_snapshot(self) -> bool:
        """Count a heartbeat, and return whether the text is to be stored with it: see SNAPSHOT_UNITS_PER_HEARTBEAT."""
        self.unsaved_heartbeats += 1
        has_grown = self.units != self.saved_units
        return has_grown and self.units <= self.unsaved_heartbeats * SNAPSHOT_UNITS_PER_HEARTBEAT

    def note_saved(self, units: int) -> None:
        """Note that a snapshot of this length is stored."""
        self.saved_units = units
        self.unsaved_heartbeats = 0

    def snapshot(self) -> Snapshot:
        """Return both texts as they are now."""
        return Snapshot(self.job.message_id, str(self.reply.text), str(self.reply.reasoning))
