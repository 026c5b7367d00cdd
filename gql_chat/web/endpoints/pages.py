"""Pages for people: GraphiQL."""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse
from strawberry.http.ides import get_graphql_ide_html

GRAPHIQL_PATH = "/graphiql/"

_SCRIPT_ADDRESS = re.compile(r'\ssrc="(https://[^"]+)"')
_STYLE_ADDRESS = re.compile(r'\shref="(https://[^"]+)"')
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def graphiql(request: Request) -> HTMLResponse:
    """Return GraphiQL as Strawberry ships it, but talking to `/graphql` instead of its own address."""
    return HTMLResponse(_page(), headers={"content-security-policy": _policy()})


def redirect_to_graphiql(request: Request) -> RedirectResponse:
    """Redirect the root to GraphiQL."""
    return RedirectResponse(GRAPHIQL_PATH)


@cache
def _page() -> str:
    page = get_graphql_ide_html("graphiql")
    return page.replace('window.location.href.split("?")[0]', 'new URL("/graphql", window.location.href).href')


@cache
def _policy() -> str:
    """Allow the scripts and styles that the page names, of which each has a digest there, and nothing else."""
    digests = (b64encode(sha256(script.encode()).digest()).decode() for script in _INLINE_SCRIPT.findall(_page()))
    scripts = " ".join([*_SCRIPT_ADDRESS.findall(_page()), *(f"'sha256-{digest}'" for digest in digests)])
    styles = " ".join(_STYLE_ADDRESS.findall(_page()))
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline' {styles}; font-src data:; img-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
