"""A reply that is written here, as far as the other workers know it."""

from dataclasses import dataclass, field

from gql_chat.generation.delivery.growing import GrowingReply, Position
from gql_chat.generation.delivery.redis_log import Entry

MAX_ANSWER_UNITS = 65_536  # of text for another worker that lacks it; it asks again for the rest


@dataclass(slots=True, eq=False)
class Publication:
    """A reply that is written here, and how much of it the log has taken and the database has."""

    reply: GrowingReply
    number: int
    trusted_until: float
    known: Position
    saved: Position
    is_placed: bool = False
    """Whether the log says which reply has this number."""
    goes_on: bool = False
    """Whether its last entry is known to have been published, so that the next one need not say what it follows."""
    has_ended: bool = False

    def next_entry(self, now: float, most: int) -> tuple[Entry | None, Position]:
        """Return the next entry of at most so many units, None if there is none to append, and where it ends."""
        if self.has_ended:
            return Entry(self.number) if self.is_placed else None, self.reply.end
        if self.is_placed:
            until = self._until(self.known, self.reply.end, most)
            if until == self.known:
                return None, until
            message_id = "" if self.goes_on else self.reply.message_id
            return Entry.of(self.reply, self.number, self.known, until, message_id), until
        until = self._until(self.saved, self.reply.end, most)
        if self.trusted_until < now:
            return None, until
        return Entry.of(self.reply, self.number, self.saved, until, self.reply.message_id), until

    def unsaved(self) -> Entry:
        """Return what the log has taken and the database lacks."""
        return Entry.of(self.reply, self.number, self.saved, self.known, self.reply.message_id)

    def answer(self, asked: Position) -> list[Entry]:
        """Return what follows the position in the log, and where that ends, so that a part makes others ask again."""
        until = self._until(asked, self.known, MAX_ANSWER_UNITS)
        end = Entry(self.number, self.known.text, reasoning_at=self.known.reasoning)
        return [Entry.of(self.reply, self.number, asked, until, self.reply.message_id), end]

    def _until(self, since: Position, end: Position, most: int) -> Position:
        until = self.reply.end_of(since, most)
        return Position(min(until.text, end.text), min(until.reasoning, end.reasoning))


@dataclass(slots=True)
class Flush:
    """The entries of one message, and how far the log has each reply once it has taken them."""

    entries: list[Entry] = field(default_factory=list)
    reached: dict[Publication, Position] = field(default_factory=dict)
    pending_since: dict[Publication, float] = field(default_factory=dict)
