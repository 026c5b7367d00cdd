"""All services of the server, made from settings; opened when it starts and closed in reverse when it ends."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from importlib import import_module
from typing import cast

from gql_chat.api.engine.context import Services
from gql_chat.changes.changelog import CHANGED, announcing_to, delete_old_changes
from gql_chat.changes.feed import ChangeFeed
from gql_chat.chats.idempotency import delete_old_claims
from gql_chat.chats.leases import delete_old_leases
from gql_chat.chats.search import QUEUE_LIMITS, QUEUE_LIMITS_ON_SQLITE
from gql_chat.chats.search_index import SearchBackfill
from gql_chat.generation.accounting import LedgerPolicy
from gql_chat.generation.delivery.broker import Broker, LocalBroker
from gql_chat.generation.prompting.materials import MaterialSource
from gql_chat.generation.prompting.prompt import PromptBudget
from gql_chat.generation.provider.call import Timeouts
from gql_chat.generation.provider.llm import LLM
from gql_chat.generation.reply_limits import ReplyLimits
from gql_chat.generation.runner import Runner
from gql_chat.infra.mail.outbox import Outbox
from gql_chat.infra.peers import Peers
from gql_chat.infra.rate_limits.limiter import LocalRateLimiter, NoRateLimiter, RateLimiter
from gql_chat.infra.redis.health import RedisStatus
from gql_chat.infra.signals import NoSignals, Signals
from gql_chat.infra.tasks.background import BackgroundTasks
from gql_chat.infra.tasks.fair_queue import FairQueue
from gql_chat.infra.tasks.periodic import run_every
from gql_chat.keys.keyring import KeyPolicy
from gql_chat.personas.catalog import PersonaCatalog
from gql_chat.server.account_services import make_codes, make_mailer, make_secret_box, make_sign_ins
from gql_chat.server.database import open_server_database
from gql_chat.server.file_services import open_files
from gql_chat.server.limits import make_budgets, make_call_limits
from gql_chat.server.server_key import open_server_keys
from gql_chat.settings import Settings
from gql_chat.usage.call_log import Retention
from gql_chat.usage.quotas import QuotaPolicy
from gql_chat.users.credentials import delete_expired, find_ended
from gql_chat.users.passwords.hashing import Passwords
from gql_chat.users.sign_outs import SIGN_OUT, SignOuts
from gql_chat.workflows.routing import ModelRouter
from gql_chat.workflows.starting import ReplyStarter
from gql_chat.workflows.taking_over import CrashSuccessor
from gql_chat.workflows.titles import TitleMaker, TitleMode
from gql_chat.workflows.watching import STOP, RunningReplies

HOUSEKEEPING_SECONDS = 600.0
SWEEP_SECONDS = 1.0  # after a sign-out by another process, until connections here end; with Redis at once
BACKFILL_SECONDS = 30.0  # after a server of an older version writes a message, until the search finds it
LOOK_SECONDS = 1.0  # after a change by another process, until watchers here get it; with Redis at once


@dataclass(frozen=True, slots=True)
class SharedServices:
    """Services by which workers act together. Without Redis there is one worker, and `redis` is None."""

    broker: Broker
    signals: Signals
    limiter: RateLimiter
    redis: RedisStatus | None = None


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Open everything that resolvers pass on to verbs. Raises CannotStart."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(open_server_database(settings))
        llm = await stack.enter_async_context(
            LLM(
                timeouts=_timeouts(settings),
                allowed_networks=settings.allowed_networks,
                allowed_ports=settings.base_url_ports,
                traced_hosts=settings.traced_hosts,
            )
        )
        personas = await stack.enter_async_context(PersonaCatalog(settings.personas_file))
        lease = timedelta(seconds=settings.lease_seconds)
        shared = await _open_shared(settings, lease, stack)
        broker, signals, limiter = shared.broker, shared.signals, shared.limiter
        limits = ReplyLimits(settings.reply_max_characters, settings.replies_max_bytes)
        files = await stack.enter_async_context(open_files(settings))  # before the runner, which stores images
        runner = await stack.enter_async_context(Runner(llm, broker, files, lease=lease, limits=limits))
        stack.enter_context(signals.subscribe(STOP, runner.on_stop_signal))
        peers = Peers(signals, serves=lambda: not runner.draining)
        stack.enter_context(peers.answering())
        outbox = await stack.enter_async_context(Outbox(make_mailer(settings)))
        sign_outs = SignOuts(find_ended, signals)
        stack.enter_context(signals.subscribe(SIGN_OUT, sign_outs.receive))
        await stack.enter_async_context(run_every(SWEEP_SECONDS, sign_outs.sweep, "sign-outs"))
        change_feed = ChangeFeed()
        stack.enter_context(announcing_to(change_feed.announce))
        stack.enter_context(announcing_to(partial(signals.send, CHANGED)))
        stack.enter_context(signals.subscribe(CHANGED, change_feed.announce))
        await stack.enter_async_context(run_every(LOOK_SECONDS, change_feed.look, "changes"))
        await _start_housekeeping(settings, stack)
        budget = PromptBudget(
            settings.history_max_messages,
            settings.history_max_tokens,
            settings.prompt_file_max_tokens,
            settings.prompt_files_max_tokens,
        )
        box = make_secret_box(settings)
        router = ModelRouter(box, await stack.enter_async_context(open_server_keys(settings, box, signals)))
        materials = MaterialSource(files.pictures, budget)
        ledger = _ledger_policy(settings)
        quotas = QuotaPolicy(
            settings.monthly_tokens_per_user, settings.max_replies_per_user, settings.quota_reply_max_tokens
        )
        call_limits = make_call_limits(settings, limiter)
        starter = ReplyStarter(router, materials, personas, ledger, quotas, call_limits, runner)
        if settings.after_crash == "continue":
            runner.reaper.successor = CrashSuccessor(starter)
        yield Services(
            limiter=limiter,
            budgets=make_budgets(settings),
            call_limits=call_limits,
            passwords=Passwords(),
            registration=settings.registration,
            codes=make_codes(settings, outbox, limiter),
            outbox=outbox,
            sign_ins=make_sign_ins(settings, sign_outs),
            sign_outs=sign_outs,
            change_feed=change_feed,
            key_policy=KeyPolicy(settings.max_keys_per_user, settings.allowed_networks, settings.base_url_ports),
            llm=llm,
            runner=runner,
            peers=peers,
            broker=broker,
            personas=personas,
            box=box,
            router=router,
            starter=starter,
            running=RunningReplies(runner, broker, signals),
            titles=TitleMaker(
                mode=TitleMode(settings.titles),
                llm=llm,
                router=router,
                materials=materials,
                ledger=ledger,
                quotas=quotas,
                limits=call_limits,
                runner=runner,
                background=await stack.enter_async_context(BackgroundTasks()),
            ),
            ledger=ledger,
            quotas=quotas,
            files=files,
            searches=FairQueue("searches", QUEUE_LIMITS_ON_SQLITE if settings.is_embedded else QUEUE_LIMITS),
            redis=shared.redis,
        )


async def _start_housekeeping(settings: Settings, stack: AsyncExitStack) -> None:
    await stack.enter_async_context(run_every(BACKFILL_SECONDS, SearchBackfill().run, "search backfill"))
    for verb in (delete_expired, delete_old_claims, delete_old_changes, delete_old_leases):
        await stack.enter_async_context(run_every(HOUSEKEEPING_SECONDS, verb, verb.__name__, at_once=True))
    retention = Retention(settings.call_contents_days, settings.call_log_days)
    await stack.enter_async_context(run_every(HOUSEKEEPING_SECONDS, retention.enforce, "call log", at_once=True))


async def _open_shared(settings: Settings, lease: timedelta, stack: AsyncExitStack) -> SharedServices:
    if settings.redis_url is not None:
        # Not imported by servers without Redis.
        shared = import_module("gql_chat.server.redis_services").open_redis_services(settings, lease=lease)
        return cast(SharedServices, await stack.enter_async_context(shared))
    limiter: RateLimiter = NoRateLimiter()
    if settings.rate_limits:
        limiter = LocalRateLimiter(place_factor=settings.address_limits_factor)
    return SharedServices(LocalBroker(), NoSignals(), limiter)


def _timeouts(settings: Settings) -> Timeouts:
    return Timeouts(
        connect_seconds=settings.llm_connect_timeout_seconds,
        first_token_seconds=settings.llm_first_token_timeout_seconds,
        between_tokens_seconds=settings.llm_between_tokens_timeout_seconds,
        total_seconds=settings.llm_total_timeout_seconds,
    )


def _ledger_policy(settings: Settings) -> LedgerPolicy:
    return LedgerPolicy(
        keeps_contents=settings.call_contents_days > 0,
        longest_call=timedelta(seconds=settings.llm_total_timeout_seconds),
    )
