"""The lines that a server prints: once it accepts requests, and once it accepts no more."""

import socket
import sys
from contextlib import suppress

from gql_chat.infra.redis.health import RedisStatus
from gql_chat.server.listening import origin_of
from gql_chat.web import GRAPHIQL_PATH, GRAPHQL_PATH


def format_banner(listener: socket.socket, redis: str, *, workers: int = 1) -> str:
    """Return the addresses to open, the use of Redis and the way to stop."""
    origin = origin_of(listener)
    return f"""\
gql-chat is running.
  Chat        {origin}/
  GraphiQL    {origin}{GRAPHIQL_PATH}
  GraphQL     {origin}{GRAPHQL_PATH}   (HTTP, and WebSocket by graphql-transport-ws)
  Redis       {redis}
  Workers     {workers}
  Try         make demo, or gql-chat demo "What can you do?"
Stop it with Ctrl-C; no reply is lost.
"""


def format_farewell(replies: int | None, drain_seconds: float) -> str:
    """Return the line for a server that ends once these replies have, None if their number is not known."""
    if replies == 0 or not drain_seconds:
        return "gql-chat is stopping.\n"
    count = "replies" if replies is None else "1 reply" if replies == 1 else f"{replies} replies"
    return f"gql-chat is stopping: {count} may end within {drain_seconds:g} s. Ctrl-C again interrupts at once.\n"


def print_lines(text: str) -> None:
    """Print to standard output at once. The terminal may be gone."""
    with suppress(OSError):
        sys.stdout.write(text)
        sys.stdout.flush()


def redis_status(redis: RedisStatus | None) -> str:
    """Return whether Redis is used, as the banner shows it."""
    if redis is None:
        return "not used; a single server does not need it"
    return "used" if redis.is_up else "configured, but not reachable now"
