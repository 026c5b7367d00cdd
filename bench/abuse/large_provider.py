"""A provider of models that sends far more than anybody needs."""

import json
from contextlib import suppress

from aiohttp import web

LISTED_MODELS = 50_000
WHOLE_BYTES = 15 * 1024 * 1024
COUNTED = b'data: {"choices":[{"index":0,"delta":{"content":"x"}}],"usage":{"total_tokens":1},"error":null}\n\n'


class LargeProvider:
    """A provider with a list of models of 50 MB and replies of 40 MB.

    The model `counted` sends small events without end, each with a count of tokens. A whole answer has 15 MB.
    """

    async def __aenter__(self) -> str:
        async def models(request: web.Request) -> web.StreamResponse:
            body = b'{"data": [' + b",".join(b'{"id": "%d%s"}' % (n, b"m" * 1000) for n in range(LISTED_MODELS)) + b"]}"
            return web.Response(body=body, content_type="application/json")

        async def complete(request: web.Request) -> web.StreamResponse:
            asked = await request.json()
            if not asked.get("stream"):
                choice = {"index": 0, "message": {"content": "x" * WHOLE_BYTES}}
                return web.json_response({"object": "chat.completion", "choices": [choice]})
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(request)
            chunk = json.dumps({"choices": [{"index": 0, "delta": {"content": "x" * 40_000}}]})
            with suppress(ConnectionError):
                while asked["model"] == "counted":
                    await response.write(COUNTED * 1000)
                for _ in range(1000):
                    await response.write(f"data: {chunk}\n\n".encode())
                await response.write(b"data: [DONE]\n\n")
            return response

        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_get("/v1/models", models)
        app.router.add_post("/v1/chat/completions", complete)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
