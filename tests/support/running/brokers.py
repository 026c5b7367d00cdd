"""Brokers that share a Redis, one for each worker."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from gql_chat.chats.pieces import Piece, recovered_text
from gql_chat.generation.delivery.redis_broker import RedisBroker
from tests.infra.redis.test_connections import until

WRITER = "writer"
"""The id of the worker that writes."""
LOG = "test:{writer}"
FOR_EVER = float("inf")

Open = Callable[..., Coroutine[Any, Any, RedisBroker]]


async def published(*brokers: RedisBroker) -> None:
    """Wait until everything is published that these brokers will publish."""
    await until(lambda: not any(broker.unpublished for broker in brokers))


def text_of(recovered: Mapping[str, Sequence[Piece]], message_id: str = "msg_x") -> str:
    """Return the text of a reply that was recovered from its beginning."""
    return recovered_text("", [(piece.text_at, piece.text) for piece in recovered.get(message_id, ())])
