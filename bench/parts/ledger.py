"""Measure the ledger, on SQLite and PostgreSQL: its cost for a message, and the time to read usage and pages of calls.

Compare within one run only: messages with and without a call in the ledger take turns, and so do a sum over the buckets
of usage and the same sum over the calls themselves.
"""

import random
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import click
import uvloop

from bench.databases import DATABASES
from bench.machine import describe
from bench.parts.search import INSERT_USER, TIDY
from gql_chat.changes import changelog
from gql_chat.changes.models import ChangeKind
from gql_chat.chats import branches, messages, sessions
from gql_chat.chats.messages import Settlement
from gql_chat.chats.models import MessageStatus
from gql_chat.generation.accounting import CallContext, LedgerPolicy, new_call
from gql_chat.generation.provider.endpoint import Endpoint
from gql_chat.infra import clock
from gql_chat.infra.db.database import dialect, execute, fetch_all, transaction
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.ids import new_id
from gql_chat.usage.aggregates import UsageDimension, UsageRequest, sum_usage
from gql_chat.usage.call_log import CallFilter, list_calls
from gql_chat.usage.call_totals import add_up_calls
from gql_chat.usage.ledger import CallOutcome, close_call, open_call
from gql_chat.usage.models import CallPurpose, CallStatus, UsageSource
from gql_chat.usage.prompts import EarlierPrompts, load_prompts
from gql_chat.usage.tokens import Usage
from gql_chat.users.models import UserRole
from gql_chat.users.viewer import Viewer

PREFIX = "usr_" + "0" * 23  # and three digits
USERS = 500
BURST = 5  # calls of one user in a row
SECONDS_BETWEEN_CALLS = 8
BATCH = 50_000
BEGAN_AT = datetime(2026, 1, 1, tzinfo=UTC)
SYSTEM = {"role": "system", "content": "Be brief."}
HISTORY, EXCHANGES = 50, 200  # of the chat whose prompts are measured
PROMPTS = {"without": None, "short prompt": 1_000, "long prompt": 64_000}  # characters
ZONE = "Europe/Berlin"

MOMENT = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S', {seconds}, 'unixepoch') || '+00:00'",
    "postgres": "to_timestamp({seconds})",
}
FILL_CALLS = """
INSERT INTO calls (
    id, user_id, purpose, model, endpoint, is_server_key, keeps_contents, status, request_messages, request_parameters,
    prompt_tokens, completion_tokens, usage_source, duration_ms, created_at
)
WITH RECURSIVE numbers (n) AS (SELECT {start} UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {end})
SELECT 'call_' || n, '{prefix}' || (100 + n / {burst} % {users}), 'REPLY', 'model' || (n / {burst} % 7 % 3),
    'https://api.example', true, false,
    CASE n % 1000 WHEN 0 THEN 'ERROR' ELSE 'SUCCESS' END, '[]', '{{}}', 1000, 200, 'PROVIDER', 3000, {moment}
FROM numbers
"""
FILL_BUCKETS = """
INSERT INTO usage_buckets (
    user_id, bucket_at, key_id, model, calls, errors, prompt_tokens, completion_tokens, duration_ms
)
SELECT user_id, {moment}, '', model, count(*), sum(CASE status WHEN 'ERROR' THEN 1 ELSE 0 END), sum(prompt_tokens),
    sum(completion_tokens), sum(duration_ms)
FROM (SELECT calls.*, {epoch} / 900 * 900 AS bucket FROM calls) AS counted GROUP BY user_id, bucket, model
"""
EPOCH = {"sqlite": "unixepoch(created_at)", "postgres": "extract(epoch FROM created_at)::bigint"}
DAY = {"sqlite": "substr(created_at, 1, 10)", "postgres": "date_trunc('day', created_at, 'UTC')"}
SUM_CALLS = """
SELECT {by}, count(*), sum(prompt_tokens), sum(completion_tokens), sum(duration_ms)
FROM calls WHERE {whose} GROUP BY 1
"""


@dataclass
class Results:
    """Results of one database, in seconds, one for each run."""

    calls: int
    buckets: int = 0
    messages: dict[str, list[float]] = field(default_factory=dict)
    sums: dict[str, list[float]] = field(default_factory=dict)
    sums_of_calls: dict[str, list[float]] = field(default_factory=dict)
    pages: dict[str, list[float]] = field(default_factory=dict)
    prompt_bytes: dict[str, float] = field(default_factory=dict)
    """For each message of a long chat; see `_store_prompts`."""


