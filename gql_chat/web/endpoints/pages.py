"""The pages for people: the chat, the admin's page and GraphiQL, as `scripts/pages` built them."""

import logging
from mimetypes import guess_type
from pathlib import Path
from secrets import token_urlsafe

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from gql_chat.web import GRAPHIQL_PATH

BUILT = Path(__file__).parents[1] / "built_pages"
DOCUMENTS = BUILT / "documents.json"  # a manifest of the GraphQL documents that the pages send

_FILES = {"/": "index.html", "/admin/": "admin/index.html", GRAPHIQL_PATH: "graphiql/index.html"}
_NONCE = "{{nonce}}"  # in pages/vite.config.ts
_NOT_BUILT = "The pages are not built. Build them with `make pages`; the API at /graphql needs none.\n"
# The names of assets carry a digest of their content.
_FOR_EVER = "public, max-age=31536000, immutable"

logger = logging.getLogger(__name__)


class Pages:
    """The pages in a folder. `store_origin` is where browsers reach the bytes of files, if not at this server."""

    def __init__(self, store_origin: str | None = None, folder: Path = BUILT, *, has_graphiql: bool = True) -> None:
        self._store_origin = store_origin
        self._folder = folder
        self._pages = {path: self._read(name) for path, name in _FILES.items() if has_graphiql or path != GRAPHIQL_PATH}
        if not self.are_built:
            logger.info(_NOT_BUILT.strip())

    @property
    def are_built(self) -> bool:
        """Whether `scripts/pages` has built them."""
        return all(self._pages.values())

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the pages and of what they load."""
        assets = Mount("/assets", _Assets(self._folder / "assets"))
        return [*(Route(path, self.show) for path in self._pages), *([assets] if self.are_built else [])]

    def show(self, request: Request) -> Response:
        """Return the page of this path. Browsers ask for it anew each time, so that they load the assets of today."""
        page = self._pages[request.url.path]
        if page is None:
            return Response(_NOT_BUILT, 404, media_type="text/plain")
        nonce = token_urlsafe(16)
        headers = {"content-security-policy": self._policy(request.url.path, nonce), "cache-control": "no-cache"}
        return HTMLResponse(page.replace(_NONCE, nonce), headers=headers)

    def _read(self, name: str) -> str | None:
        path = self._folder / name
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def _policy(self, path: str, nonce: str) -> str:
        """Allow what this server serves, and nothing that stands in the page itself or comes from elsewhere."""
        styles, fonts = f"'self' 'nonce-{nonce}'", "'self'"
        if path == GRAPHIQL_PATH:
            # Its editor places lines by style attributes, which can neither run nor load anything, and its styles hold
            # their fonts.
            styles, fonts = f"{styles}; style-src-attr 'unsafe-inline'", "'self' data:"
        elsewhere = f" {self._store_origin}" if self._store_origin else ""
        return (
            f"default-src 'none'; script-src 'self'; worker-src 'self'; style-src {styles}; font-src {fonts}; "
            f"img-src 'self' data: blob:{elsewhere}; connect-src 'self'{elsewhere}; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )


class _Assets(StaticFiles):
    """Scripts, styles and fonts, compressed where the browser takes that."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return an asset. Raises HTTPException if there is none of this name."""
        if path.endswith(".gz"):
            raise HTTPException(404)
        takes_gzip = "gzip" in Request(scope).headers.get("accept-encoding", "")
        packed = await self._find(f"{path}.gz", scope) if takes_gzip else None
        response = packed or await super().get_response(path, scope)
        response.headers["cache-control"] = _FOR_EVER
        response.headers["vary"] = "accept-encoding"
        if packed:
            response.headers["content-encoding"] = "gzip"
            response.headers["content-type"] = guess_type(path)[0] or "application/octet-stream"
        return response

    async def _find(self, path: str, scope: Scope) -> Response | None:
        try:
            return await super().get_response(path, scope)
        except HTTPException:
            return None


class LeadsBrowsersToGraphiQL:
    """Serves the API, but sends a person who opens its address in a browser to GraphiQL."""

    def __init__(self, api: ASGIApp) -> None:
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._api
        if scope["type"] == "http" and scope["method"] == "GET" and not scope["query_string"]:
            accepted = Request(scope).headers.get("accept", "")
            app = RedirectResponse(GRAPHIQL_PATH, 303) if accepted.startswith("text/html") else app
        await app(scope, receive, send)
