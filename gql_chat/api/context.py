"""What a resolver knows: who asks, from where, and the services it may hand down to a verb."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """Where an operation came from. On a WebSocket the address and agent are the upgrade request's."""

    client_ip: str | None
    user_agent: str | None
    request_id: str
