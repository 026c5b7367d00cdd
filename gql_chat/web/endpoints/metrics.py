"""`/metrics`: the metrics of all workers in the format of Prometheus."""

import secrets

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from gql_chat.infra.telemetry import metrics

HEADERS = {"content-type": metrics.CONTENT_TYPE, "cache-control": "no-store"}


class MetricsPage:
    """The endpoint, for callers with the token; without a token it is open to all."""

    def __init__(self, token: str | None) -> None:
        self._expected = f"Bearer {token}".encode() if token else None

    async def show(self, request: Request) -> Response:
        """Return the metrics, or 401."""
        given = request.headers.get("authorization", "").encode("utf-8", "surrogateescape")
        if self._expected is not None and not secrets.compare_digest(given, self._expected):
            return PlainTextResponse("Send the metrics token as a bearer token.\n", 401, {"www-authenticate": "Bearer"})
        return Response(await metrics.render(), headers=HEADERS)
