"""From settings to services: what is opened when the server starts, and closed in reverse when it ends."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from functools import partial

from gql_chat.api.context import Services
from gql_chat.chats.claims import delete_old_claims
from gql_chat.chats.search_backfill import SearchBackfill
from gql_chat.chats.search_texts import report_missing_index
from gql_chat.demo import DemoServer
from gql_chat.generation.accounting import LedgerPolicy
from gql_chat.generation.delivery.broker import Broker, LocalBroker
from gql_chat.generation.delivery.redis_broker import RedisBroker
from gql_chat.generation.endpoints import ServerKey
from gql_chat.generation.prompting.materials import MaterialSource
from gql_chat.generation.prompting.prompt import PromptBudget
from gql_chat.generation.provider.llm import LLM
from gql_chat.generation.provider.timeouts import Timeouts
from gql_chat.generation.reaping import reap_expired
from gql_chat.generation.runner import Runner
from gql_chat.generation.service import Generation, TitleMode
from gql_chat.generation.watching import STOP
from gql_chat.infra import clock
from gql_chat.infra.background import Background
from gql_chat.infra.crypto import SecretBox, derive_key
from gql_chat.infra.db import model_modules, open_database
from gql_chat.infra.limits import LocalRateLimiter, NoRateLimiter, RateLimiter
from gql_chat.infra.mail import ConsoleMailer, Mailer, SmtpMailer, SmtpServer
from gql_chat.infra.migrations import migrate, migrations_folder, pending
from gql_chat.infra.outbox import Outbox
from gql_chat.infra.periodic import every
from gql_chat.infra.reaching import DatabaseUnusable
from gql_chat.infra.redis import RedisConnections, open_redis
from gql_chat.infra.redis_limits import RedisRateLimiter
from gql_chat.infra.redis_trial import find_redis_fault
from gql_chat.infra.signals import NoSignals, RedisSignals, Signals
from gql_chat.keys.keyring import KeyPolicy
from gql_chat.personas.catalog import PersonaCatalog
from gql_chat.settings import Settings
from gql_chat.usage.quotas import QuotaPolicy
from gql_chat.usage.retention import Retention
from gql_chat.users.change_feed import ChangeFeed
from gql_chat.users.changes import CHANGED, delete_old_changes, listening
from gql_chat.users.codes import Codes
from gql_chat.users.credentials import find_ended
from gql_chat.users.expiry import delete_expired
from gql_chat.users.passwords import Passwords
from gql_chat.users.sign_ins import SignIns
from gql_chat.users.sign_outs import SIGN_OUT, SignOuts
from gql_chat.users.tokens import Tokens
from gql_chat.web.cannot_start import CannotStart
from gql_chat.web.file_services import open_files

DEMO_MODEL = "demo"
HOUSEKEEPING_SECONDS = 600.0
SWEEP_SECONDS = 1.0  # how late live connections may hear of a sign-out by another process, without Redis
BACKFILL_SECONDS = 30.0  # how late messages of servers without a search may be found
LOOK_SECONDS = 1.0  # how late watchers may hear of a change by another process, without Redis


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Everything that resolvers hand down to verbs. Raises CannotStart."""
    async with AsyncExitStack() as stack:
        await _open_database(settings, stack)
        server_key = await _open_server_key(settings, stack)
        llm = await stack.enter_async_context(
            LLM(
                timeouts=_timeouts(settings),
                allowed_networks=settings.allowed_networks,
                traced_hosts=settings.traced_hosts,
            )
        )
        personas = await stack.enter_async_context(PersonaCatalog(settings.personas_file))
        redis = await _open_redis(settings, stack)
        lease = timedelta(seconds=settings.lease_seconds)
        broker, signals = await _open_delivery(redis, lease, stack)
        runner = await stack.enter_async_context(Runner(llm, broker, lease=lease))
        stack.enter_context(signals.hearing(STOP, runner.hear_stop))
        outbox = await stack.enter_async_context(Outbox(_mailer(settings)))
        limiter = _limiter(settings, redis)
        sign_outs = SignOuts(find_ended, signals)
        stack.enter_context(signals.hearing(SIGN_OUT, sign_outs.hear))
        await stack.enter_async_context(every(SWEEP_SECONDS, sign_outs.sweep, "sign-outs"))
        change_feed = ChangeFeed()
        stack.enter_context(listening(change_feed.announce))
        stack.enter_context(listening(partial(signals.send, CHANGED)))
        stack.enter_context(signals.hearing(CHANGED, change_feed.announce))
        await stack.enter_async_context(every(LOOK_SECONDS, change_feed.look, "changes"))
        files = await stack.enter_async_context(open_files(settings))
        await stack.enter_async_context(every(BACKFILL_SECONDS, SearchBackfill().run, "search backfill"))
        for verb in (delete_expired, delete_old_claims, delete_old_changes):
            await stack.enter_async_context(every(HOUSEKEEPING_SECONDS, verb, verb.__name__))
        retention = Retention(settings.call_contents_days, settings.call_log_days)
        await stack.enter_async_context(every(HOUSEKEEPING_SECONDS, retention.enforce, "call log"))
        budget = PromptBudget(
            settings.history_max_messages,
            settings.history_max_tokens,
            settings.prompt_file_max_tokens,
            settings.prompt_files_max_tokens,
        )
        yield Services(
            limiter=limiter,
            passwords=Passwords(),
            registration=settings.registration,
            codes=Codes(_derived_key(settings, "verification-codes"), outbox, limiter),
            sign_ins=_sign_ins(settings, sign_outs),
            sign_outs=sign_outs,
            change_feed=change_feed,
            key_policy=KeyPolicy(settings.max_keys_per_user, settings.allowed_networks),
            llm=llm,
            generation=Generation(
                llm=llm,
                runner=runner,
                broker=broker,
                signals=signals,
                personas=personas,
                box=secret_box(settings),
                server_key=server_key,
                budget=budget,
                files=files,
                materials=MaterialSource(files.pictures, budget),
                titles=TitleMode(settings.titles),
                background=await stack.enter_async_context(Background()),
                ledger=_ledger_policy(settings),
                quotas=QuotaPolicy(settings.monthly_tokens_per_user, settings.max_replies_per_user),
            ),
            files=files,
            redis=redis,
        )


