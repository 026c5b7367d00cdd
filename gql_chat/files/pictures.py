"""Pictures: URLs by which models see the images and videos of the store."""

import base64
from collections import OrderedDict
from collections.abc import AsyncIterable

from gql_chat.errors import RateLimited
from gql_chat.files.extraction.extractor import Extractor, Unreadable, is_image
from gql_chat.files.links import FileLinks
from gql_chat.files.models import File
from gql_chat.infra.storage.object_store import ObjectMissing, ObjectStore

MODEL_IMAGE_TYPES = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp"}
)  # others are sent as data URLs of PNG
MAX_INLINE_VIDEO_BYTES = 10 * 1024**2  # a third more as base64, in every request that contains it
MAX_CACHED_BYTES = 32 * 1024**2  # of prepared images, because a chat sends the same ones with every message


class NotShown(Exception):
    """A model cannot see the file; `fact` completes `The file …`."""

    def __init__(self, fact: str) -> None:
        super().__init__(fact)
        self.fact = fact


class Pictures:
    """Makes URLs of the store itself if there are `links` that servers of models can follow, else data URLs."""

    def __init__(
        self, store: ObjectStore, extractor: Extractor, links: FileLinks | None, *, max_edge_pixels: int
    ) -> None:
        self._store = store
        self._extractor = extractor
        self._links = links
        self._max_edge_pixels = max_edge_pixels
        self._cache: OrderedDict[str, str] = OrderedDict()
        self._cached_bytes = 0

    async def url_of(self, file: File) -> str:
        """Return the URL of an image or a video, valid for some minutes at least. Raise NotShown and Unavailable."""
        if self._links is not None and (file.media_type in MODEL_IMAGE_TYPES or not is_image(file.media_type)):
            return self._links.download_url(file, "")
        if file.id in self._cache:
            self._cache.move_to_end(file.id)
            return self._cache[file.id]
        try:
            return await (self._image(file) if is_image(file.media_type) else self._video(file))
        except ObjectMissing as exc:
            raise NotShown("cannot be shown: its content is lost") from exc

    async def _image(self, file: File) -> str:
        try:
            media_type, data = await self._extractor.fit_image(
                await self._store.open(file.object_key), file.user_id, max_edge_pixels=self._max_edge_pixels
            )
        except Unreadable as exc:
            raise NotShown("cannot be shown: it is damaged or too large") from exc
        except RateLimited as exc:
            raise NotShown("cannot be shown now: too many files were processed within the last hour") from exc
        url = _data_url(media_type, data)
        self._store_url(file.id, url)
        return url

    async def _video(self, file: File) -> str:
        if file.size_bytes > MAX_INLINE_VIDEO_BYTES or not file.media_type.startswith("video/"):
            raise NotShown("cannot be shown: it is too large, or of a kind that models cannot see")
        return _data_url(file.media_type, await _joined(await self._store.open(file.object_key)))

    def _store_url(self, file_id: str, url: str) -> None:
        if file_id in self._cache or len(url) > MAX_CACHED_BYTES:
            return
        self._cache[file_id] = url
        self._cached_bytes += len(url)
        while self._cached_bytes > MAX_CACHED_BYTES:
            _, oldest = self._cache.popitem(last=False)
            self._cached_bytes -= len(oldest)


async def _joined(pieces: AsyncIterable[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


def _data_url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
