"""Pages for people: GraphiQL."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse
from strawberry.http.ides import get_graphql_ide_html

GRAPHIQL_PATH = "/graphiql/"


def graphiql(request: Request) -> HTMLResponse:
    """Return GraphiQL as Strawberry ships it, but talking to `/graphql` instead of its own address."""
    page = get_graphql_ide_html("graphiql")
    endpoint = 'new URL("/graphql", window.location.href).href'
    return HTMLResponse(page.replace('window.location.href.split("?")[0]', endpoint))


def redirect_to_graphiql(request: Request) -> RedirectResponse:
    """Redirect the root to GraphiQL."""
    return RedirectResponse(GRAPHIQL_PATH)
