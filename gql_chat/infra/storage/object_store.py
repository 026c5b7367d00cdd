"""Objects, which are bytes under a key: in a local folder, or in a store that speaks S3 (AWS, MinIO, Tencent COS …)."""

from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from gql_chat.errors import Unavailable
from gql_chat.infra.storage.s3_urls import S3Credentials

if TYPE_CHECKING:
    from obstore.store import S3Credential  # which is not there at run time

CHUNK_BYTES = 256 * 1024  # of what is read at once, about
# What an object is put in pieces of, some of which are in memory meanwhile. S3 takes no smaller ones.
PART_BYTES = 5 * 1024 * 1024
LOCAL_PART_BYTES = 512 * 1024
PARTS_AT_ONCE = 2
# A store that is down is found out soon, and one that is slow is given its time.
CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 3, 30, 600
MAX_RETRIES, RETRY_SECONDS = 3, 10

log = structlog.get_logger(__name__)


class ObjectMissing(Exception):
    """There is no object of this key."""


@dataclass(frozen=True, slots=True)
class S3Place:
    """A bucket, and what its objects' keys begin with: nothing, or a prefix.

    `endpoint` is the server's address as we reach it, `public_endpoint` as browsers do. With `virtual_hosts` the bucket
    is the first part of the host's name, else of the path.
    """

    bucket: str
    prefix: str
    endpoint: str
    public_endpoint: str
    region: str
    virtual_hosts: bool
    credentials: S3Credentials

    def address(self, endpoint: str) -> str:
        """The bucket's address at this endpoint."""
        if not self.virtual_hosts:
            return f"{endpoint}/{self.bucket}"
        parts = urlsplit(endpoint)
        return f"{parts.scheme}://{self.bucket}.{parts.netloc}"

    def public_url(self, key: str) -> str:
        """The object's address as browsers reach it, unsigned."""
        return "/".join(filter(None, [self.address(self.public_endpoint), self.prefix, key]))


class ObjectStore:
    """One folder or bucket. Every verb raises Unavailable if the store cannot do it now; then nothing was changed."""

    def __init__(self, store: LocalStore | S3Store, *, part_bytes: int = PART_BYTES) -> None:
        self._store = store
        self._part_bytes = part_bytes

    async def put(self, key: str, source: Path) -> None:
        """Store a file's bytes, all or none; in memory are at any time a few parts of it."""
        with _told("put", key):
            await obstore.put_async(
                self._store, key, source, chunk_size=self._part_bytes, max_concurrency=PARTS_AT_ONCE
            )

    async def find_size(self, key: str) -> int | None:
        """The object's size in bytes, None if there is none."""
        try:
            with _told("head", key):
                return (await obstore.head_async(self._store, key))["size"]
        except ObjectMissing:
            return None

    async def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The object's bytes from `start` to before `end`, chunk by chunk. Raises ObjectMissing."""
        with _told("get", key):
            if end is None:
                found = await obstore.get_async(self._store, key, options={"range": {"offset": start}} if start else {})
            else:
                found = await obstore.get_async(self._store, key, options={"range": (start, end)})
        return _chunks(found.stream(CHUNK_BYTES), key)

    async def move(self, key: str, to: str) -> None:
        """Give the object another key, in place of what has that key. Raises ObjectMissing."""
        with _told("move", key):
            await obstore.rename_async(self._store, key, to)

    async def delete(self, key: str) -> None:
        """Delete the object, if there is one."""
        try:
            with _told("delete", key):
                await obstore.delete_async(self._store, key)
        except ObjectMissing:
            pass


def open_local_store(folder: Path) -> ObjectStore:
    """The store in a folder, which is made if there is none. Raises OSError if it cannot be written."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryFile(dir=folder):
        pass
    return ObjectStore(LocalStore(folder, automatic_cleanup=True), part_bytes=LOCAL_PART_BYTES)


def open_s3_store(place: S3Place) -> ObjectStore:
    """The store in a bucket; nothing is asked of it yet."""
    store = S3Store(
        place.bucket,
        prefix=place.prefix or None,
        endpoint=place.address(place.endpoint) if place.virtual_hosts else place.endpoint,
        region=place.region,
        virtual_hosted_style_request=place.virtual_hosts,
        # By a function, because what is left out here obstore would look for in the environment.
        credential_provider=partial(_as_obstore_asks, place.credentials),
        client_options={
            "allow_http": place.endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            "read_timeout": timedelta(seconds=READ_SECONDS),
            "timeout": timedelta(seconds=TOTAL_SECONDS),
        },
        retry_config={"max_retries": MAX_RETRIES, "retry_timeout": timedelta(seconds=RETRY_SECONDS)},
    )
    return ObjectStore(store)


def _as_obstore_asks(credentials: S3Credentials) -> "S3Credential":
    return {
        "access_key_id": credentials.access_key_id,
        "secret_access_key": credentials.secret_access_key,
        "token": credentials.session_token,
        "expires_at": None,
    }


async def _chunks(stream: AsyncIterable[bytes], key: str) -> AsyncIterator[bytes]:
    with _told("read", key):
        async for chunk in stream:
            yield chunk


@contextmanager
def _told(verb: str, key: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as exc:
        raise ObjectMissing(key) from exc
    except (BaseError, OSError) as exc:
        # Its own words may be long and hold the store's address, which clients need not know.
        log.warning("object_store_failed", verb=verb, object_key=key, reason=str(exc)[:500])
        raise Unavailable("The file store cannot be reached now; try again later.") from exc
