"""Entries for the ledger: a call that is about to be made, and the usage of one that has ended."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from gql_chat.errors import ProviderErrorCode, ProviderFailed
from gql_chat.generation.prompting.tokens import estimate_prompt_tokens, estimate_tokens
from gql_chat.generation.provider.endpoint import COMPLETIONS_PATH, USAGE_OPTIONS, Endpoint, request_body
from gql_chat.infra import clock
from gql_chat.infra.db.rows import new_row
from gql_chat.infra.ids import new_id
from gql_chat.infra.telemetry.redaction import without_secrets
from gql_chat.keys.models import Key
from gql_chat.usage.contents import kept_parameters
from gql_chat.usage.ledger import CallOutcome
from gql_chat.usage.models import ENDPOINT_MAX_LENGTH, CallPurpose, CallStatus, OpenCall, UsageSource
from gql_chat.usage.prompts import EarlierPrompts
from gql_chat.usage.tokens import Usage

if TYPE_CHECKING:
    from gql_chat.generation.provider.call import ProviderCall
    from gql_chat.generation.provider.passing_on.passed_call import PassedCall

DEFAULT_OUTPUT_TOKENS = 1000  # reserved, until it has ended, for a reply without a limit of its length
MAX_RESERVED_TOKENS = 2**53  # of one call, so that sums of reservations can be stored
OUTPUT_LIMITS = ("max_tokens", "max_completion_tokens")
CHOICES = ("n", "best_of")  # each choice may be as long as the limit
_NO_PARAMETERS = kept_parameters({"stream": True, **USAGE_OPTIONS}, secrets=())  # of a key that has none
GRACE = timedelta(minutes=5)  # for a database that is away when a call ends


@dataclass(frozen=True, slots=True)
class LedgerPolicy:
    """Whether the ledger keeps the texts of requests and replies, and the longest time that one call can take.

    `worker_id` is the worker that makes the calls. If it dies, a call without a reply ends with its lease.
    """

    keeps_contents: bool
    longest_call: timedelta
    worker_id: str | None = None


@dataclass(slots=True, kw_only=True)
class Attempt:
    """A call that is being made: whether it was sent, even if it is never answered, and the answer once it begins.

    Some providers refuse a request that asks for usage; then it is sent again without.
    """

    call: "ProviderCall | PassedCall | None" = None
    was_sent: bool = False
    asked_for_usage: bool = True

    def note_sent(self, asked_for_usage: bool) -> None:
        """Note that the request was sent."""
        self.was_sent, self.asked_for_usage = True, asked_for_usage


class CallContext(msgspec.Struct, frozen=True):
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
    path: str = COMPLETIONS_PATH,
    earlier: EarlierPrompts | None = None,
) -> OpenCall:
    """Build the entry of a call; `text_before` and `reasoning_before` are what its reply has already.

    Of a prompt that is like one of the earlier prompts, it stores the difference.
    """
    now, body = clock.now(), request_body(endpoint, ())
    prompt_tokens = estimate_prompt_tokens(prompt)
    call = new_row(
        OpenCall,
        id=new_id("call"),
        **_columns_of(context),
        model=endpoint.model,
        endpoint=endpoint.logged_url(path)[:ENDPOINT_MAX_LENGTH],
        is_server_key=endpoint.is_server_key,
        keeps_contents=policy.keeps_contents,
        request_messages="[]",
        request_parameters=_parameters(body, endpoint) if path == COMPLETIONS_PATH else "{}",
        prompt_tokens=prompt_tokens,
        reserved_tokens=0 if context.purpose == CallPurpose.TEST else _reservation(prompt_tokens, body),
        text_before=len(text_before),
        reasoning_before=len(reasoning_before),
        created_at=now,
        dead_after=now + policy.longest_call + GRACE,
        worker_id=policy.worker_id,
    )
    if policy.keeps_contents:
        (earlier or EarlierPrompts()).store(call, prompt, endpoint.secrets)
    return call


def outcome_of(
    opened: OpenCall,
    status: CallStatus,
    attempt: Attempt,
    failure: ProviderFailed | None,
    *,
    text: str,
    reasoning: str = "",
    seconds: float,
    secrets: Sequence[str],
) -> CallOutcome:
    """Return the outcome, for the ledger, of a call that wrote this text and reasoning."""
    call, usage = attempt.call, None
    if call:
        usage = call.usage or Usage(opened.prompt_tokens, estimate_tokens(text + reasoning), UsageSource.ESTIMATED)
    elif attempt.was_sent:
        usage = _usage_of_unanswered(opened, failure)
    return CallOutcome(
        status,
        duration_ms=round(seconds * 1000),
        status_code=call.status_code if call else failure.status_code if failure else None,
        error_code=failure.provider_code if failure else None,
        error_message=failure.message if failure else None,
        error_retry_after_seconds=failure.retry_after_seconds if failure else None,
        response_text=without_secrets(text, secrets) if opened.keeps_contents else None,
        usage=usage,
        first_token_ms=call.first_token_ms if call else None,
        response_data=_kept_response_data(call, secrets),
        request_parameters=None if attempt.asked_for_usage else _parameters_without_usage(opened),
    )


def limited_by_quotas(
    opened: OpenCall, endpoint: Endpoint, tokens_left: Sequence[int | None], *, reply_max_tokens: int
) -> Endpoint:
    """Return the endpoint with a limit of the call's output, and reserve that much, if there is a quota but no limit.

    The limit is half of the tokens that the quotas leave, `reply_max_tokens` at most: so no call takes more than it
    reserved, and others of the same owner still fit beside it. A limit that was asked for is reserved already.
    """
    quotas = [left for left in tokens_left if left is not None]
    if not quotas or _asked_output_tokens(body := request_body(endpoint, ())):
        return endpoint
    choices = _choices(body)
    most = max(DEFAULT_OUTPUT_TOKENS, min((min(quotas) - opened.prompt_tokens) // (2 * choices), reply_max_tokens))
    extra = {
        name: value for name, value in (endpoint.parameters.get("extra") or {}).items() if name not in OUTPUT_LIMITS
    }
    limited = replace(endpoint, parameters={**endpoint.parameters, "extra": extra, "max_tokens": most})
    opened.reserved_tokens = opened.prompt_tokens + most * choices
    opened.request_parameters = _parameters(request_body(limited, ()), limited)
    return limited


def _columns_of(context: CallContext) -> dict[str, Any]:
    return {
        "user_id": context.user_id,
        "session_id": context.session_id,
        "message_id": context.message_id,
        "key_id": context.key.id if context.key else None,
        "group_id": context.key.group_id if context.key else None,
        "purpose": context.purpose,
    }


def _usage_of_unanswered(opened: OpenCall, failure: ProviderFailed | None) -> Usage | None:
    """Return the usage of a call that was sent and did not begin to be answered.

    A provider that was still at it when the user stopped it, or when it took too long, has read the prompt. One that
    refused the call, or closed the connection, is taken not to have.
    """
    is_refused = failure is not None and failure.provider_code != ProviderErrorCode.TIMEOUT
    is_answered = failure is not None and failure.status_code is not None and 200 <= failure.status_code < 300
    return None if is_refused and not is_answered else Usage(opened.prompt_tokens, 0, UsageSource.ESTIMATED)


def _parameters_without_usage(opened: OpenCall) -> str:
    """Return the call's parameters without `stream_options`, as they were sent to a provider that refused it."""
    sent = msgspec.json.decode(opened.request_parameters)
    return msgspec.json.encode({name: value for name, value in sent.items() if name not in USAGE_OPTIONS}).decode()


