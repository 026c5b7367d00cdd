"""Saving of what replies grow by, at each heartbeat by one statement for all replies of a worker."""

from collections.abc import Iterable, Iterator, Sequence

from gql_chat.chats.pieces import delete_pieces, save_pieces
from gql_chat.generation.job import RunningJob

MAX_UNITS = 262_144  # of text in one statement, unless one reply has grown by more, so that it takes little memory


class PieceSaver:
    """Stores the pieces of the replies of one worker, and deletes them after the replies have settled."""

    def __init__(self, worker_id: str) -> None:
        self._worker_id = worker_id
        self._settled: list[str] = []
        self._settled_earlier: list[str] = []

    def note_settled(self, running: RunningJob) -> None:
        """Have the pieces of a settled reply deleted, if it has any."""
        if running.has_pieces:
            self._settled.append(running.job.message_id)

    async def save(self, replies: Iterable[RunningJob]) -> None:
        """Store what these replies have grown by, and delete the pieces of those that settled two calls ago.

        Those of later ones stay, because somebody may have read the row before it settled and be about to read them.
        """
        for batch in _batches(replies):
            await self._save(batch)
        if self._settled_earlier:
            await delete_pieces(self._settled_earlier)
        self._settled_earlier, self._settled = self._settled, []

    async def _save(self, batch: Sequence[RunningJob]) -> None:
        grown = [(running, running.reply.end, running.unsaved()) for running in batch]
        for running in batch:
            running.has_pieces = True  # perhaps, even if the statement fails
        stored = await save_pieces(self._worker_id, [piece for *_, piece in grown])
        for running, reached, piece in grown:
            if piece.message_id in stored:  # else its row is locked: it waits for the next time
                running.saved = reached


def _batches(replies: Iterable[RunningJob]) -> Iterator[list[RunningJob]]:
    batch: list[RunningJob] = []
    units = 0
    for running in [running for running in replies if running.unsaved_units]:
        if batch and units + running.unsaved_units > MAX_UNITS:
            yield batch
            batch, units = [], 0
        batch.append(running)
        units += running.unsaved_units
    if batch:
        yield batch
