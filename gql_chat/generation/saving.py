"""Saving of what replies grow by, at each heartbeat by one statement for up to 256 replies of a worker."""

from collections.abc import Iterable, Iterator, Sequence

from gql_chat.chats.pieces import delete_pieces, save_pieces
from gql_chat.generation.job import RunningJob

MAX_UNITS = 262_144  # of text in one statement, so that it takes little memory
MAX_REPLIES = 256  # in one statement: SQLite keeps 2 KB for each of them as long as the statement


class PieceSaver:
    """Stores the pieces of the replies of one worker, and deletes them after the replies have settled."""

    def __init__(self, worker_id: str) -> None:
        self._worker_id = worker_id
        self._settled: list[str] = []
        self._settled_earlier: list[str] = []

    def note_settled(self, running: RunningJob) -> None:
        """Have the pieces of a reply deleted that has settled here or was taken over, if it has any."""
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
        grown = [(running, *running.unsaved(MAX_UNITS)) for running in batch]
        for running in batch:
            running.has_pieces = True  # perhaps, even if the statement fails
        stored = await save_pieces(self._worker_id, [piece for _, piece, _ in grown])
        for running, piece, reached in grown:
            if piece.message_id in stored:  # else its row is locked: it waits for the next time
                running.saved = reached


def _batches(replies: Iterable[RunningJob]) -> Iterator[list[RunningJob]]:
    """Yield the replies that have grown. One that has grown by more than a statement takes comes alone, and again."""
    batch: list[RunningJob] = []
    units = 0
    for running in [running for running in replies if running.unsaved_units]:
        saved = None
        while running.unsaved_units > MAX_UNITS and running.saved != saved:  # else its row is locked
            saved = running.saved
            yield [running]
        if batch and (units + running.unsaved_units > MAX_UNITS or len(batch) == MAX_REPLIES):
            yield batch
            batch, units = [], 0
        batch.append(running)
        units += running.unsaved_units
    if batch:
        yield batch
