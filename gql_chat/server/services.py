"""All services of the server, made from settings; opened when it starts and closed in reverse when it ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from gql_chat.api.engine.budgets import Budget, BudgetPolicy, Budgets
from gql_chat.api.engine.context import Services
from gql_chat.changes.changelog import CHANGED, announcing_to, delete_old_changes
from gql_chat.changes.feed import ChangeFeed
from gql_chat.chats.idempotency import delete_old_claims
from gql_chat.chats.leases import delete_old_leases
from gql_chat.chats.pieces import delete_old_pieces
from gql_chat.chats.search import QUEUE_LIMITS, QUEUE_LIMITS_ON_SQLITE
from gql_chat.chats.search_index import MERGE, NewTexts, SearchBackfill
from gql_chat.generation.reaper import Reaper
from gql_chat.infra.mail.outbox import Outbox
from gql_chat.infra.signals import Signals
from gql_chat.infra.tasks.fair_queue import FairQueue
from gql_chat.infra.tasks.periodic import run_every, run_in_turn
from gql_chat.keys.keyring import KeyPolicy
from gql_chat.personas.catalog import PersonaCatalog
from gql_chat.server.account_services import make_codes, make_mailer, make_secret_box, make_sign_ins
from gql_chat.server.database import open_server_database
from gql_chat.server.file_services import open_files
from gql_chat.server.reply_services import open_reply_services
from gql_chat.server.shared_services import open_shared_services
from gql_chat.settings import Settings
from gql_chat.usage.call_log import Retention
from gql_chat.usage.call_totals import add_up_calls
from gql_chat.users.credentials import delete_expired, find_ended
from gql_chat.users.passwords.hashing import Passwords
from gql_chat.users.sign_outs import SIGN_OUT, SignOuts
from gql_chat.workflows.completions import Completions
from gql_chat.workflows.watching import RunningReplies

HOUSEKEEPING_SECONDS = 600.0
SWEEP_SECONDS = 1.0  # after a sign-out by another process, until connections here end; with Redis at once
MERGE_SECONDS = 10.0  # between looks whether new texts are long enough together for the search's index to take them in
BACKFILL_SECONDS = 30.0  # after a server of an older version writes a message, until the search finds it
LOOK_SECONDS = 1.0  # after a change by another process, until watchers here get it; with Redis at once


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Open everything that resolvers pass on to verbs. Raises CannotStart."""
    lease, box = timedelta(seconds=settings.lease_seconds), make_secret_box(settings)
    async with (
        open_server_database(settings, box),
        PersonaCatalog(settings.personas_file) as personas,
        open_shared_services(settings, lease) as shared,
        Outbox(make_mailer(settings)) as outbox,
        _open_sign_outs(shared.signals) as sign_outs,
        _open_change_feed(shared.signals) as change_feed,
        open_files(settings) as files,
        open_reply_services(settings, lease, shared, box, personas, files) as replies,
        _merging_new_texts(shared.signals),
        _housekeeping(settings, replies.runner.reaper),
    ):
        starter, runner = replies.starter, replies.runner
        yield Services(
            limiter=shared.limiter,
            budgets=_make_budgets(settings),
            passwords=Passwords(),
            registration=settings.registration,
            codes=make_codes(settings, outbox, shared.limiter),
            outbox=outbox,
            sign_ins=make_sign_ins(settings, sign_outs),
            sign_outs=sign_outs,
            change_feed=change_feed,
            key_policy=KeyPolicy(settings.max_keys_per_user, settings.allowed_networks, settings.base_url_ports),
            side_calls=replies.side_calls,
            runner=runner,
            peers=replies.peers,
            personas=personas,
            box=box,
            starter=starter,
            running=RunningReplies(runner, shared.broker, shared.signals, starter.recent),
            titles=replies.titles,
            completions=Completions(starter.router, replies.side_calls),
            files=files,
            searches=FairQueue("searches", QUEUE_LIMITS_ON_SQLITE if settings.is_embedded else QUEUE_LIMITS),
            redis=shared.redis,
        )


@asynccontextmanager
async def _open_sign_outs(signals: Signals) -> AsyncIterator[SignOuts]:
    sign_outs = SignOuts(find_ended, signals)
    with signals.subscribe(SIGN_OUT, sign_outs.receive):
        async with run_every(SWEEP_SECONDS, sign_outs.sweep, "sign-outs"):
            yield sign_outs


@asynccontextmanager
async def _open_change_feed(signals: Signals) -> AsyncIterator[ChangeFeed]:
    feed = ChangeFeed()
    with (
        announcing_to(feed.announce),
        announcing_to(partial(signals.send, CHANGED)),
        signals.subscribe(CHANGED, feed.announce),
    ):
        async with run_every(LOOK_SECONDS, feed.look, "changes"):
            yield feed


@asynccontextmanager
async def _merging_new_texts(signals: Signals) -> AsyncIterator[None]:
    new_texts = NewTexts(signals)
    with signals.subscribe(MERGE, new_texts.receive):
        async with run_every(MERGE_SECONDS, new_texts.look, "search index"):
            yield


@asynccontextmanager
async def _housekeeping(settings: Settings, reaper: Reaper) -> AsyncIterator[None]:
    retention = Retention(settings.call_contents_days, settings.call_log_days)
    verbs = (delete_expired, delete_old_claims, delete_old_changes, delete_old_leases, delete_old_pieces, add_up_calls)
    works = {verb.__name__: verb for verb in verbs} | {"call log": retention.enforce}
    # It reads each new message. A reply of a dead worker that no open call names is found by nothing else.
    backfill = SearchBackfill(on_streaming=reaper.reap_among)
    async with (
        run_every(BACKFILL_SECONDS, backfill.run, "search backfill"),
        run_in_turn(HOUSEKEEPING_SECONDS, works, at_once=True),
    ):
        yield


def _make_budgets(settings: Settings) -> Budgets | None:
    if not settings.rate_limits:
        return None
    return Budgets(
        BudgetPolicy(
            user=Budget(
                settings.operations_per_minute_per_user,
                settings.cpu_ms_per_minute_per_user,
                settings.cost_per_minute_per_user,
            ),
            signed_out=Budget(
                settings.operations_per_minute_signed_out,
                settings.cpu_ms_per_minute_signed_out,
                settings.cost_per_minute_signed_out,
            ),
            address=Budget(
                settings.operations_per_minute_per_address,
                settings.cpu_ms_per_minute_per_address,
                settings.cost_per_minute_per_address,
            ),
        )
    )
