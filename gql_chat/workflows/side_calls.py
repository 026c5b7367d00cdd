"""Calls beside replies, for titles, checks of keys and completions: opened in the ledger before, closed after them."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from tortoise.exceptions import IntegrityError

from gql_chat.errors import ProviderFailed, Unavailable
from gql_chat.generation.accounting import Attempt, CallContext, LedgerPolicy, new_call, outcome_of
from gql_chat.generation.provider.endpoint import COMPLETIONS_PATH, Endpoint
from gql_chat.generation.provider.llm import LLM
from gql_chat.infra.db.database import in_turn, retry_until_available, transaction, unit_of_work
from gql_chat.infra.db.failures import TransactionConflict
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.infra.tasks.background import BackgroundTasks
from gql_chat.keys.keyring import require_used
from gql_chat.usage.corrections import close_own_call
from gql_chat.usage.ledger import CallOutcome, close_open_call, forget_call, list_side_calls, open_call
from gql_chat.usage.models import CallPurpose, CallStatus, OpenCall, UsageSource
from gql_chat.usage.quotas import QuotaPolicy, find_free_user, require_free_user
from gql_chat.workflows.call_limits import open_within_quotas

if TYPE_CHECKING:
    from gql_chat.generation.provider.call import ProviderCall

CLOSE_RETRY_SECONDS = 1.0  # between attempts to close a call while the database is unavailable


@dataclass(slots=True)
class SideCall(Attempt):
    """A call as its maker fills it in, with the text received so far.

    `endpoint` is the one to call: with a limit of the answer's length, if there is a quota but no limit. `status_code`
    is for an answer that is no completion. `is_stopped` says that a user ended the call, which is no error. `lengths`
    says how many times as long the answer is as what was kept of it.
    """

    endpoint: Endpoint
    is_stopped: bool = False
    received: str = ""
    lengths: float = 1.0
    status_code: int | None = None

    @property
    def text(self) -> str:
        """The text, with the halves of an emoji joined that came in two chunks; a half without the other is U+FFFD."""
        return self.received.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@dataclass(frozen=True, slots=True)
class SideCalls:
    """Makes calls beside replies, within their users' quotas and with an entry of each in the ledger."""

    llm: LLM
    ledger: LedgerPolicy
    quotas: QuotaPolicy
    background: BackgroundTasks
    _made: set[str] = field(default_factory=set)
    """The ids of the calls that are being opened, made or closed."""
    _unmade: set[str] = field(default_factory=set)
    """The ids of those that were open at the last look without being made."""

    @asynccontextmanager
    async def record(
        self,
        context: CallContext,
        endpoint: Endpoint,
        prompt: Sequence[Mapping[str, Any]],
        *,
        path: str = COMPLETIONS_PATH,
        keeps_contents: bool = True,
    ) -> AsyncIterator[SideCall]:
        """Record the call that the block makes, however it ends. Raises QuotaExceeded."""
        policy = self.ledger if keeps_contents else dataclasses.replace(self.ledger, keeps_contents=False)
        opened, side = new_call(context, endpoint, prompt, policy, path=path), SideCall(endpoint)
        self._made.add(opened.id)
        try:
            side.endpoint = await _open(opened, endpoint, self.quotas)
        except BaseException as exc:
            self._made.discard(opened.id)
            if isinstance(exc, asyncio.CancelledError):  # its COMMIT may have been under way
                with suppress(Unavailable):  # then `forget_unmade` does it
                    await _even_if_cancelled(forget_call(opened.id))
            raise
        loop = asyncio.get_running_loop()
        started_at, error = loop.time(), None
        try:
            yield side
        except BaseException as exc:
            error = None if side.is_stopped else exc
            raise
        finally:
            outcome = _outcome(opened, side, error, loop.time() - started_at, endpoint.secrets)
            await _even_if_cancelled(self._close_soon(opened, outcome))  # the client may leave at any moment

    @asynccontextmanager
    async def ask(
        self, context: CallContext, endpoint: Endpoint, prompt: Sequence[Mapping[str, Any]]
    ) -> AsyncIterator[tuple[SideCall, "ProviderCall"]]:
        """Send the prompt, and yield the call with the answer when it begins. Raises ProviderFailed, QuotaExceeded."""
        entry = self.record(context, endpoint, prompt)
        client = await self.llm.client()
        async with entry as side, client.stream(endpoint, prompt, on_sent=side.note_sent) as call:
            side.call = call
            yield side, call

    async def _close_soon(self, opened: OpenCall, outcome: CallOutcome) -> None:
        """Close the call, or have that done once the database is back. Whoever has the answer does not wait for it."""
        try:
            await self._close(opened, outcome)
        except Unavailable:
            closing = retry_until_available(partial(self._close, opened, outcome), retry_seconds=CLOSE_RETRY_SECONDS)
            self.background.start(f"close {opened.id}", closing)

    async def _close(self, opened: OpenCall, outcome: CallOutcome) -> None:
        await _close(opened, outcome)
        self._made.discard(opened.id)

    async def forget_unmade(self) -> None:
        """Delete this worker's open calls that it made neither this time nor the time before.

        The COMMIT that opened such a call has succeeded, and its answer was lost: nobody makes the call or closes it.
        """
        unmade = set(await list_side_calls(self.ledger.worker_id or "")) - self._made
        for call_id in unmade & self._unmade:
            await forget_call(call_id)
        self._unmade.clear()
        self._unmade.update(unmade)


