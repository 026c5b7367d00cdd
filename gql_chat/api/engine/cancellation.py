"""Cancellations that nobody asked for: a field that fails must not end the fields beside it.

graphql-core cancels the fields beside one that fails, and with them whatever they share: a future that other fields
await too raises CancelledError in each, and a transport would take that for the client's own wish and send nothing.
"""

import asyncio
from collections.abc import Awaitable
from importlib import import_module
from typing import Any

from gql_chat.api.engine.answers import AnswerTooLarge


class StrayCancellation(Exception):
    """Something that the task awaited was cancelled, but not the task itself."""


class _StrayCancellationAsError:
    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, asyncio.CancelledError):
            return
        if not is_cancelled_itself():
            raise StrayCancellation from error


def is_cancelled_itself() -> bool:
    """Return whether the current task is being cancelled, and not just something that it awaited."""
    task = asyncio.current_task()
    return task is None or bool(task.cancelling())


stray_cancellation_as_error = _StrayCancellationAsError()
"""A context that raises StrayCancellation for a CancelledError unless the current task is being cancelled."""


async def gather_to_the_end(*awaitables: Awaitable[Any]) -> list[Any]:
    """Return all results, or raise an error once all have ended; AnswerTooLarge, which ends the operation, at once.

    The fields beside one that failed cost what they cost, which is bounded. To cancel them would also leave behind
    coroutines that have not begun.
    """
    futures = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    pending, done = set(futures), set[asyncio.Task[Any]]()
    error: BaseException | None = None
    try:
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
            for error in [future.exception() for future in done if not future.cancelled()]:
                if isinstance(error, AnswerTooLarge):
                    raise error
        return [future.result() for future in futures]
    finally:
        for future in pending:
            future.cancel()
        if pending:
            await asyncio.gather(*pending, return_exceptions=True)
        # An error holds this frame. So that the frame does not hold the error, and with it everything loaded:
        futures.clear()
        done.clear()
        pending.clear()
        error = None


# In the place of graphql-core's, which cancels.
import_module("graphql.execution.executor").gather_with_cancel = gather_to_the_end  # type: ignore[attr-defined]
