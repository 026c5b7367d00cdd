"""A subscriber receives messages, whether there is one Redis or a cluster."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

CLOSE_SECONDS = 0.5
PART = "subscriber"  # by which the health of Redis knows it

MessageHandler: TypeAlias = Callable[[bytes], None]


class Subscriber(Protocol):
    """Receives the messages of all channels that a worker wants.

    Messages published while there is no connection are missed. Callers that must know add a callback to `on_lost`.
    """

    on_lost: list[Callable[[], None]]
    """Callbacks for whenever a connection has been lost: from then on messages are missed."""

    @property
    def is_up(self) -> bool:
        """Whether all channels are received."""
        ...

    @property
    def is_running(self) -> bool:
        """Whether the tasks that receive and reconnect are alive."""
        ...

    @property
    def wanted(self) -> int:
        """The number of wanted channels."""
        ...

    def subscribe(self, channel: str, handler: MessageHandler) -> AbstractContextManager[None]:
        """Call the handler with each message on the channel. It replaces an earlier handler.

        An error of the handler is logged and ends nothing: anything with access to Redis can publish anything.
        """
        ...

    async def wait_until_subscribed(self, channel: str, timeout_seconds: float) -> bool:
        """Wait for Redis's confirmation, and return whether every message from now on will be received."""
        ...
