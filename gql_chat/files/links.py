"""Links that are good for a while to whoever holds them: to put a file's bytes into the store, and to get them out."""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urlencode

from gql_chat.errors import NotFound
from gql_chat.files.models import File
from gql_chat.files.names import PART, attachment_disposition
from gql_chat.infra import clock
from gql_chat.infra.storage.object_store import S3Place
from gql_chat.infra.storage.s3_urls import sign_url

UPLOAD_LIFETIME = timedelta(hours=1)
DOWNLOAD_LIFETIME = timedelta(minutes=15)
# A file's link stays the same for as long, so that browsers find again what they have loaded.
SAME_LINK = timedelta(minutes=5)
LINKS_PATH = "/files"


@dataclass(frozen=True, slots=True)
class UploadLink:
    """A PUT of exactly the announced bytes."""

    url: str
    expires_at: datetime


class FileLinks(Protocol):
    """Makes links. `origin` is the server's own, `https://host`, as the one who asks knows it."""

    def upload_link(self, file: File, origin: str) -> UploadLink:
        """For a file that is PENDING, until that expires."""
        ...

    def download_url(self, file: File, origin: str) -> str:
        """For a file that is READY, for `DOWNLOAD_LIFETIME` or a little more."""
        ...


class StoreLinks:
    """To the store itself, which speaks S3."""

    def __init__(self, place: S3Place) -> None:
        self._place = place

    def upload_link(self, file: File, origin: str) -> UploadLink:
        """See FileLinks."""
        assert file.expires_at is not None, "only what is PENDING is put"
        now = clock.now()
        url = sign_url(
            "PUT",
            self._place.public_url(file.object_key + PART),
            credentials=self._place.credentials,
            region=self._place.region,
            now=now,
            lifetime_seconds=int((file.expires_at - now).total_seconds()),
            headers={"content-length": str(file.size_bytes)},
        )
        return UploadLink(url, file.expires_at)

    def download_url(self, file: File, origin: str) -> str:
        """See FileLinks."""
        return sign_url(
            "GET",
            self._place.public_url(file.object_key),
            credentials=self._place.credentials,
            region=self._place.region,
            now=_link_start(),
            lifetime_seconds=int((DOWNLOAD_LIFETIME + SAME_LINK).total_seconds()),
            query={
                "response-content-disposition": attachment_disposition(file.name),
                "response-content-type": file.media_type,
            },
        )


class ServedLinks:
    """To this server, which signs and later serves them; `public_origin` goes before what a client calls us."""

    def __init__(self, key: bytes, public_origin: str | None = None) -> None:
        self._key = key
        self._public_origin = public_origin

    def upload_link(self, file: File, origin: str) -> UploadLink:
        """See FileLinks."""
        assert file.expires_at is not None, "only what is PENDING is put"
        return UploadLink(self._link("PUT", file, file.expires_at, origin), file.expires_at)

    def download_url(self, file: File, origin: str) -> str:
        """See FileLinks."""
        return self._link("GET", file, _link_start() + DOWNLOAD_LIFETIME + SAME_LINK, origin)

    def require_good(self, method: str, file: File, expires: str, signature: str) -> None:
        """Raise NotFound for a link that is not of our making, not for this, or not good any more."""
        ours = hmac.compare_digest(self._sign(method, file, expires).encode(), signature.encode())
        if not ours or clock.now() >= datetime.fromtimestamp(int(expires), UTC):
            raise NotFound("This link is not good, or not any more.")

    def _link(self, method: str, file: File, expires_at: datetime, origin: str) -> str:
        expires = str(int(expires_at.timestamp()))
        query = urlencode({"expires": expires, "signature": self._sign(method, file, expires)})
        return f"{self._public_origin or origin}{LINKS_PATH}/{file.id}?{query}"

    def _sign(self, method: str, file: File, expires: str) -> str:
        signed = "\n".join([method, file.object_key, str(file.size_bytes), expires])
        return hmac.digest(self._key, signed.encode(), "sha256").hex()


def _link_start() -> datetime:
    now, step = int(clock.now().timestamp()), int(SAME_LINK.total_seconds())
    return datetime.fromtimestamp(now - now % step, UTC)
