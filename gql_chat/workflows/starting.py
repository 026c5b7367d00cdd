"""The steps of every verb that starts a reply: sending, editing, regenerating, continuing."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from gql_chat.changes import changelog
from gql_chat.changes.models import ChangeKind
from gql_chat.chats.branches import Writer
from gql_chat.chats.idempotency import Exchange, IdempotencyClaim
from gql_chat.chats.models import ChatSession, Message
from gql_chat.chats.recent import RecentMessages
from gql_chat.errors import ShuttingDown
from gql_chat.files.catalog import mark_processed
from gql_chat.generation.accounting import CallContext, LedgerPolicy, new_call
from gql_chat.generation.job import ReplyJob
from gql_chat.generation.prompting.alternation import fold_system_prompt
from gql_chat.generation.prompting.materials import MaterialSource
from gql_chat.generation.prompting.prompt import Materials, PromptBudget, build_continuation
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.generation.runner import Runner
from gql_chat.keys.keyring import require_used
from gql_chat.personas.catalog import PersonaCatalog
from gql_chat.personas.parsing import Persona
from gql_chat.usage.ledger import open_call
from gql_chat.usage.models import CallPurpose, OpenCall
from gql_chat.usage.quotas import QuotaPolicy, require_no_quota
from gql_chat.usage.tokens import Usage
from gql_chat.users.accounts import find_default_persona
from gql_chat.workflows.call_limits import CallLimits, open_within_quotas
from gql_chat.workflows.routing import ModelRouter, Route
from gql_chat.workflows.standing import Standing


@dataclass(frozen=True, slots=True)
class ReplyStarter:
    """Starts replies on this worker, by the keys and personas of their sessions and within the users' quotas."""

    router: ModelRouter
    materials: MaterialSource
    personas: PersonaCatalog
    ledger: LedgerPolicy
    quotas: QuotaPolicy
    limits: CallLimits
    runner: Runner
    recent: RecentMessages = field(default_factory=RecentMessages)

    def budget_of(self, session: ChatSession | None, route: Route, history_messages: int | None = None) -> PromptBudget:
        """Return the budget of a prompt by the route, with this many messages, else as many as the session says."""
        wanted = history_messages or (session.history_messages if session else None)
        return self.materials.budget.limited_to(wanted).within_context(route.key.context_tokens if route.key else None)

    async def require_send(self, user_id: str) -> None:
        """Count a send. Raise ShuttingDown if this server starts no replies any more, and RateLimited."""
        if self.runner.draining:
            raise ShuttingDown
        await self.limits.require_send(user_id)

    def assign_writer(self, route: Route) -> Writer:
        """Return the key, model and worker that will write the reply."""
        key_id = route.key.id if route.key else None
        return Writer(key_id, route.endpoint.model, self.runner.worker_id)

    async def open_reply(
        self,
        claim: IdempotencyClaim,
        exchange: Exchange,
        route: Route,
        history: Sequence[Message],
        loaded: Materials,
        *,
        budget: PromptBudget,
        added: Sequence[Message],
        standing: Standing | None = None,
    ) -> ReplyJob:
        """Store the claim, open the call, record what is used and what changed, and return the job.

        Call it last in the transaction that stores the exchange, of which `added` is new. Raises QuotaExceeded. Or call
        it in a unit of work with the standing that it requires: see `fits_one_unit`.
        """
        session, reply = exchange.session, exchange.reply
        system_prompt = session.system_prompt or (await self._choose_persona(session, standing)).content
        prompt = build_continuation(system_prompt, history, exchange.user_message, reply, budget, loaded)
        if route.endpoint.folds_system_prompt:
            prompt = replace(prompt, messages=fold_system_prompt(prompt.messages))
        await claim.store(exchange)
        context = CallContext(session.user_id, CallPurpose.REPLY, route.key, session.id, reply.id)
        call = new_call(
            context,
            route.endpoint,
            prompt.messages,
            self.ledger,
            text_before=reply.text,
            reasoning_before=reply.reasoning or "",
            earlier=self.runner.prompts,
        )
        endpoint = await self._open_call(call, route, standing)
        await _record_changes(session, added, await mark_processed(prompt.file_ids), standing)
        return ReplyJob(reply, call, endpoint, prompt, Usage.of(reply))

    def fits_one_unit(self, standing: Standing, route: Route, loaded: Materials) -> bool:
        """Return whether a message can be stored without a lock, by a unit of work that requires what was read.

        Quotas of tokens and files need more than that.
        """
        quotas = (standing.monthly_token_quota, self.quotas.monthly_tokens_per_user)
        has_token_quota = any(quota is not None for quota in quotas)
        is_shared = route.key is not None and route.key.group_id is not None
        return standing.takes_message and not (has_token_quota or is_shared or loaded)

    async def _open_call(self, call: OpenCall, route: Route, standing: Standing | None) -> Endpoint:
        """Return the endpoint to call. Raises QuotaExceeded, or requires that there is no quota against it."""
        key_id = route.key.id if route.key else None
        if standing is None:
            return await open_within_quotas(call, route.endpoint, self.quotas, used_key_id=key_id)
        if key_id is not None:
            await require_used(key_id)
        await require_no_quota(call.user_id, self.quotas)
        await open_call(call)
        return route.endpoint

    async def _choose_persona(self, session: ChatSession, standing: Standing | None) -> Persona:
        """Return the session's persona, else the user's default, else the first. Skip a persona that was removed."""
        chosen = self.personas.find(session.persona) if session.persona is not None else None
        if chosen is not None:
            return chosen
        default = standing.default_persona if standing else await find_default_persona(session.user_id)
        return self.personas.pick(default)


async def _record_changes(
    session: ChatSession, added: Sequence[Message], processed_file_ids: Sequence[str], standing: Standing | None
) -> None:
    await changelog.record(
        session.user_id,
        (ChangeKind.SESSION_CHANGED, [session.id]),
        *((ChangeKind.MESSAGE_ADDED, [message.id]) for message in added),
        *((ChangeKind.FILE_CHANGED, [file_id]) for file_id in processed_file_ids),
        user_version=standing.user_version if standing else None,
    )
