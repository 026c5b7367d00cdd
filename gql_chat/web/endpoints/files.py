"""Upload and download of files by signed links, with range requests (RFC 9110, 14)."""

import asyncio
import re
from typing import NamedTuple

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from gql_chat.api.engine.errors import format_error
from gql_chat.errors import (
    BadUserInput,
    Conflict,
    GqlChatError,
    NotFound,
    PayloadTooLarge,
    RateLimited,
    ShuttingDown,
    Unavailable,
)
from gql_chat.files.catalog import find_linked_file
from gql_chat.files.completion import receive_upload
from gql_chat.files.dependencies import Files
from gql_chat.files.links import DOWNLOAD_LIFETIME, ServedLinks
from gql_chat.files.models import File, FileStatus
from gql_chat.files.names import attachment_disposition
from gql_chat.files.policy import too_large
from gql_chat.infra.storage.object_store import ObjectMissing
from gql_chat.infra.telemetry.request_context import current_request
from gql_chat.web.headers import refusal_headers
from gql_chat.web.middleware import cors

STATUSES: dict[type[GqlChatError], int] = {
    BadUserInput: 400, NotFound: 404, Conflict: 409, PayloadTooLarge: 413, RateLimited: 429, Unavailable: 503,
}  # fmt: skip
# A browser downloads the file, whatever is in it, and never runs it. A page of any origin may show it as an image,
# because everybody who knows the link may have it.
SAFE_HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer",
}
NO_CONTENT = "The content of this file is not available."

_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))")


class ByteRange(NamedTuple):
    """The bytes from `start` to before `end`."""

    start: int
    end: int


class RangeNotSatisfiable(Exception):
    """The file has no byte of the requested range."""


class FileTransfers:
    """The ASGI application at `/files/{file_id}`."""

    def __init__(self, files: Files) -> None:
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._handle(request)
        except ClientDisconnect:
            return
        except asyncio.CancelledError:  # of a server that ends, and waits no longer
            response = _refusal(ShuttingDown())
        except GqlChatError as error:
            response = _refusal(error)
        await response(scope, receive, send)

    async def _handle(self, request: Request) -> Response:
        if request.method not in cors.FILES.methods:
            return Response(status_code=405, headers={"allow": ", ".join(cors.FILES.methods)})
        file = await self._find(request)
        if request.method == "PUT":
            await self._upload(request, file)
            return Response(status_code=200)
        return await self._download(request, file)

    async def _find(self, request: Request) -> File:
        """Return the file of a valid link. Raises NotFound."""
        links, file_id, query = self._files.links, request.path_params["file_id"], request.query_params
        file = await find_linked_file(file_id)
        if file is None or not isinstance(links, ServedLinks):
            raise NotFound("There is no such file.")
        method = "PUT" if request.method == "PUT" else "GET"
        links.require_valid(method, file, query.get("expires", ""), query.get("signature", ""))
        return file

    async def _upload(self, request: Request, file: File) -> None:
        announced = request.headers.get("content-length")
        if announced is not None and int(announced) > file.size_bytes:
            raise too_large(file.size_bytes)
        await receive_upload(file, request.stream(), files=self._files)

    async def _download(self, request: Request, file: File) -> Response:
        if file.status != FileStatus.READY:
            raise NotFound(NO_CONTENT)
        etag = f'"{file.sha256}"'
        headers = {
            **SAFE_HEADERS,
            "accept-ranges": "bytes",
            "etag": etag,
            "cache-control": f"private, max-age={int(DOWNLOAD_LIFETIME.total_seconds())}",
        }
        known = request.headers.get("if-none-match", "")
        if etag in known or known.strip() == "*":
            return Response(status_code=304, headers=headers)
        range_header = request.headers.get("range") if request.headers.get("if-range", etag) == etag else None
        try:
            part = parse_range(range_header, file.size_bytes)
        except RangeNotSatisfiable:
            headers["content-range"] = f"bytes */{file.size_bytes}"
            return Response(status_code=416, headers=headers)
        span = part or ByteRange(0, file.size_bytes)
        headers |= {
            "content-type": file.media_type,
            "content-disposition": attachment_disposition(file.name),
            "content-length": str(span.end - span.start),
        }
        if part:
            headers["content-range"] = f"bytes {span.start}-{span.end - 1}/{file.size_bytes}"
        return await self._respond(request, file, span, 206 if part else 200, headers)

    async def _respond(
        self, request: Request, file: File, span: ByteRange, status: int, headers: dict[str, str]
    ) -> Response:
        if request.method == "HEAD" or span.start == span.end:
            return Response(status_code=status, headers=headers)
        try:
            chunks = await self._files.store.open(file.object_key, span.start, span.end)
        except ObjectMissing as exc:
            raise NotFound(NO_CONTENT) from exc
        return StreamingResponse(chunks, status, headers)


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """Return the range that a Range header requests; None for the whole file. Raises RangeNotSatisfiable.

    A header that is not one range of bytes counts as none.
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        start, end = max(size - int(suffix), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise RangeNotSatisfiable
    return ByteRange(start, end)


def _refusal(error: GqlChatError) -> Response:
    info = current_request()
    body = orjson.dumps({"errors": [format_error(error, info.request_id if info else "")]})
    headers = {
        **SAFE_HEADERS,
        **refusal_headers(error),
        "content-type": "application/json; charset=utf-8",
        "cache-control": "no-store",
    }
    if isinstance(error, PayloadTooLarge | Conflict | RateLimited | Unavailable):
        headers["connection"] = "close"  # the rest of the body is not read
    status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 400)
    return Response(body, status, headers)
