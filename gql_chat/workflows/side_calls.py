"""Calls beside replies, for titles and checks of keys: opened in the ledger before, and closed after them."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gql_chat.errors import ProviderFailed
from gql_chat.generation.accounting import CallContext, LedgerPolicy, new_call, outcome_of
from gql_chat.generation.provider.endpoint import COMPLETIONS_PATH, Endpoint
from gql_chat.infra.db.database import transaction
from gql_chat.usage.ledger import CallOutcome, close_call, open_call
from gql_chat.usage.models import CallStatus, OpenCall
from gql_chat.usage.quotas import QuotaPolicy, require_group_quota, require_user_quotas

if TYPE_CHECKING:
    from gql_chat.generation.provider.call import ProviderCall


@dataclass(slots=True)
class SideCall:
    """A call as its maker fills it in: the provider's answer once it begins, and the text received so far.

    `status_code` is for an answer that is no completion.
    """

    was_sent: bool = False
    asked_for_usage: bool = True
    call: "ProviderCall | None" = None
    received: str = ""
    status_code: int | None = None

    @property
    def text(self) -> str:
        """The text, with the halves of an emoji joined that came in two chunks; a half without the other is U+FFFD."""
        return self.received.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def note_sent(self, asked_for_usage: bool) -> None:
        """Note that the request was sent, whether or not it is ever answered."""
        self.was_sent, self.asked_for_usage = True, asked_for_usage


@asynccontextmanager
async def side_call(
    context: CallContext,
    policy: LedgerPolicy,
    endpoint: Endpoint,
    prompt: Sequence[Mapping[str, Any]],
    *,
    quotas: QuotaPolicy,
    path: str = COMPLETIONS_PATH,
) -> AsyncIterator[SideCall]:
    """Record the call in the ledger, however the block ends. Raises QuotaExceeded."""
    opened, side = new_call(context, endpoint, prompt, policy, path=path), SideCall()
    async with transaction():
        await require_group_quota(opened)
        await require_user_quotas(opened, quotas)
        await open_call(opened)
    loop = asyncio.get_running_loop()
    started_at, error = loop.time(), None
    try:
        yield side
    except BaseException as exc:
        error = exc
        raise
    finally:
        outcome = _outcome(opened, side, error, loop.time() - started_at, endpoint.secrets)
        async with transaction():
            await close_call(opened, outcome)


def _outcome(
    opened: OpenCall, side: SideCall, error: BaseException | None, seconds: float, secrets: Sequence[str]
) -> CallOutcome:
    failure = error if isinstance(error, ProviderFailed) else None
    status = CallStatus.ERROR if error else CallStatus.SUCCESS
    outcome = outcome_of(opened, status, side, failure, text=side.text, seconds=seconds, secrets=secrets)
    return outcome if side.call or failure else replace(outcome, status_code=side.status_code)
