"""What a server says on its standard output once it serves."""

import socket

from gql_chat.infra.redis.connections import RedisConnections
from gql_chat.web.app import GRAPHIQL_PATH, GRAPHQL_PATH

_WELCOME = """\
gql-chat is running.
  GraphiQL    {origin}{graphiql}
  GraphQL     {origin}{graphql}   (HTTP, and WebSocket by graphql-transport-ws)
  Redis       {redis}
  Workers     {workers}
  Try         make demo, or gql-chat demo "What can you do?"
Stop it with Ctrl-C; no reply is lost.
"""


def welcome(listener: socket.socket, redis: str, *, workers: int = 1) -> str:
    """Where to go, whether Redis is used, and how to stop it."""
    return _WELCOME.format(
        origin=origin_of(listener), graphiql=GRAPHIQL_PATH, graphql=GRAPHQL_PATH, redis=redis, workers=workers
    )


def origin_of(listener: socket.socket) -> str:
    """Where it listens: `http://host:port`."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def redis_in_words(redis: RedisConnections | None) -> str:
    """Whether it is used."""
    if redis is None:
        return "not used, nor needed by a single server"
    return "used" if redis.health.is_up else "to be used, but not reachable now"
