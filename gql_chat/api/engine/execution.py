"""The GraphQL engine under every transport: admitted operations in, responses out, errors translated."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, aclosing
from functools import partial
from traceback import clear_frames
from typing import Any, cast

import orjson
import strawberry
from graphql import ExecutionResult, OperationType, default_field_resolver, default_type_resolver
from graphql.execution import create_source_event_stream
from strawberry.execution import optimized_is_awaitable

from gql_chat.api.engine.admission import Admission, observe_refusal
from gql_chat.api.engine.answers import AnswerTooLarge
from gql_chat.api.engine.budgets import Budgets
from gql_chat.api.engine.cancellation import StrayCancellation, is_cancelled_itself, stray_cancellation_as_error
from gql_chat.api.engine.complexity import Limits
from gql_chat.api.engine.context import Context
from gql_chat.api.engine.errors import ErrorCode, as_graphql_error, code_of, format_error, request_error
from gql_chat.api.engine.instrumentation import Observation
from gql_chat.api.engine.lists import ListExecutor
from gql_chat.api.engine.metering import CpuMeter, Slices, metered
from gql_chat.api.engine.projection import Projections
from gql_chat.api.engine.requests import Operation, RequestRejected
from gql_chat.api.engine.trusted_documents import TrustedDocuments
from gql_chat.api.engine.turns import is_large, queue_of_large_queries
from gql_chat.errors import RateLimited, ShuttingDown, Unavailable

EVENTS_BETWEEN_PAUSES = 64  # a source that never waits would otherwise keep every other task from the loop

TrySend = Callable[[bytes], bool]
"""Sends a response's JSON text at once, or returns False: the client reads too slowly, or has gone."""


class Engine:
    """Runs operations, which its `admission` has checked. One for the process, used by any number of tasks."""

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        limits: Limits | None = None,
        introspection: bool = True,
        budgets: Budgets | None = None,
        trusted_documents: TrustedDocuments | None = None,
    ) -> None:
        """Build the engine. Without introspection the signed-out can neither read nor guess the schema."""
        self._schema = schema._schema
        self._limits = limits or Limits()
        self._introspection = introspection
        self.admission = Admission(
            self._schema,
            self._limits,
            introspection=introspection,
            budgets=budgets,
            trusted_documents=trusted_documents or TrustedDocuments(),
        )
        self._budgets = budgets
        self._large_queries = queue_of_large_queries()
        self._slices = Slices()
        self._mutations: set[asyncio.Task[dict[str, Any]]] = set()
        self._is_over = False

    async def execute(self, operation: Operation, context: Context, *, to_end: bool = False) -> dict[str, Any]:
        """Return the response to a query or mutation. Raise RequestRejected if the variables do not fit.

        A large query waits for its turn. Raise RateLimited or Unavailable if too many wait.

        A mutation runs to its end even if the caller is cancelled: its effects are never half done. With `to_end` its
        response is returned even then. Raise ShuttingDown for one that comes after `end_mutations`.
        """
        if operation.type is not OperationType.MUTATION:
            if is_large(operation):
                return await self._execute_in_turn(operation, context)
            return await self._execute_within_budgets(operation, context)
        if self._is_over:
            raise ShuttingDown
        task = asyncio.create_task(self._execute_within_budgets(operation, context))
        self._mutations.add(task)
        task.add_done_callback(self._mutations.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not (to_end and is_cancelled_itself()):
                raise
            await asyncio.wait({task})
            return task.result()

    async def stream(
        self, operation: Operation, context: Context, try_send: TrySend | None = None
    ) -> AsyncGenerator[bytes, None]:
        """Yield the JSON texts of the responses to a subscription, in UTF-8.

        While this generator waits for a subscription's source, `try_send` may be called with a response; if it takes
        that, it is not yielded. Raise RequestRejected before the first response; a later failure is the last response.
        Closing the stream closes the subscription's source.
        """
        with _observed(operation, context) as observation:
            context.cpu = CpuMeter() if self._budgets else None
            projections = self._build_projections(operation, context, try_send)
            if try_send is not None:
                context.try_send = projections.try_send
            with stray_cancellation_as_error:
                source = await _open_source(self._build_executor(operation, context))
            count = 0
            async with aclosing(source):
                try:
                    with stray_cancellation_as_error:
                        async for event in source:
                            if projected := projections.encode(event):
                                yield projected
                            else:
                                yield encode(await self._run_event(operation, event, context))
                            count += 1
                            if count % EVENTS_BETWEEN_PAUSES == 0:
                                await asyncio.sleep(0)
                except Exception as exc:
                    if count == 0:
                        raise RequestRejected([as_graphql_error(exc)]) from exc
                    observation.failed(code_of(exc))
                    yield encode({"data": None, "errors": [format_error(exc, context.request.request_id)]})
                finally:
                    context.try_send = None  # it holds what is behind the socket, which holds this generator

    async def finish_mutations(self) -> None:
        """Wait for the mutations that have begun."""
        if self._mutations:
            await asyncio.wait(self._mutations)  # which does not cancel them, if it is cancelled itself

    async def end_mutations(self) -> None:
        """Refuse mutations, and wait for those that have begun: call it before what they work with is closed."""
        self._is_over = True
        await self.finish_mutations()

    async def _execute_in_turn(self, operation: Operation, context: Context) -> dict[str, Any]:
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._large_queries.turn(context.payer.name))
            except (RateLimited, Unavailable) as refused:
                observe_refusal(refused)
                raise
            return await self._execute_within_budgets(operation, context)

    async def _execute_within_budgets(self, operation: Operation, context: Context) -> dict[str, Any]:
        if self._budgets is None:
            return await self._execute(operation, context)
        meter = context.cpu = CpuMeter(self._slices)
        try:
            response = await metered(self._execute(operation, context), meter)
        finally:
            self._budgets.charge_cpu(context.payer, meter.take())
        context.remainder = self._budgets.remainder(context.payer)
        if context.remainder.is_low:
            response["extensions"] = {"rateLimit": context.remainder.format()}
        return response

    async def _run_event(self, operation: Operation, event: object, context: Context) -> dict[str, Any]:
        if self._budgets is None or context.cpu is None:
            return await self._execute_event(operation, event, context)
        try:
            return await metered(self._execute_event(operation, event, context), context.cpu)
        finally:
            self._budgets.charge_cpu(context.payer, context.cpu.take())

    async def _execute_event(self, operation: Operation, event: object, context: Context) -> dict[str, Any]:
        executor = self._build_executor(operation, context)
        try:
            return await _run(executor.for_event(event), context)
        finally:
            executor.release()

    async def _execute(self, operation: Operation, context: Context) -> dict[str, Any]:
        with _observed(operation, context) as observation:
            executor = self._build_executor(operation, context)
            try:
                response = await _run(executor, context)
            finally:
                executor.release()
            observation.answered(response)
            return response

    def _build_projections(self, operation: Operation, context: Context, try_send: TrySend | None) -> Projections:
        # An executor takes 3 KB, so one is built for each purpose, and none is kept while nothing happens.
        build_reader = partial(self._build_reader, operation, context)
        max_bytes = self._limits.max_answer_bytes
        return Projections(build_reader, operation.checked.compiled, max_bytes=max_bytes, send=try_send)

    def _build_reader(self, operation: Operation, context: Context) -> "_Executor":
        """Return an executor that only reads selections, so it may be dropped as it is."""
        executor = self._build_executor(operation, context)
        executor.release()
        return executor

    def _build_executor(self, operation: Operation, context: Context) -> "_Executor":
        checked, hide_suggestions = operation.checked, not self._introspection and context.viewer is None
        values = checked.declared.coerce(operation.variables, hide_suggestions=hide_suggestions)
        if isinstance(values, list):
            raise RequestRejected([request_error(ErrorCode.BAD_USER_INPUT, error) for error in values])
        executor = _Executor(
            self._schema,
            *checked.fragments,
            None,  # the root value
            context,
            checked.definition,
            values,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            is_awaitable=cast(Any, optimized_is_awaitable),  # it is a TypeGuard in all but its annotation
            hide_suggestions=hide_suggestions,
            operation_extensions=operation.extensions,
        )
        executor.max_answer_bytes = self._limits.max_answer_bytes
        executor.compiled = checked.compiled
        return executor


