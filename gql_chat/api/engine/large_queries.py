"""Turns of large queries: a worker builds few large answers at once, and for each user one at a time.

The rows and the answer of a query are in memory until it has ended. Eight at once of one user took up to 980 MB, and
an honest user waited for 0.7 s.
"""

from contextlib import AbstractAsyncContextManager

from graphql import OperationType

from gql_chat.api.engine.budgets import Payer
from gql_chat.api.engine.requests import Operation
from gql_chat.infra.net.addresses import sites_of
from gql_chat.infra.tasks.fair_queue import FairQueue, QueueLimits

LARGE_COST = 400  # more than a page of 50 messages with six plain fields; of texts alone 131, which may have 26 MB
QUEUE_LIMITS = QueueLimits(at_once=8, waiting=1_000, waiting_per_owner=100)

# They take turns of their own, for longer. What waits for those must not make other queries wait as well.
WITH_QUEUES_OF_THEIR_OWN = frozenset({"search"})


class LargeQueries:
    """The queue of one worker's large queries."""

    def __init__(self) -> None:
        self._queue = FairQueue("large_queries", QUEUE_LIMITS)

    def turn(self, payer: Payer) -> AbstractAsyncContextManager[None]:
        """Wait for the payer's turn, which lasts for the block. Raises as `FairQueue.turn` does."""
        return self._queue.turn(payer.viewer.user_id if payer.viewer else sites_of(payer.ip)[0])


def is_large(operation: Operation) -> bool:
    """Return whether an operation's answer may be so large that it takes a turn.

    Mutations take none, because some of them wait for a provider.
    """
    return (
        operation.cost >= LARGE_COST
        and operation.type is OperationType.QUERY
        and operation.root_field not in WITH_QUEUES_OF_THEIR_OWN
    )