async def _open(opened: OpenCall, endpoint: Endpoint, quotas: QuotaPolicy) -> Endpoint:
    """Open the call and return the endpoint, limited to the tokens that are left. Raises QuotaExceeded."""
    async with in_turn(opened.user_id):
        return endpoint if await _open_at_once(opened, quotas) else await _open_within_quotas(opened, endpoint, quotas)


async def _open_at_once(opened: OpenCall, quotas: QuotaPolicy) -> bool:
    """Open the call by a unit of work. Return False if quotas of tokens need a lock, or something has changed since."""
    user = await find_free_user(opened.user_id, quotas) if opened.group_id is None else None
    if user is None:
        return False
    try:
        async with unit_of_work():
            if (key_id := _used_key(opened)) is not None:
                await require_used(key_id)
            await require_free_user(user, quotas)
            await open_call(opened)
    except (TransactionConflict, IntegrityError):
        return False
    return True


@repeated_on_conflict
async def _open_within_quotas(opened: OpenCall, endpoint: Endpoint, quotas: QuotaPolicy) -> Endpoint:
    async with transaction():
        return await open_within_quotas(opened, endpoint, quotas, used_key_id=_used_key(opened))


def _used_key(opened: OpenCall) -> str | None:
    """Return the key of which the user sees that it was used: for a completion, not for a title or a test."""
    return opened.key_id if opened.purpose == CallPurpose.COMPLETION else None


async def _close(opened: OpenCall, outcome: CallOutcome) -> None:
    try:
        async with unit_of_work():
            await close_open_call(opened, outcome)
    except (TransactionConflict, IntegrityError):  # its session or key was deleted meanwhile
        await _close_by_transaction(opened, outcome)


@repeated_on_conflict
async def _close_by_transaction(opened: OpenCall, outcome: CallOutcome) -> None:
    async with transaction():
        await close_own_call(opened, outcome)


async def _even_if_cancelled(storing: Coroutine[Any, Any, None]) -> None:
    """Run it to its end even if this task is cancelled meanwhile."""
    task = asyncio.create_task(storing)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def _outcome(
    opened: OpenCall, side: SideCall, error: BaseException | None, seconds: float, secrets: Sequence[str]
) -> CallOutcome:
    failure = error if isinstance(error, ProviderFailed) else None
    status = CallStatus.ERROR if error else CallStatus.SUCCESS
    outcome = outcome_of(opened, status, side, failure, text=side.text, seconds=seconds, secrets=secrets)
    if outcome.usage is not None and outcome.usage.source == UsageSource.ESTIMATED:
        tokens = round(outcome.usage.completion_tokens * side.lengths)
        outcome = replace(outcome, usage=replace(outcome.usage, completion_tokens=tokens))
    return outcome if side.call or failure else replace(outcome, status_code=side.status_code)
