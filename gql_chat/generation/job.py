"""A reply that is being written: its request, and the text that has arrived so far."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from gql_chat.chats.models import Attachment, Message, MessageStatus
from gql_chat.chats.pieces import Piece
from gql_chat.generation.accounting import Attempt
from gql_chat.generation.delivery.growing import GrowingReply, Position
from gql_chat.generation.prompting.prompt import Prompt
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.usage.models import OpenCall
from gql_chat.usage.tokens import Usage

if TYPE_CHECKING:
    from gql_chat.generation.provider.call import ProviderCall


class ReplyJob(msgspec.Struct, frozen=True):
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
class RunningJob(Attempt):
    """A job in progress. `generating` ends first, at `ended_at`, then `settled`; times are the loop's.

    `is_cut` if it was ended because it met a limit; `characters` are those of both texts. ReplyMeter keeps these.
    `saved` is how far the database has both texts; it may `has_pieces` of them, which outlive the settlement a little.
    `images` are stored once the answer has ended, and `remark`, the end of the text, says which were left out.
    `settled_row` is the reply's row as this worker has settled it.
    """

    job: ReplyJob
    reply: GrowingReply
    generating: asyncio.Task[None]
    call: "ProviderCall | None" = field(default=None, kw_only=True)
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
    saved: Position = field(init=False)
    has_pieces: bool = False
    started_at: float = field(default_factory=_now_seconds)
    ended_at: float = 0.0

    def __post_init__(self) -> None:
        self.saved = self.reply.end
        self.characters = len(self.job.text) + len(self.job.reasoning)
        self.history_truncated = self.job.prompt.is_truncated

    @property
    def unsaved_units(self) -> int:
        """The UTF-16 code units of both texts that are not saved."""
        return self.units - self.saved.text - self.saved.reasoning

    @property
    def units(self) -> int:
        """The UTF-16 code units of both texts."""
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

    def cut(self) -> None:
        """End the reply at a limit, as if the model had met its own limit of length."""
        if self.generating.cancel():
            self.is_cut = True
            self.cancelled_as = MessageStatus.COMPLETED

    def unsaved(self, most: int) -> tuple[Piece, Position]:
        """Return at most so many units of what the reply has grown by since it was `saved`, and where they end."""
        saved, until = self.saved, self.reply.end_of(self.saved, most)
        text = self.reply.text.between(saved.text, until.text)
        reasoning = self.reply.reasoning.between(saved.reasoning, until.reasoning)
        return Piece(self.job.message_id, saved.text, saved.reasoning, text, reasoning), until
