"""Signed links, valid for a while, to put a file's bytes into the store and to get them out."""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import unquote, urlencode, urlsplit

from gql_chat.errors import NotFound
from gql_chat.files.models import File
from gql_chat.files.names import PART, attachment_disposition
from gql_chat.infra import clock
from gql_chat.infra.ids import is_id
from gql_chat.infra.storage.object_store import S3Place
from gql_chat.infra.storage.s3_urls import sign_url

UPLOAD_LIFETIME = timedelta(hours=1)
DOWNLOAD_LIFETIME = timedelta(minutes=15)
# A file keeps the same link for this long, so that browsers find the file in their cache.
LINK_STEP = timedelta(minutes=5)
LINKS_PATH = "/files"


@dataclass(frozen=True, slots=True)
class UploadLink:
    """A link for a PUT of exactly the announced number of bytes."""

    url: str
    expires_at: datetime


class FileLinks(Protocol):
    """Makes links. `origin` is `https://host` of this server as the client knows it."""

    @property
    def origin(self) -> str | None:
        """The `https://host` that all links lead to. None if they lead to the server that the client talks to."""
        ...

    def upload_link(self, file: File, origin: str) -> UploadLink:
        """Return a link for a PENDING file, valid until that expires."""
        ...

    def download_url(self, file: File, origin: str) -> str:
        """Return a link to a READY file, valid for `DOWNLOAD_LIFETIME` or a little more."""
        ...

    def find_file_id(self, url: str, origin: str) -> str | None:
        """Return the id in a link of either kind, valid or not; None for any other address."""
        ...


class StoreLinks:
    """Links to the store itself, which speaks S3."""

    def __init__(self, place: S3Place) -> None:
        self.place = place

    @property
    def origin(self) -> str:
        """The store's origin; see FileLinks."""
        parts = urlsplit(self.place.public_url(""))
        return f"{parts.scheme}://{parts.netloc}"

    def upload_link(self, file: File, origin: str) -> UploadLink:
        """Return a link; see FileLinks."""
        assert file.expires_at is not None, "only PENDING files are put"
        now = clock.now()
        url = sign_url(
            "PUT",
            self.place.public_url(file.object_key + PART),
            credentials=self.place.credentials,
            region=self.place.region,
            now=now,
            lifetime_seconds=int((file.expires_at - now).total_seconds()),
            headers={"content-length": str(file.size_bytes)},
        )
        return UploadLink(url, file.expires_at)

    def download_url(self, file: File, origin: str) -> str:
        """Return a link; see FileLinks."""
        return sign_url(
            "GET",
            self.place.public_url(file.object_key),
            credentials=self.place.credentials,
            region=self.place.region,
            now=_link_start(),
            lifetime_seconds=int((DOWNLOAD_LIFETIME + LINK_STEP).total_seconds()),
            query={
                "response-content-disposition": attachment_disposition(file.name),
                "response-content-type": file.media_type,
            },
        )

    def find_file_id(self, url: str, origin: str) -> str | None:
        """Return the id; see FileLinks."""
        key = _path_below(self.place.public_url(""), url)
        # The key begins with the id and the extension; what a copy and an upload add follows a dot too.
        name = key.rpartition("/")[2].partition(".")[0] if key else ""
        return name if is_id(name, "file") else None


class ServedLinks:
    """Links to this server, which signs and later serves them. `public_origin` takes precedence over `origin`."""

    def __init__(self, key: bytes, public_origin: str | None = None) -> None:
        self._key = key
        self._public_origin = public_origin

    @property
    def origin(self) -> str | None:
        """The public origin, if there is one; see FileLinks."""
        return self._public_origin

    def upload_link(self, file: File, origin: str) -> UploadLink:
        """Return a link; see FileLinks."""
        assert file.expires_at is not None, "only PENDING files are put"
        return UploadLink(self._link("PUT", file, file.expires_at, origin), file.expires_at)

    def download_url(self, file: File, origin: str) -> str:
        """Return a link; see FileLinks."""
        return self._link("GET", file, _link_start() + DOWNLOAD_LIFETIME + LINK_STEP, origin)

    def find_file_id(self, url: str, origin: str) -> str | None:
        """Return the id; see FileLinks."""
        name = next(
            filter(None, (_path_below(own + LINKS_PATH, url) for own in (self._public_origin, origin) if own)), ""
        )
        return name if is_id(name, "file") else None

    def require_valid(self, method: str, file: File, expires: str, signature: str) -> None:
        """Raise NotFound for a link that this server has not signed, or not for this, or that has expired."""
        ours = hmac.compare_digest(self._sign(method, file, expires).encode(), signature.encode())
        if not ours or clock.now() >= datetime.fromtimestamp(int(expires), UTC):
            raise NotFound("This link is invalid or has expired. Request a new one.")

    def _link(self, method: str, file: File, expires_at: datetime, origin: str) -> str:
        expires = str(int(expires_at.timestamp()))
        query = urlencode({"expires": expires, "signature": self._sign(method, file, expires)})
        return f"{self._public_origin or origin}{LINKS_PATH}/{file.id}?{query}"

    def _sign(self, method: str, file: File, expires: str) -> str:
        # The id, because the object's key changes when the file becomes READY, and links outlive that.
        signed = "\n".join([method, file.id, str(file.size_bytes), expires])
        return hmac.digest(self._key, signed.encode(), "sha256").hex()


def _path_below(base: str, url: str) -> str | None:
    """Return the rest of the URL's path if it is below this base, with http as good as https."""
    try:
        ours, theirs = urlsplit(base), urlsplit(url)
    except ValueError:
        return None
    path, folder = unquote(theirs.path), ours.path.rstrip("/") + "/"
    if theirs.netloc.lower() != ours.netloc.lower() or not path.startswith(folder):
        return None
    return path.removeprefix(folder)


def _link_start() -> datetime:
    now, step = int(clock.now().timestamp()), int(LINK_STEP.total_seconds())
    return datetime.fromtimestamp(now - now % step, UTC)
