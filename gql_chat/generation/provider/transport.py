"""httpx2's requests sent by aiohttp: what the openai SDK speaks to providers through.

aiohttp reads for less CPU than httpx2 itself. The SDK vendors such a transport too; this one tells a refused connection
from a timeout, hands out what one read of the socket brought with no generators in between, reads no more of an error
than is worth showing, and closes without waiting.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import aiohttp
import httpx2
from aiohttp.http_exceptions import HttpProcessingError

# The SDK adds what it knows of this machine and the headers that it finds in OPENAI_… variables: none of a provider's
# business, and the latter may be secrets.
_SENT_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "authorization",
        "content-length",
        "content-type",
        "host",
        "traceparent",
        "user-agent",
    }
)

# The SDK reads the body of an error whole.
_ERROR_BODY_BYTES = 64 * 1024

# aiohttp's failures as httpx2's; the first that fits counts.
_FAILURES: tuple[tuple[type[Exception], type[httpx2.TransportError]], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx2.ConnectTimeout),
    (aiohttp.ClientConnectorError, httpx2.ConnectError),
    (aiohttp.InvalidURL, httpx2.UnsupportedProtocol),
    (aiohttp.ClientConnectionError, httpx2.ReadError),
    (aiohttp.ClientPayloadError, httpx2.ReadError),
    (aiohttp.ClientError, httpx2.RemoteProtocolError),
    (HttpProcessingError, httpx2.RemoteProtocolError),
)


class SocketBody(httpx2.AsyncByteStream):
    """The body of a response as it comes, undecoded."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._content = response.content

    async def read(self) -> bytes:
        """What has arrived, at least one byte; nothing at the end. Raises httpx2.TransportError."""
        try:
            return await self._content.readany()
        except (aiohttp.ClientError, HttpProcessingError, httpx2.TransportError) as exc:
            # aiohttp keeps back what arrived before the connection failed. Those are tokens: have them first.
            if self._content._buffer:
                return self._content._read_nowait(-1)
            if isinstance(exc, httpx2.TransportError):
                raise
            raise _as_httpx2(exc) from exc

    def fail(self, failure: httpx2.TransportError) -> None:
        """Let the read that waits, or the next one, raise this."""
        self._content.set_exception(failure)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        # Only the SDK iterates, to read the body of an error.
        left = _ERROR_BODY_BYTES
        while left > 0 and (data := await self.read()):
            yield data[:left]
            left -= len(data)

    async def aclose(self) -> None:
        """Keep the connection for another request where that can be; else close it, without waiting for anybody."""
        if self._response.ok and self._content.at_eof():
            self._response.release()
        else:
            self._response.close()


class AiohttpTransport(httpx2.AsyncBaseTransport):
    """Sends through one connector, which it owns. Follows no redirect, keeps no cookie, reads no environment."""

    def __init__(self, connector: aiohttp.BaseConnector) -> None:
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, trust_env=False
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The response's body is in `extensions["body"]`, a SocketBody. Of httpx2's timeouts only `connect` counts."""
        timeout = request.extensions.get("timeout", {})
        with _httpx2_failures():
            response = await self._session.request(
                request.method,
                str(request.url),
                headers=[(name, value) for name, value in request.headers.multi_items() if name in _SENT_HEADERS],
                data=await request.aread() or None,
                allow_redirects=False,
                # Includes the look-up of the name. aiohttp's sock_read would make a timer for each read.
                timeout=aiohttp.ClientTimeout(total=None, connect=timeout.get("connect")),
            )
        body = SocketBody(response)
        return httpx2.Response(
            response.status, headers=response.raw_headers, stream=body, request=request, extensions={"body": body}
        )

    async def aclose(self) -> None:
        await self._session.close()


@contextmanager
def _httpx2_failures() -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, HttpProcessingError) as exc:
        raise _as_httpx2(exc) from exc


def _as_httpx2(exc: Exception) -> httpx2.TransportError:
    kind = next(kind for theirs, kind in _FAILURES if isinstance(exc, theirs))
    return kind(str(exc))