def secret_box(settings: Settings) -> SecretBox:
    """The box that users' secrets are sealed in."""
    ring = settings.master_key_ring()
    return SecretBox(ring, primary=next(iter(ring)))


async def require_migrated(database_url: str) -> None:
    """Raises CannotStart where tables are missing or of an earlier version."""
    if missing := await pending(database_url, migrations_folder()):
        raise CannotStart(f"The database lacks {len(missing)} migration(s): run `gql-chat migrate` first.")


async def _open_database(settings: Settings, stack: AsyncExitStack) -> None:
    url = settings.database_url.get_secret_value()
    if settings.is_embedded:
        stack.enter_context(_only_server_of(url.removeprefix("sqlite://")))
        await migrate(url, migrations_folder())
    else:
        await require_migrated(url)
    await stack.enter_async_context(open_database(url, model_modules(), pool_size=settings.database_pool_size))
    await report_missing_index()
    if settings.is_embedded:
        # Nobody else writes here: what still streams was left by a server that died, however long its lease.
        await reap_expired(now=clock.now() + timedelta(days=1))


@contextmanager
def _only_server_of(database: str) -> Iterator[None]:
    # An exclusive transaction on an empty SQLite file is a lock that works on every system and dies with its process.
    try:
        lock = sqlite3.connect(f"{database}.serve-lock", timeout=0, isolation_level=None)
    except sqlite3.OperationalError as exc:
        raise DatabaseUnusable(f"{database} cannot be used: {exc}") from exc
    try:
        lock.execute("BEGIN EXCLUSIVE")
        yield
    except sqlite3.OperationalError as exc:
        if exc.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise DatabaseUnusable(f"{database} cannot be used: {exc}") from exc
        raise CannotStart(
            f"Another gql-chat server uses {database}: stop it, or set another GQL_CHAT_DATA_DIR."
        ) from exc
    finally:
        lock.close()


async def _open_redis(settings: Settings, stack: AsyncExitStack) -> RedisConnections | None:
    if settings.redis_url is None:
        return None
    url = settings.redis_url.get_secret_value()
    try:
        redis = await stack.enter_async_context(open_redis(url, settings.redis_prefix))
    except ValueError as exc:
        raise CannotStart(f"GQL_CHAT_REDIS_URL: {exc}") from exc
    if fault := await find_redis_fault(url):
        raise CannotStart(f"GQL_CHAT_REDIS_URL: {fault}")
    return redis


def _limiter(settings: Settings, redis: RedisConnections | None) -> RateLimiter:
    if not settings.rate_limits:
        return NoRateLimiter()
    return RedisRateLimiter(redis.fast, redis.prefix) if redis else LocalRateLimiter()


async def _open_delivery(
    redis: RedisConnections | None, lease: timedelta, stack: AsyncExitStack
) -> tuple[Broker, Signals]:
    if redis is None:
        return LocalBroker(), NoSignals()
    signals = await stack.enter_async_context(RedisSignals(redis))
    return await stack.enter_async_context(RedisBroker(redis, lease=lease)), signals


async def _open_server_key(settings: Settings, stack: AsyncExitStack) -> ServerKey | None:
    if settings.openai_api_key is not None:
        secret = settings.openai_api_key.get_secret_value()
        return ServerKey(settings.openai_base_url, settings.openai_model, secret)
    if settings.demo_model:
        demo = await stack.enter_async_context(DemoServer(record=False))
        return ServerKey(demo.base_url, DEMO_MODEL, "demo")
    return None


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


def _sign_ins(settings: Settings, sign_outs: SignOuts) -> SignIns:
    tokens = Tokens(
        access_key=_derived_key(settings, "access-tokens"),
        refresh_key=_derived_key(settings, "refresh-tokens"),
        access_lifetime=timedelta(seconds=settings.access_token_seconds),
    )
    return SignIns(tokens, idle_lifetime=timedelta(days=settings.refresh_token_days), sign_outs=sign_outs)


def _mailer(settings: Settings) -> Mailer:
    if settings.mailer == "console":
        return ConsoleMailer()
    assert settings.smtp_host is not None, "settings are checked together"
    assert settings.mail_from is not None
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    server = SmtpServer(
        settings.smtp_host, settings.smtp_port, settings.smtp_security, settings.smtp_username, password
    )
    return SmtpMailer(server, settings.mail_from)


def _derived_key(settings: Settings, purpose: str) -> bytes:
    return derive_key(settings.secret_key.get_secret_value().encode(), purpose)
