"""The extractor: reads files' text and prepares images for models, in the sandbox."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import structlog

from gql_chat.files.sniffing import DOCX, PDF, PPTX, XLSX
from gql_chat.infra.sandbox.sandbox import OverLimit, Refused, Sandbox, SandboxLimits, TaskFailed
from gql_chat.infra.telemetry.metrics import Histogram, in_queue

log = structlog.get_logger(__name__)

TASKS = "gql_chat.files.extraction.tasks"
PIECE_BYTES = 1024**2
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


class Extractor:
    """Reads a few files at a time; others wait. Use it with `async with`. Texts are cut after `max_characters`."""

    def __init__(
        self, *, limits: SandboxLimits | None = None, processes: int = 2, max_characters: int = 400_000
    ) -> None:
        self._reading = Sandbox(TASKS, limits=limits, processes=processes)
        # A process of its own, so that a message with an image does not wait for documents that others upload.
        self._fitting = Sandbox(TASKS, limits=limits, processes=1)
        self._max_characters = max_characters

    async def __aenter__(self) -> Self:
        await self._reading.__aenter__()
        await self._fitting.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._fitting.__aexit__(kind, exc, traceback)
        await self._reading.__aexit__(kind, exc, traceback)

    @property
    def pids(self) -> list[int]:
        """Ids of the processes that run now."""
        return [*self._reading.pids, *self._fitting.pids]

    async def read_file(self, path: Path, media_type: str) -> str | None:
        """Return the text of a file; see `examine`."""
        async with aclosing(_pieces(path)) as pieces:
            return await self.examine(media_type, pieces)

    async def examine(self, media_type: str, content: AsyncIterable[bytes]) -> str | None:
        """Return the text of a file, None for a file without text. Check that an image can be shown.

        Raise Unreadable if the file is broken, encrypted, or unpacks to too much, and whatever `content` raises.
        """
        if has_text(media_type):
            options = {"media_type": media_type, "max_characters": self._max_characters}
            return (await _call(self._reading, "read_text", content, **options)).decode()
        if is_image(media_type):
            await _call(self._reading, "check_image", content)
        return None

    async def fit_image(self, content: AsyncIterable[bytes], *, max_edge_pixels: int) -> tuple[str, bytes]:
        """Return media type and bytes of the image as PNG or JPEG within `max_edge_pixels`. Raise as `examine` does."""
        result = await _call(self._fitting, "fit_image", content, max_edge=max_edge_pixels)
        media_type, _, fitted = result.partition(b"\n")
        return media_type.decode(), fitted


async def _call(sandbox: Sandbox, task: str, content: AsyncIterable[bytes], **options: Any) -> bytes:
    try:
        with in_queue("extractions"), SECONDS.labels(task).time():
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
