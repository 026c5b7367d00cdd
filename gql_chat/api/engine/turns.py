"""Turns at costly work: at CPU time without an await, and at large queries."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from graphql import OperationType

from gql_chat.api.engine.requests import Operation
from gql_chat.infra.tasks.fair_queue import FairQueue, QueueLimits

LARGE_COST = 400  # more than a page of 50 messages with six plain fields; of texts alone 131, which may have 26 MB
QUEUE_LIMITS = QueueLimits(at_once=8, waiting=1_000, waiting_per_owner=100)

# They take turns of their own, for longer. What waits for those must not make other queries wait as well.
WITH_QUEUES_OF_THEIR_OWN = frozenset({"search"})

Result = TypeVar("Result")


class Turns:
    """Turns at CPU work, which runs in a thread: one piece at a time, and at most half of the time for all of them.

    The thread and the event loop share one interpreter lock. Whichever waits for it gets it after the interpreter's
    switch interval, which the server sets.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="turns")
        self._next_at = 0.0

    async def run(self, work: Callable[[], Result], charge: Callable[[float], None]) -> Result:
        """Return the result of the work, and charge its CPU seconds, even if the caller is cancelled meanwhile."""
        loop = asyncio.get_running_loop()
        async with self._lock:
            await asyncio.sleep(max(self._next_at - loop.time(), 0))
            spent: list[float] = []
            running = loop.run_in_executor(self._thread, _measure, work, spent)
            try:
                return await asyncio.shield(running)
            finally:
                await asyncio.wait([running])  # a thread cannot be cancelled
                charge(spent[0])
                self._next_at = loop.time() + spent[0]


def queue_of_large_queries() -> FairQueue:
    """Make the queue of one worker's large queries: it builds few answers at once, and for each payer one at a time.

    The rows and the answer of a query are in memory until it has ended.
    """
    return FairQueue("large_queries", QUEUE_LIMITS)


def is_large(operation: Operation) -> bool:
    """Return whether an operation's answer may be so large that it takes a turn.

    Mutations take none, because some of them wait for a provider.
    """
    return (
        operation.cost >= LARGE_COST
        and operation.type is OperationType.QUERY
        and operation.root_field not in WITH_QUEUES_OF_THEIR_OWN
    )


def _measure(work: Callable[[], Result], spent: list[float]) -> Result:
    began_at = time.thread_time()
    try:
        return work()
    finally:
        spent.append(time.thread_time() - began_at)
