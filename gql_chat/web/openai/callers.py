"""The callers of the door: a token of the scope COMPLETIONS as the API key, within the budgets of its user."""

from starlette.requests import Request

from gql_chat.api.engine.budgets import Budgets
from gql_chat.api.engine.context import MakeContext
from gql_chat.infra.telemetry.request_context import current_request
from gql_chat.users.models import Scope
from gql_chat.users.viewer import Viewer

_NEEDED = frozenset({Scope.COMPLETIONS})


class Callers:
    """Admits callers."""

    def __init__(self, make_context: MakeContext, budgets: Budgets | None) -> None:
        self._make_context = make_context
        self._budgets = budgets

    async def admit(self, request: Request, *, cost: float = 1) -> Viewer:
        """Return the viewer of a request that costs this much. Raises RateLimited, Unauthenticated, Forbidden."""
        info = current_request()
        assert info is not None, "RequestIdMiddleware sets it"
        context = await self._make_context(request.headers.get("authorization"), info)
        if self._budgets is not None:
            self._budgets.require_operation(context.payer, cost)
        context.require_scope(_NEEDED)
        return context.require_viewer()
