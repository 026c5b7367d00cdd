"""Object storage, bytes by key: in a local folder or an S3-compatible store (AWS, SeaweedFS, Tencent COS …)."""

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

CHUNK_BYTES = 256 * 1024  # the approximate size of one read
# The size of the parts of an upload, of which a few are in memory at once. S3 accepts no smaller ones.
PART_BYTES = 5 * 1024 * 1024
LOCAL_PART_BYTES = 512 * 1024
PARTS_AT_ONCE = 2
# A store that is down is detected soon, and a slow one gets its time.
CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 3, 30, 600
MAX_RETRIES, RETRY_SECONDS = 3, 10

log = structlog.get_logger(__name__)


class ObjectMissing(Exception):
    """There is no object with this key."""


@dataclass(frozen=True, slots=True)
class S3Place:
    """A bucket and the prefix of its objects' keys, which may be empty.

    `endpoint` is the store's address for this server, `public_endpoint` for browsers. With `virtual_hosts` the bucket
    is the first part of the host name, otherwise of the path.
    """

    bucket: str
    prefix: str
    endpoint: str
    public_endpoint: str
    region: str
    virtual_hosts: bool
    credentials: S3Credentials

    def address(self, endpoint: str) -> str:
        """Return the bucket's address at this endpoint."""
        if not self.virtual_hosts:
            return f"{endpoint}/{self.bucket}"
        parts = urlsplit(endpoint)
        return f"{parts.scheme}://{self.bucket}.{parts.netloc}"

    def public_url(self, key: str) -> str:
        """Return the object's address for browsers, unsigned."""
        return "/".join(filter(None, [self.address(self.public_endpoint), self.prefix, key]))


class ObjectStore:
    """One folder or bucket. Every method raises Unavailable, and changes nothing, if the store cannot do it now."""

    def __init__(self, store: LocalStore | S3Store, *, part_bytes: int = PART_BYTES) -> None:
        self._store = store
        self._part_bytes = part_bytes

    async def put(self, key: str, source: Path) -> None:
        """Store a file's bytes, all or none. Only a few parts of it are in memory at any time."""
        with _translated_errors("put", key):
            await obstore.put_async(
                self._store, key, source, chunk_size=self._part_bytes, max_concurrency=PARTS_AT_ONCE
            )

    async def find_size(self, key: str) -> int | None:
        """Return the object's size in bytes, or None if there is no such object."""
        try:
            with _translated_errors("head", key):
                return (await obstore.head_async(self._store, key))["size"]
        except ObjectMissing:
            return None

    async def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Stream the object's bytes from `start` to before `end` in chunks. Raises ObjectMissing."""
        with _translated_errors("get", key):
            if end is None:
                found = await obstore.get_async(self._store, key, options={"range": {"offset": start}} if start else {})
            else:
                found = await obstore.get_async(self._store, key, options={"range": (start, end)})
        return _chunks(found.stream(CHUNK_BYTES), key)

    async def copy(self, key: str, to: str) -> None:
        """Give the object's bytes of now a second key, which no later change of the first reaches.

        Raises ObjectMissing.
        """
        with _translated_errors("copy", key):
            await obstore.copy_async(self._store, key, to)

    async def delete(self, key: str) -> None:
        """Delete the object, if there is one."""
        try:
            with _translated_errors("delete", key):
                await obstore.delete_async(self._store, key)
        except ObjectMissing:
            pass


def open_local_store(folder: Path) -> ObjectStore:
    """Open the store in a folder, and create the folder if necessary. Raises OSError if it cannot be written."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryFile(dir=folder):
        pass
    return ObjectStore(LocalStore(folder, automatic_cleanup=True), part_bytes=LOCAL_PART_BYTES)


def open_s3_store(place: S3Place) -> ObjectStore:
    """Open the store in a bucket, without a request to it."""
    store = S3Store(
        place.bucket,
        prefix=place.prefix or None,
        endpoint=place.address(place.endpoint) if place.virtual_hosts else place.endpoint,
        region=place.region,
        virtual_hosted_style_request=place.virtual_hosts,
        # A function, because obstore looks in the environment for credentials that are left out here.
        credential_provider=partial(_obstore_credential, place.credentials),
        client_options={
            "allow_http": place.endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            "read_timeout": timedelta(seconds=READ_SECONDS),
            "timeout": timedelta(seconds=TOTAL_SECONDS),
        },
        retry_config={"max_retries": MAX_RETRIES, "retry_timeout": timedelta(seconds=RETRY_SECONDS)},
    )
    return ObjectStore(store)


def _obstore_credential(credentials: S3Credentials) -> "S3Credential":
    return {
        "access_key_id": credentials.access_key_id,
        "secret_access_key": credentials.secret_access_key,
        "token": credentials.session_token,
        "expires_at": None,
    }


async def _chunks(stream: AsyncIterable[bytes], key: str) -> AsyncIterator[bytes]:
    with _translated_errors("read", key):
        async for chunk in stream:
            yield chunk


@contextmanager
def _translated_errors(verb: str, key: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as exc:
        raise ObjectMissing(key) from exc
    except (BaseError, OSError) as exc:
        # The store's message may be long and reveal its address, which clients need not know.
        log.warning("object_store_failed", verb=verb, object_key=key, reason=str(exc)[:500])
        raise Unavailable("The file store cannot be reached; try again later.") from exc