def _kept_response_data(call: "ProviderCall | PassedCall | None", secrets: Sequence[str]) -> str | None:
    """Return the data beside an answer's text as JSON for the ledger. Return None if there was none."""
    data = call.response_data if call else None
    return without_secrets(data, secrets) if data else None


def _parameters(body: Mapping[str, Any], endpoint: Endpoint) -> str:
    if not endpoint.parameters:
        return _NO_PARAMETERS
    options = USAGE_OPTIONS if body["stream"] else {}
    return kept_parameters({**body, **options}, secrets=endpoint.secrets)


def _reservation(prompt_tokens: int, body: Mapping[str, Any]) -> int:
    output_tokens = (_asked_output_tokens(body) or DEFAULT_OUTPUT_TOKENS) * _choices(body)
    return min(prompt_tokens + output_tokens, MAX_RESERVED_TOKENS)


def _asked_output_tokens(body: Mapping[str, Any]) -> int:
    """Return the greatest limit of the output in a request, because a provider may follow any; 0 without one."""
    return max((_count_in(body[name]) for name in OUTPUT_LIMITS if name in body), default=0)


def _choices(body: Mapping[str, Any]) -> int:
    return max((1, *(_count_in(body[name]) for name in CHOICES if name in body)))


def _count_in(value: object) -> int:
    """Return a number as it may stand in `extra`, where a provider may take `5.0` and `"5"` for one too; else 0."""
    try:
        return max(0, math.ceil(float(value))) if isinstance(value, int | float | str) else 0
    except (ValueError, OverflowError):
        return 0
