"""Replies whose writers have died are settled, with everything that any watcher may have been shown."""

from collections.abc import Sequence

import structlog

from gql_chat.chats import messages
from gql_chat.generation.broker import Broker

log = structlog.get_logger(__name__)


async def reap_dead(message_ids: Sequence[str], broker: Broker) -> None:
    """Settle these replies if their leases have run out, and tell who watches them. Several workers may be at it."""
    # First what Redis holds: from then on the writer, should it be alive after all, can tell nobody more.
    reaped = await messages.reap(message_ids, await broker.recover(message_ids))
    broker.end(reaped)
    if reaped:
        log.warning("replies_reaped", count=len(reaped))
