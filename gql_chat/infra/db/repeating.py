"""Repetition of transactions that met a deadlock or a serialization failure, at the edge of the transaction."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from gql_chat.infra.db.database import in_a_transaction
from gql_chat.infra.db.failures import TransactionConflict

ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 0.05  # at the most, and twice as much each time

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def repeated_on_conflict(
    verb: Callable[Arguments, Awaitable[Result]],
) -> Callable[Arguments, Awaitable[Result]]:
    """Decorate a verb that stores nothing outside of its transaction, so that it may run again from its start.

    Inside of an outer transaction the verb is not repeated, because the conflict has ended that one too. After the last
    attempt TransactionConflict, which is UNAVAILABLE to the client, is raised.
    """

    @wraps(verb)
    async def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        for attempt in range(1, ATTEMPTS):
            try:
                return await verb(*args, **kwargs)
            except TransactionConflict:
                if in_a_transaction():
                    raise
            await asyncio.sleep(random.uniform(0, FIRST_PAUSE_SECONDS * 2**attempt))  # noqa: S311 - no secret
        return await verb(*args, **kwargs)

    return run
