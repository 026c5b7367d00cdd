"""Entries for the ledger: a call that is about to be made, and the usage of one that has ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gql_chat.generation.prompting.tokens import estimate_prompt_tokens, estimate_tokens
from gql_chat.generation.provider.call import ProviderCall
from gql_chat.generation.provider.endpoint import Endpoint, request_body, without_credentials
from gql_chat.infra import clock
from gql_chat.infra.ids import new_id
from gql_chat.keys.models import Key
from gql_chat.usage.contents import kept_messages, kept_parameters
from gql_chat.usage.models import CallPurpose, OpenCall, UsageSource
from gql_chat.usage.tokens import Usage

DEFAULT_OUTPUT_TOKENS = 1000  # reserved, until it has ended, for a reply without a limit of its length
GRACE = timedelta(minutes=5)  # for a database that is away when a call ends


@dataclass(frozen=True, slots=True)
class LedgerPolicy:
    """Whether the ledger keeps the texts of requests and replies, and the longest time that one call can take."""

    keeps_contents: bool
    longest_call: timedelta


@dataclass(frozen=True, slots=True)
class CallContext:
    """The user and purpose of a call, and its key: None is the server's key, or one that is not stored."""

    user_id: str
    purpose: CallPurpose
    key: Key | None
    session_id: str | None = None
    message_id: str | None = None


def new_call(
    context: CallContext,
    endpoint: Endpoint,
    prompt: Sequence[Mapping[str, Any]],
    policy: LedgerPolicy,
    *,
    text_before: str = "",
    reasoning_before: str = "",
) -> OpenCall:
    """Build the entry of a call; `text_before` and `reasoning_before` are what its reply has already."""
    now, body = clock.now(), request_body(endpoint, ())
    prompt_tokens = estimate_prompt_tokens(prompt)
    return OpenCall(
        id=new_id("call"),
        user_id=context.user_id,
        session_id=context.session_id,
        message_id=context.message_id,
        key_id=context.key.id if context.key else None,
        group_id=context.key.group_id if context.key else None,
        purpose=context.purpose,
        model=endpoint.model,
        endpoint=without_credentials(endpoint.base_url),
        is_server_key=endpoint.trusted,
        keeps_contents=policy.keeps_contents,
        request_messages=kept_messages(prompt, secret=endpoint.secret) if policy.keeps_contents else "[]",
        request_parameters=kept_parameters(body, secret=endpoint.secret),
        prompt_tokens=prompt_tokens,
        reserved_tokens=0 if context.purpose == CallPurpose.TEST else prompt_tokens + _most_output_tokens(body),
        text_before=len(text_before),
        reasoning_before=len(reasoning_before),
        created_at=now,
        dead_after=now + policy.longest_call + GRACE,
    )


def usage_of(call: ProviderCall, opened: OpenCall, output: str) -> Usage:
    """Return the usage of a call that the provider took: by the provider's own count, else by an estimate."""
    reported = call.usage
    if reported is not None:
        return Usage(reported.prompt_tokens, reported.completion_tokens, UsageSource.PROVIDER)
    return Usage(opened.prompt_tokens, estimate_tokens(output), UsageSource.ESTIMATED)


def _most_output_tokens(body: Mapping[str, Any]) -> int:
    limits = (body.get("max_tokens"), body.get("max_completion_tokens"))
    return next((limit for limit in limits if isinstance(limit, int) and limit > 0), DEFAULT_OUTPUT_TOKENS)