def encode(response: dict[str, Any]) -> bytes:
    """Return the JSON text of a response, in UTF-8."""
    return orjson.dumps(response)


class _Executor(ListExecutor):
    """Strawberry's executor without graphql-core's growth of about 2 KB per event of a subscription.

    It meters the coroutines of fields, which run in tasks of their own.
    """

    def complete_awaitable_value(self, *args: Any) -> Any:
        completing = super().complete_awaitable_value(*args)
        meter = self.context_value.cpu
        return completing if meter is None else metered(completing, meter)

    async def end_neighbours(self) -> None:
        """Wait for the fields beside one that failed before it awaited anything, or cancel them if that is cancelled.

        graphql-core would leave them behind: metered no more, and perhaps with services that have been closed.
        """
        try:
            while self.background_futures:
                await asyncio.wait(self.background_futures)
        finally:
            if left := set(self.background_futures):
                for future in left:
                    future.cancel()
                await asyncio.wait(left)

    def release(self) -> None:
        """Break its cycles, so that an operation is freed at its end, with all that it loaded."""
        del self.async_helpers

    def for_event(self, event: object) -> "_Executor":
        executor = self.build_per_event_executor(event)
        # graphql-core 3.3.2 shares this memo among all events of a subscription. It is keyed by the identity of lists
        # that are made anew for each event, so it never hits and only grows.
        executor._relevant_sub_fields = {}
        return cast(_Executor, executor)


def _observed(operation: Operation, context: Context) -> Observation:
    return Observation(
        operation.type,
        operation.root_field,
        name=operation.name,
        user_id=context.viewer.user_id if context.viewer else None,
    )


async def _run(executor: _Executor, context: Context) -> dict[str, Any]:
    try:
        with stray_cancellation_as_error:
            executed = executor.execute_operation()
            # The wider type is for @defer and @stream, which our schema does not have.
            result = cast(ExecutionResult, await executed if executor.is_awaitable(executed) else executed)
            if executor.background_futures:
                await executor.end_neighbours()
    except (AnswerTooLarge, StrayCancellation) as error:
        clear_frames(error.__traceback__)  # which hold the error and what was loaded, until a garbage collection
        return {"data": None, "errors": [format_error(error, context.request.request_id)]}
    response: dict[str, Any] = {"data": result.data}
    if result.errors:
        root_type = executor.schema.get_root_type(executor.operation.operation)
        response["errors"] = [format_error(error, context.request.request_id, root_type) for error in result.errors]
    return response


async def _open_source(executor: _Executor) -> AsyncGenerator[Any, None]:
    try:
        source = create_source_event_stream(executor)
        if executor.is_awaitable(source):
            source = await source
    finally:
        executor.release()
    if isinstance(source, ExecutionResult):
        raise RequestRejected(source.errors or [])
    return cast("AsyncGenerator[Any, None]", source)
