"""Why a server does not start."""


class CannotStart(Exception):
    """The server must not start; the message says why and what to do."""
