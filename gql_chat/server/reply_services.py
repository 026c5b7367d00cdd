"""The services that write replies, made from settings: the client of models, the runner, the starter and titles."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from gql_chat.chats.recent import UNUSED_SECONDS
from gql_chat.files.dependencies import Files
from gql_chat.generation.accounting import LedgerPolicy
from gql_chat.generation.prompting.materials import MaterialSource
from gql_chat.generation.prompting.prompt import PromptBudget
from gql_chat.generation.provider.endpoint import Reach
from gql_chat.generation.provider.llm import LLM
from gql_chat.generation.provider.timeouts import Timeouts
from gql_chat.generation.reply_limits import ReplyLimits
from gql_chat.generation.runner import Runner
from gql_chat.infra.crypto import SecretBox
from gql_chat.infra.peers import Peers
from gql_chat.infra.rate_limits.limiter import Limit, RateLimiter
from gql_chat.infra.tasks.background import BackgroundTasks
from gql_chat.infra.tasks.periodic import run_every
from gql_chat.personas.catalog import PersonaCatalog
from gql_chat.server.server_key import open_server_keys
from gql_chat.server.shared_services import SharedServices
from gql_chat.settings import Settings
from gql_chat.usage.quotas import QuotaPolicy
from gql_chat.workflows.call_limits import CallLimits
from gql_chat.workflows.routing import ModelRouter
from gql_chat.workflows.side_calls import SideCalls
from gql_chat.workflows.starting import ReplyStarter
from gql_chat.workflows.taking_over import CrashSuccessor
from gql_chat.workflows.titles import TitleMaker, TitleMode
from gql_chat.workflows.watching import DELETED, STOP


@dataclass(frozen=True, slots=True)
class ReplyServices:
    """The services that write replies."""

    side_calls: SideCalls
    runner: Runner
    peers: Peers
    starter: ReplyStarter
    titles: TitleMaker


@asynccontextmanager
async def open_reply_services(
    settings: Settings,
    lease: timedelta,
    shared: SharedServices,
    box: SecretBox,
    personas: PersonaCatalog,
    files: Files,
) -> AsyncIterator[ReplyServices]:
    """Open the runner and what starts its replies. Stops of other workers reach it."""
    async with AsyncExitStack() as stack:
        llm = await stack.enter_async_context(_make_llm(settings))
        limits = ReplyLimits(settings.reply_max_characters, settings.replies_max_bytes)
        runner = await stack.enter_async_context(Runner(llm, shared.broker, files, lease=lease, limits=limits))
        stack.enter_context(shared.signals.subscribe(STOP, runner.on_stop_signal))
        peers = Peers(shared.signals, serves=lambda: not runner.draining)
        stack.enter_context(peers.answering())
        server_keys = await stack.enter_async_context(open_server_keys(settings, box, shared.signals))
        starter = ReplyStarter(
            ModelRouter(box, server_keys),
            MaterialSource(files.pictures, _make_prompt_budget(settings)),
            personas,
            _make_ledger_policy(settings, runner.worker_id),
            _make_quotas(settings),
            _make_call_limits(settings, shared.limiter),
            runner,
        )
        if settings.after_crash == "continue":
            runner.reaper.successor = CrashSuccessor(starter)
        stack.enter_context(shared.signals.subscribe(DELETED, starter.recent.forget))
        await stack.enter_async_context(run_every(UNUSED_SECONDS, starter.recent.sweep, "recent messages"))
        background = await stack.enter_async_context(BackgroundTasks())
        side_calls = SideCalls(llm, starter.ledger, starter.quotas, background)
        await stack.enter_async_context(run_every(lease.total_seconds(), side_calls.forget_unmade, "unmade calls"))
        mode, router, materials = TitleMode(settings.titles), starter.router, starter.materials
        titles = TitleMaker(mode, side_calls, router, materials, starter.limits, runner, background)
        yield ReplyServices(side_calls, runner, peers, starter, titles)


def _make_llm(settings: Settings) -> LLM:
    return LLM(
        timeouts=Timeouts(
            connect_seconds=settings.llm_connect_timeout_seconds,
            first_token_seconds=settings.llm_first_token_timeout_seconds,
            between_tokens_seconds=settings.llm_between_tokens_timeout_seconds,
            total_seconds=settings.llm_total_timeout_seconds,
        ),
        reach=Reach(settings.allowed_networks, settings.base_url_ports, settings.traced_hosts),
    )


def _make_prompt_budget(settings: Settings) -> PromptBudget:
    return PromptBudget(
        settings.history_max_messages,
        settings.history_max_tokens,
        settings.prompt_file_max_tokens,
        settings.prompt_files_max_tokens,
    )


def _make_ledger_policy(settings: Settings, worker_id: str) -> LedgerPolicy:
    return LedgerPolicy(
        keeps_contents=settings.call_contents_days > 0,
        longest_call=timedelta(seconds=settings.llm_total_timeout_seconds),
        worker_id=worker_id,
    )


def _make_quotas(settings: Settings) -> QuotaPolicy:
    return QuotaPolicy(settings.monthly_tokens_per_user, settings.max_replies_per_user, settings.quota_reply_max_tokens)


def _make_call_limits(settings: Settings, limiter: RateLimiter) -> CallLimits:
    return CallLimits(
        limiter,
        sends=Limit(settings.sends_per_minute, 60),
        key_tests=Limit(settings.key_tests_per_minute, 60),
        key_tests_at_once=settings.key_tests_at_once if settings.rate_limits else None,
        titles=Limit(settings.titles_per_minute, 60),
    )
