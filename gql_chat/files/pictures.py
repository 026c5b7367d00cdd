"""Pictures: the addresses by which models see images and videos of the store."""

import base64
from collections import OrderedDict
from collections.abc import AsyncIterable

from gql_chat.files.extraction.extractor import Extractor, Unreadable, is_image
from gql_chat.files.links import FileLinks
from gql_chat.files.models import File
from gql_chat.infra.storage.object_store import ObjectMissing, ObjectStore

KNOWN_TO_MODELS = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})  # others are given as data, as PNG
MAX_INLINE_VIDEO_BYTES = 10 * 1024**2  # a third more as base64, in every request that shows it
MAX_KEPT_BYTES = 32 * 1024**2  # of images that were made ready, because a chat shows the same ones in every message


class NotShown(Exception):
    """A model cannot see the file; `fact` completes `The file …`."""

    def __init__(self, fact: str) -> None:
        super().__init__(fact)
        self.fact = fact


class Pictures:
    """Gives addresses of the store itself where it has `links` that model's servers can follow, else data URLs."""

    def __init__(
        self, store: ObjectStore, extractor: Extractor, links: FileLinks | None, *, max_edge_pixels: int
    ) -> None:
        self._store = store
        self._extractor = extractor
        self._links = links
        self._max_edge_pixels = max_edge_pixels
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._kept_bytes = 0

    async def address_of(self, file: File) -> str:
        """The address of an image or a video, good for some minutes at least. Raises NotShown, and Unavailable."""
        if self._links is not None and (file.media_type in KNOWN_TO_MODELS or not is_image(file.media_type)):
            return self._links.download_url(file, "")
        if file.id in self._kept:
            self._kept.move_to_end(file.id)
            return self._kept[file.id]
        try:
            return await (self._image(file) if is_image(file.media_type) else self._video(file))
        except ObjectMissing as exc:
            raise NotShown("cannot be shown: its content is lost") from exc

    async def _image(self, file: File) -> str:
        try:
            media_type, data = await self._extractor.fit_image(
                await self._store.open(file.object_key), max_edge_pixels=self._max_edge_pixels
            )
        except Unreadable as exc:
            raise NotShown("cannot be shown: it is damaged or too large") from exc
        url = _data_url(media_type, data)
        self._keep(file.id, url)
        return url

    async def _video(self, file: File) -> str:
        if file.size_bytes > MAX_INLINE_VIDEO_BYTES or not file.media_type.startswith("video/"):
            raise NotShown("cannot be shown: it is too large, or of a kind that models do not see")
        return _data_url(file.media_type, await _joined(await self._store.open(file.object_key)))

    def _keep(self, file_id: str, url: str) -> None:
        if file_id in self._kept or len(url) > MAX_KEPT_BYTES:
            return
        self._kept[file_id] = url
        self._kept_bytes += len(url)
        while self._kept_bytes > MAX_KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest)


async def _joined(pieces: AsyncIterable[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


def _data_url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
