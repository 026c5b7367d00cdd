"""Admission: a decoded request becomes an operation that is checked, within the limits, and counted for its payer."""

from functools import partial
from typing import Any, cast

from graphql import GraphQLSchema

from gql_chat.api.engine.budgets import NOBODY, Budgets, NoBudgets, Payer
from gql_chat.api.engine.complexity import Limits
from gql_chat.api.engine.instrumentation import observe_rejection
from gql_chat.api.engine.requests import Operation, RequestChecker, RequestRejected
from gql_chat.api.engine.trusted_documents import TrustedDocuments
from gql_chat.api.engine.turns import Turns
from gql_chat.errors import RateLimited, Unavailable


class Admission:
    """Admits requests. One for the process, used by any number of tasks."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        *,
        introspection: bool,
        budgets: Budgets | None,
        trusted_documents: TrustedDocuments,
    ) -> None:
        """Take whether the signed-out may read the schema by introspection. If not, they cannot guess it either."""
        self._checker = RequestChecker(schema, limits, introspection=True)
        self._checker_of_signed_out = self._checker
        if not introspection:
            self._checker_of_signed_out = RequestChecker(schema, limits, introspection=False)
        self._trusted_documents = trusted_documents
        self._budgets = budgets or NoBudgets()
        self._turns = Turns()

    def check(self, payload: object) -> Operation:
        """Check a decoded request at once, for nobody: an unknown document stops the event loop. Raise as `admit`."""
        try:
            return self._checker_for(NOBODY).check(self._resolve(payload, NOBODY))
        except RequestRejected as refused:
            observe_refusal(refused)
            raise

    async def admit(self, payload: object, payer: Payer = NOBODY) -> Operation:
        """Check a decoded request. Raise MalformedRequest or RequestRejected, or RateLimited if the payer spent all.

        Unknown documents wait for their turn in a thread: to parse and validate 2,000 tokens takes 20 to 160 ms, in
        which nothing else would run.
        """
        checker = self._checker_for(payer)
        try:
            payload = self._resolve(payload, payer)
            if checker.knows(payload):
                return self._check_known(checker, payload, payer)
            unknown = cast(dict[str, Any], payload)
            self._budgets.require_operation(payer)
            charge_cpu = partial(self._budgets.charge_cpu, payer)
            checker.keep(unknown, await self._turns.run(partial(checker.examine, unknown), charge_cpu))
            operation = checker.check(unknown)
            self._budgets.require_cost(payer, operation.cost)
            return operation
        except (RequestRejected, RateLimited) as refused:
            observe_refusal(refused)
            raise

    def _checker_for(self, payer: Payer) -> RequestChecker:
        return self._checker_of_signed_out if payer.viewer is None else self._checker

    def _resolve(self, payload: object, payer: Payer) -> object:
        """Return the request with its document's text. Count a request that is refused for it."""
        try:
            return self._trusted_documents.resolve(payload)
        except RequestRejected:
            self._budgets.require_operation(payer)
            raise

    def _check_known(self, checker: RequestChecker, payload: object, payer: Payer) -> Operation:
        """Check a request whose document is cached, in a few microseconds, and count it with its cost."""
        try:
            operation = checker.check(payload)
        except RequestRejected:
            self._budgets.require_operation(payer)
            raise
        self._budgets.require_operation(payer, operation.cost)
        return operation


def observe_refusal(error: RequestRejected | RateLimited | Unavailable) -> None:
    """Count a refusal, and log it. One because of a limit is logged where it is made, once a minute."""
    observe_rejection(error.code, is_logged=isinstance(error, RequestRejected))
