"""Headers that protect a browser which shows a response, whatever part of the server it is of."""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Responses that need more than these, such as a page, set the header themselves.
DEFAULTS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"x-frame-options": b"DENY",
    b"cross-origin-opener-policy": b"same-origin",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
}


class SecurityHeadersMiddleware:
    """Adds the headers that the application has not set."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Run the application. There is no coroutine of its own, which each WebSocket would hold."""
        if scope["type"] != "http":
            return self._app(scope, receive, send)

        def send_with_headers(message: Message) -> Awaitable[None]:  # no coroutine: every token passes here
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                given = {name.lower() for name, _ in headers}
                headers += [header for header in DEFAULTS.items() if header[0] not in given]
                message = {**message, "headers": headers}
            return send(message)

        return self._app(scope, receive, send_with_headers)
