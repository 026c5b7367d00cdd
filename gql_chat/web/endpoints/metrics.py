"""`/metrics`: the metrics of all workers as Prometheus reads them, for who shows the token."""

import secrets

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from gql_chat.infra.telemetry import metrics

HEADERS = {"content-type": metrics.CONTENT_TYPE, "cache-control": "no-store"}


class MetricsPage:
    """The endpoint. Without a token anybody may read it who reaches the server."""

    def __init__(self, token: str | None) -> None:
        self._expected = f"Bearer {token}".encode() if token else None

    async def show(self, request: Request) -> Response:
        """The page, or 401."""
        shown = request.headers.get("authorization", "").encode("utf-8", "surrogateescape")
        if self._expected is not None and not secrets.compare_digest(shown, self._expected):
            return PlainTextResponse("Show the metrics token.\n", 401, {"www-authenticate": "Bearer"})
        return Response(await metrics.render(), headers=HEADERS)