@click.command(help=__doc__)
@click.option(
    "--calls", type=click.IntRange(USERS * BURST), default=1_000_000, show_default=True, help="Calls in the ledger."
)
@click.option("--users", type=click.IntRange(2), default=USERS, show_default=True, help="Users who made them.")
@click.option("--turns", type=click.IntRange(2), default=200, show_default=True, help="Messages to time.")
@click.option("--runs", type=click.IntRange(1), default=5, show_default=True, help="Readings of each kind.")
def main(calls: int, users: int, turns: int, runs: int) -> None:
    """Run the benchmark and print its tables."""
    click.echo(render({name: uvloop.run(measure(name, calls, turns, runs, users)) for name in DATABASES}))


async def measure(database: str, calls: int, turns: int, runs: int, users: int = USERS) -> Results:
    """Measure everything, on a new database."""
    results = Results(calls)
    with DATABASES[database]() as url:
        await migrate(url, migrations_folder())
        async with open_database(url, model_modules()):
            await _fill(calls, users, results)
            await fetch_all(TIDY[dialect()])
            await _compare_messages(turns, results)
            await _compare_sums(runs, results)
            await _read_pages(runs, results)
            await _store_prompts(results)
    return results


def render(by_database: dict[str, Results]) -> str:
    """Return the results as Markdown tables."""
    lines = []
    for name, results in by_database.items():
        without = statistics.median(results.messages["without"])
        lines += [f"| {name}: a message stored and settled | ms | ÷ without |", "| --- | ---: | ---: |"]
        for kind, times in results.messages.items():
            median = statistics.median(times)
            lines.append(f"| {kind} | {median * 1000:.2f} | {median / without:.2f} |")
        lines += ["", f"| {name}: {results.calls:,} calls | ms | ÷ summing the calls |", "| --- | ---: | ---: |"]
        for kind, times in results.sums.items():
            median, of_calls = statistics.median(times), statistics.median(results.sums_of_calls[kind])
            lines.append(f"| usage of {kind} | {median * 1000:.1f} | {median / of_calls:.3f} |")
        for kind, times in results.pages.items():
            lines.append(f"| {kind} | {statistics.median(times) * 1000:.1f} | |")
        lines += ["", f"The calls add up to {results.buckets:,} buckets of 15 minutes."]
        sizes = (f"{kind} {size:,.0f}" for kind, size in results.prompt_bytes.items())
        lines += [f"Bytes for each message of a chat with a history of {HISTORY}: {', '.join(sizes)}.", ""]
    turns, runs = (len(next(iter(times.values()))) for times in (results.messages, results.sums))
    return "\n".join([*lines, f"Medians of {turns} messages and {runs} readings. {describe()}."])


async def _fill(calls: int, users: int, results: Results) -> None:
    for number in range(users):
        await execute(INSERT_USER, _user(number), f"user{number}", clock.now())
    moment = MOMENT[dialect()]
    called_at = moment.format(seconds=f"{int(BEGAN_AT.timestamp())} + n * {SECONDS_BETWEEN_CALLS}")
    for start in range(0, calls, BATCH):  # in batches, because no statement may take half a minute
        numbers = {"start": start, "end": min(start + BATCH, calls)}
        await execute(FILL_CALLS.format(prefix=PREFIX, burst=BURST, users=users, moment=called_at, **numbers))
    await execute(FILL_BUCKETS.format(moment=moment.format(seconds="bucket"), epoch=EPOCH[dialect()]))
    await add_up_calls()
    [row] = await fetch_all("SELECT count(*) AS buckets FROM usage_buckets")
    results.buckets = row["buckets"]


async def _compare_messages(turns: int, results: Results) -> None:
    dice, kinds = random.Random(7), list(PROMPTS)  # noqa: S311 - no secret
    for _ in range(turns):
        for kind in dice.sample(kinds, len(kinds)):
            seconds = await _seconds(lambda kind=kind: _message(PROMPTS[kind]))  # type: ignore[misc]
            results.messages.setdefault(kind, []).append(seconds)


async def _store_prompts(results: Results) -> None:
    """Measure what the calls of a chat store of their prompts: the whole, and as it is, what is new."""
    endpoint = Endpoint("https://api.example", "sk-secret-of-the-bench", "m", trusted=True)
    dice, policy = random.Random(7), LedgerPolicy(True, timedelta(minutes=10))  # noqa: S311 - no secret
    texts = [dice.randbytes(dice.randrange(20, 280)).hex() for _ in range(EXCHANGES * 2)]
    chat = [{"role": ["user", "assistant"][number % 2], "content": text} for number, text in enumerate(texts)]
    earlier, whole, new = EarlierPrompts(), 0, 0
    last, sent = "", [SYSTEM]
    context = CallContext(_user(0), CallPurpose.REPLY, None, new_id("ses"), None)
    for end in range(1, len(chat), 2):
        prompt = [SYSTEM, *chat[max(0, end - HISTORY) : end]]
        whole += len(new_call(context, endpoint, prompt, policy).request_messages)
        call = new_call(context, endpoint, prompt, policy, earlier=earlier)
        await open_call(call)
        answer = texts[end]
        await close_call(call, CallOutcome(CallStatus.SUCCESS, 1, response_text=answer))
        earlier.keep(call, prompt, endpoint.secrets)
        earlier.keep_answer(call, answer)
        new += len(call.request_messages)
        last, sent = call.id, prompt
    results.prompt_bytes = {"its text": sum(map(len, texts)) / len(texts), "whole prompts": whole / len(texts)}
    results.prompt_bytes["what is new in them"] = new / len(texts)
    begun = time.perf_counter()
    if await load_prompts([last]) != [sent]:
        raise RuntimeError("The last prompt is not shown as it was sent.")
    results.pages["the last prompt of that chat"] = [time.perf_counter() - begun]


