"""`GET /v1/models` and `GET /v1/models/{model}`: the names that a completion's `model` may have."""

from typing import Any

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from gql_chat.errors import NotFound
from gql_chat.web.openai.callers import Callers
from gql_chat.web.openai.responses import NoSuchPath, WrongMethod, error_response, json_response
from gql_chat.workflows.completions import Completions


class Models:
    """The ASGI application at both paths."""

    def __init__(self, callers: Callers, completions: Completions) -> None:
        self._callers = callers
        self._completions = completions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = json_response(await self._answer(Request(scope, receive)))
        except Exception as exc:  # noqa: BLE001 - the edge of the request's task
            response = error_response(exc)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> dict[str, Any]:
        if request.method not in ("GET", "HEAD"):
            raise WrongMethod("GET", "HEAD")
        models = await self._models(request)
        name = request.path_params.get("model")
        if name is None:
            return {"object": "list", "data": models}
        found = next((model for model in models if model["id"] == name), None)
        if found is None:
            raise NotFound("The model does not exist, or none of your keys reaches it.", field="model")
        return found

    async def _models(self, request: Request) -> list[dict[str, Any]]:
        viewer = await self._callers.admit(request)
        names = await self._completions.list_models(viewer.user_id)
        return [{"id": name, "object": "model", "created": 0, "owned_by": owner} for name, owner in names]


async def no_such_path(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at the other paths of OpenAI's API, which clients may try, in OpenAI's form."""
    error = NoSuchPath("This server has /v1/models and /v1/chat/completions, and nothing else of OpenAI's API.")
    await error_response(error)(scope, receive, send)
