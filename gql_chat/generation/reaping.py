"""Replies whose writers have died are settled, with everything that any watcher may have been shown."""

import structlog

from gql_chat.chats import messages
from gql_chat.generation.broker import Broker

log = structlog.get_logger(__name__)


async def reap_dead(broker: Broker) -> None:
    """Settle the replies whose leases have run out, and tell who watches them. Any number of workers may be at it."""
    expired = await messages.list_expired()
    if not expired:  # as mostly
        return
    # First what Redis holds: from then on the writer, should it be alive after all, can tell nobody more.
    reaped = await messages.reap(expired, await broker.recover(expired))
    broker.end(reaped)
    if reaped:
        log.warning("replies_reaped", count=len(reaped))