async def _message(prompt_characters: int | None) -> None:
    """Store an exchange and settle its reply, with a call of such a prompt or without a call."""
    user_id, endpoint = _user(0), Endpoint("https://api.example", "sk-secret-of-the-bench", "m", trusted=True)
    async with transaction():
        session = await sessions.insert_session(user_id, sessions.SessionDraft())
        writer = branches.Writer(None, "m", "bench")
        place, content = branches.Place.after(session, None), branches.UserContent("Hello", ())
        said, reply = await branches.append_exchange(session, place, content, writer)
        call = None
        if prompt_characters is not None:
            context = CallContext(user_id, CallPurpose.REPLY, None, session.id, reply.id)
            prompt = [{"role": "user", "content": "x" * prompt_characters}]
            call = new_call(context, endpoint, prompt, LedgerPolicy(True, timedelta(minutes=10)))
            await open_call(call)
        await changelog.record(user_id, (ChangeKind.MESSAGE_ADDED, [said.id]), (ChangeKind.MESSAGE_ADDED, [reply.id]))
    usage = Usage(1000, 200, UsageSource.PROVIDER)
    async with transaction():
        if call is not None:
            await close_call(call, CallOutcome(CallStatus.SUCCESS, 3000, 200, response_text="Hello", usage=usage))
        await messages.settle_reply(reply.id, "bench", Settlement(MessageStatus.COMPLETED, "Hello", "", usage=usage))


async def _compare_sums(runs: int, results: Results) -> None:
    day, everyone = DAY[dialect()], "1 = 1"
    own, all_ = UsageRequest(time_zone=ZONE), UsageRequest(everyone=True, time_zone=ZONE)
    by_user = UsageRequest(everyone=True, group_by=[UsageDimension.USER])
    questions = {
        "one user by day": (own, SUM_CALLS.format(by=day, whose=f"user_id = '{_user(1)}'")),
        "everyone by day": (all_, SUM_CALLS.format(by=day, whose=everyone)),
        "everyone by user": (by_user, SUM_CALLS.format(by="user_id", whose=everyone)),
    }
    for kind, (question, sql) in questions.items():
        for _ in range(runs):
            seconds = await _seconds(lambda question=question: sum_usage(_viewer(), question))  # type: ignore[misc]
            results.sums.setdefault(kind, []).append(seconds)
            seconds = await _seconds(lambda sql=sql: fetch_all(sql))  # type: ignore[misc]
            results.sums_of_calls.setdefault(kind, []).append(seconds)


async def _read_pages(runs: int, results: Results) -> None:
    filters = {
        "own calls": CallFilter(),
        "own calls of a model": CallFilter(model="model1"),
        "own calls that succeeded": CallFilter(status=CallStatus.SUCCESS),
        "own calls of 40 days": CallFilter(from_=BEGAN_AT, to=BEGAN_AT + timedelta(days=40, minutes=5)),
        "everyone's calls": CallFilter(everyone=True),
        "everyone's errors": CallFilter(everyone=True, status=CallStatus.ERROR),
        "everyone's calls that succeeded": CallFilter(everyone=True, status=CallStatus.SUCCESS),
        "everyone's calls for titles, of which there are none": CallFilter(everyone=True, purpose=CallPurpose.TITLE),
    }
    viewer = _viewer()
    for kind, wanted in filters.items():
        for _ in range(runs):
            page = await _seconds(lambda wanted=wanted: list_calls(viewer, wanted).fetch(PageRequest(50)))  # type: ignore[misc]
            count = await _seconds(lambda wanted=wanted: list_calls(viewer, wanted).count())  # type: ignore[misc]
            results.pages.setdefault(f"the first page of {kind}", []).append(page)
            results.pages.setdefault(f"the number of {kind}", []).append(count)


def _user(number: int) -> str:
    return f"{PREFIX}{100 + number}"


def _viewer() -> Viewer:
    return Viewer(_user(1), UserRole.ADMIN, "tok_bench", None)


async def _seconds(verb: Callable[[], Awaitable[object]]) -> float:
    begun = time.perf_counter()
    await verb()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
