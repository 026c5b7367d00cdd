"""The extractor: reads files' text and prepares images for models, in the sandbox."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import structlog

from gql_chat.files.sniffing import DOCX, PDF, PPTX, XLSX
from gql_chat.infra.rate_limits.limiter import Limit, NoRateLimiter, Rate, RateLimiter, require_rate
from gql_chat.infra.sandbox.sandbox import OverLimit, Refused, Sandbox, SandboxLimits, TaskFailed
from gql_chat.infra.tasks.fair_queue import FairQueue, QueueLimits
from gql_chat.infra.telemetry.metrics import Histogram

log = structlog.get_logger(__name__)

TASKS = "gql_chat.files.extraction.tasks"
PIECE_BYTES = 1024**2
MAX_WAITING, MAX_WAITING_PER_USER = 1000, 100  # files, of which nothing is in memory while they wait
_DOCUMENTS = frozenset({PDF, DOCX, XLSX, PPTX})
_TEXTS = frozenset({
    "application/json", "application/yaml", "application/toml", "application/sql", "application/xml", "image/svg+xml",
})  # fmt: skip
_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff", "image/avif"})
_REASONS = {"time": "reading it takes too long", "memory": "reading it takes too much memory"}


SECONDS = Histogram(
    "gql_chat_extraction_seconds",
    "Duration of tasks with a file in a process of its own, waiting included.",
    ("task",),
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)


class Unreadable(Exception):
    """A file cannot be used; its one argument is a sentence for its owner that says why."""


def has_text(media_type: str) -> bool:
    """Return whether files of this type have text to extract."""
    return media_type in _DOCUMENTS or media_type in _TEXTS or media_type.startswith("text/")


def is_image(media_type: str) -> bool:
    """Return whether files of this type are images that models can see."""
    return media_type in _IMAGES


@dataclass(frozen=True, slots=True)
class ProcessingBudget:
    """The seconds of processing that each user has. One file may take `seconds_per_file`, which are taken first."""

    limiter: RateLimiter
    per_user: Limit
    seconds_per_file: float


NO_BUDGET = ProcessingBudget(NoRateLimiter(), Limit(1, per_seconds=1), 1)


class Extractor:
    """Reads a few files at a time, of users in turn. Use it with `async with`. Texts are cut after `max_characters`.

    Documents, plain texts and images for models are read by different processes: nobody's text, and no message with an
    image, waits for documents. A user has all processes but one, so that another user's document finds one free.
    """

    def __init__(
        self,
        *,
        limits: SandboxLimits | None = None,
        processes: int = 2,
        max_characters: int = 400_000,
        budget: ProcessingBudget = NO_BUDGET,
    ) -> None:
        self._documents = _Lane("extractions", limits, budget, processes)
        self._texts = _Lane("texts", limits, budget)
        self._images = _Lane("images", limits, budget)
        self._lanes = (self._documents, self._texts, self._images)
        self._max_characters = max_characters

    async def __aenter__(self) -> Self:
        for lane in self._lanes:
            await lane.sandbox.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        for lane in reversed(self._lanes):
            await lane.sandbox.__aexit__(*exc)

    @property
    def pids(self) -> list[int]:
        """Ids of the processes that run now."""
        return [pid for lane in self._lanes for pid in lane.sandbox.pids]

    async def read_file(self, path: Path, media_type: str, user_id: str) -> str | None:
        """Return the text of a file; see `examine`."""
        async with aclosing(_pieces(path)) as pieces:
            return await self.examine(media_type, pieces, user_id)

    async def examine(self, media_type: str, content: AsyncIterable[bytes], user_id: str) -> str | None:
        """Return the text of a file, None for a file without text. Check that an image can be shown.

        Raise Unreadable if the file is broken, encrypted, or unpacks to too much, RateLimited if the user has had
        too much processed or too many files wait, Unavailable, and whatever `content` raises.
        """
        if has_text(media_type):
            lane = self._documents if media_type in _DOCUMENTS else self._texts
            options = {"media_type": media_type, "max_characters": self._max_characters}
            return (await lane.call(user_id, "read_text", content, **options)).decode()
        if is_image(media_type):
            await self._documents.call(user_id, "check_image", content)
        return None

    async def fit_image(
        self, content: AsyncIterable[bytes], user_id: str, *, max_edge_pixels: int
    ) -> tuple[str, bytes]:
        """Return media type and bytes of the image as PNG or JPEG within `max_edge_pixels`. Raise as `examine` does."""
        result = await self._images.call(user_id, "fit_image", content, max_edge=max_edge_pixels)
        media_type, _, fitted = result.partition(b"\n")
        return media_type.decode(), fitted


class _Lane:
    """Processes for one kind of work, for which users take turns."""

    def __init__(self, name: str, limits: SandboxLimits | None, budget: ProcessingBudget, processes: int = 1) -> None:
        self.sandbox = Sandbox(TASKS, limits=limits, processes=processes)
        per_user = max(processes - 1, 1)
        self._queue = FairQueue(name, QueueLimits(processes, MAX_WAITING, MAX_WAITING_PER_USER, per_user))
        self._budget = budget

    async def call(self, user_id: str, task: str, content: AsyncIterable[bytes], **options: Any) -> bytes:
        budget, rate = self._budget, Rate(f"file processing:{user_id}", self._budget.per_user)
        with SECONDS.labels(task).time():
            async with self._queue.turn(user_id):
                await require_rate(budget.limiter, *rate, budget.seconds_per_file)
                started_at = time.monotonic()
                try:
                    return await _call(self.sandbox, task, content, **options)
                finally:
                    unused_seconds = budget.seconds_per_file - (time.monotonic() - started_at)
                    await budget.limiter.refund(*rate, max(unused_seconds, 0))


async def _call(sandbox: Sandbox, task: str, content: AsyncIterable[bytes], **options: Any) -> bytes:
    try:
        return await sandbox.call(task, content, **options)
    except Refused as refusal:
        raise _unreadable(refusal.reason) from refusal
    except OverLimit as exc:
        raise _unreadable(_REASONS[exc.what]) from exc
    except TaskFailed as exc:
        log.warning("extraction_broke", task=task, where=str(exc))
        raise _unreadable("it is damaged") from exc


async def _pieces(path: Path) -> AsyncGenerator[bytes, None]:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
            yield piece
    finally:
        file.close()


def _unreadable(reason: str) -> Unreadable:
    return Unreadable(f"The file cannot be read: {reason}.")
