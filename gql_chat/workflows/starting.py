"""The steps that every verb takes which starts a reply: sending, editing, regenerating, continuing."""

from collections.abc import Sequence

from gql_chat.changes import changelog
from gql_chat.changes.models import ChangeKind
from gql_chat.chats.branches import Writer
from gql_chat.chats.idempotency import Exchange
from gql_chat.chats.models import ChatSession, Message
from gql_chat.errors import Unavailable
from gql_chat.files.catalog import mark_processed
from gql_chat.generation.accounting import CallContext, LedgerPolicy, limited_by_quotas, new_call
from gql_chat.generation.job import ReplyJob
from gql_chat.generation.prompting.prompt import Prompt
from gql_chat.generation.runner import Runner
from gql_chat.keys.keyring import mark_used
from gql_chat.personas.catalog import PersonaCatalog
from gql_chat.personas.parsing import Persona
from gql_chat.usage.ledger import open_call
from gql_chat.usage.models import CallPurpose
from gql_chat.usage.quotas import QuotaPolicy, require_group_quota, require_user_quotas
from gql_chat.usage.tokens import Usage
from gql_chat.users.accounts import find_default_persona
from gql_chat.workflows.routing import Route


def require_accepting(runner: Runner) -> None:
    """Raise Unavailable if this server starts no replies any more."""
    if runner.draining:
        raise Unavailable("This server is shutting down; send it again.")


def assign_writer(route: Route, runner: Runner) -> Writer:
    """Return the key, model and worker that will write the reply."""
    return Writer(route.key.id if route.key else None, route.endpoint.model, runner.worker_id, runner.lease)


async def choose_persona(user_id: str, session: ChatSession, personas: PersonaCatalog) -> Persona:
    """Return the session's persona, else the user's default, else the first. A persona that was removed is skipped."""
    if session.persona is not None and personas.find(session.persona):
        return personas.get(session.persona)
    return personas.pick(await find_default_persona(user_id))


async def open_reply(
    exchange: Exchange,
    route: Route,
    prompt: Prompt,
    *,
    added: Sequence[Message],
    ledger: LedgerPolicy,
    quotas: QuotaPolicy,
) -> ReplyJob:
    """Open the call, record what is used and what changed, and return the job. `added` are the messages to announce.

    Call it last in the transaction that stores the exchange. Raises QuotaExceeded.
    """
    session, reply = exchange.session, exchange.reply
    text, reasoning = reply.text, reply.reasoning or ""
    context = CallContext(session.user_id, CallPurpose.REPLY, route.key, session.id, reply.id)
    call = new_call(context, route.endpoint, prompt.messages, ledger, text_before=text, reasoning_before=reasoning)
    group_left = await require_group_quota(call)
    if route.key is not None:
        await mark_used(route.key.id)
    tokens_left = (group_left, await require_user_quotas(call, quotas))
    endpoint = limited_by_quotas(call, route.endpoint, tokens_left, reply_max_tokens=quotas.reply_max_tokens)
    await open_call(call)
    processed = await mark_processed(prompt.file_ids)
    await changelog.record(
        session.user_id,
        (ChangeKind.SESSION_CHANGED, [session.id]),
        *((ChangeKind.MESSAGE_ADDED, [message.id]) for message in added),
        *((ChangeKind.FILE_CHANGED, [file_id]) for file_id in processed),
    )
    return ReplyJob(reply.id, call, endpoint, prompt.messages, text, reasoning, Usage.of(reply))
