"""The process: the uvicorn server, its workers under a supervisor, and the wiring of all services."""


class CannotStart(Exception):
    """The server must not start; the message says why and what to do."""
