"""The faults: how each strikes a load of replies, and how these may end."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count

import pytest

from tests.faults import database_strikes as strikes
from tests.faults.audit import Report, audit
from tests.faults.cluster import Cluster, RunningGroup
from tests.faults.load import Load, Page
from tests.faults.upstream import LONG, MISHAP_PIECES, Mishap, Upstream
from tests.support.backing_services.valkey_groups import (
    ValkeyCluster,
    WatchedValkey,
    running_cluster,
    running_sentinels,
)
from tests.support.client import GraphQLErrors
from tests.support.demo import DrivenCall, failures

FAULT_SECONDS = 1.0  # that something stays away at least
LONG_CHARACTERS = 2_000_000

running_cluster_with_replicas = partial(running_cluster, with_replicas=True)

_loads = count()


@dataclass(frozen=True)
class Fault:
    """One row of the table. `strike` acts on a load that has begun. `check` returns all that is wrong besides."""

    name: str
    strike: Callable[[Load], Awaitable[None]]
    check: Callable[[Load, Report], list[str]]
    mishap: Mishap | None = None
    pieces: int = MISHAP_PIECES
    redis: RunningGroup | None = None
    """Runs the Redis that the workers use, if it is not a single server."""


async def run(fault: Fault, cluster: Cluster) -> Report:
    """Begin a load, strike, end it and audit it. Raises AssertionError if pages wait without end.

    However it ends, all that it has broken or begun is mended or over then.
    """
    await cluster.use(fault.redis)
    async with _begun(fault, cluster) as load:
        await fault.strike(load)
        await load.end()
        report = await audit(load)
    report.wrong.extend(fault.check(load, report))
    return report


@asynccontextmanager
async def _begun(fault: Fault, cluster: Cluster) -> AsyncIterator[Load]:
    async with Upstream(cluster.demo, fault.mishap, fault.pieces) as upstream:
        load = Load(cluster, upstream, f"{next(_loads)}-")
        try:
            await load.begin()
            yield load
        finally:
            await load.close()


# Strikes.


async def nothing(load: Load) -> None:
    """Do nothing: the model's own faults happen by themselves."""


async def kill_a_worker(load: Load) -> None:
    """Kill the second worker (SIGKILL)."""
    _may_correct(load.pages_of(1, at=1))  # its own pages get each piece at once, Redis within 8 ms
    await load.cluster.workers[1].process.kill()


async def kill_a_worker_whose_replies_go_on(load: Load) -> None:
    """Kill the first worker, and wait until the second goes on with its replies."""
    _may_correct(load.pages_of(0, at=0))
    load.continued_writer = 0
    await load.cluster.workers[0].process.kill()
    await _go_on(load)


async def replace_each_server(load: Load) -> None:
    """Ask each server to end (SIGTERM) and start another in its place, one after the other, as a deployment does."""
    for number, worker in enumerate(load.cluster.workers):
        await worker.replace(signal.SIGTERM)
        await load.until(lambda page, left=number: page.at != left, load.pages)  # type: ignore[misc]
        await _go_on(load)


async def close_the_terminal(load: Load) -> None:
    """Send SIGHUP to the second server, and start another in its place."""
    await load.cluster.workers[1].replace(signal.SIGHUP)
    await load.until(lambda page: page.at != 1, load.pages)
    await _go_on(load)


async def end_at_once(load: Load) -> None:
    """Ask the second server to end, and once more (SIGTERM)."""
    ending = load.cluster.workers[1].process
    ending.process.send_signal(signal.SIGTERM)
    await ending.farewell()
    try:
        async with asyncio.timeout(30):
            await ending.terminate()
    except TimeoutError:
        await ending.kill()
        raise


async def freeze_a_worker(load: Load) -> None:
    """Stop a worker until its lease has run out and the other has settled its replies, then let it go on."""
    frozen = load.cluster.workers[1].process
    frozen.freeze()
    try:
        _may_correct(load.pages_of(1, at=1))  # on waking it shows them what it has received, before it knows
        await load.until(lambda page: page.is_over, load.pages_of(1, at=0))
    finally:
        frozen.thaw()
    await asyncio.sleep(load.cluster.lease_seconds / 2)  # in which it would write what it has, if it could


def _may_correct(pages: Sequence[Page]) -> None:
    for page in pages:
        page.may_be_corrected = True


async def restart_postgres(load: Load) -> None:
    """Restart PostgreSQL as for an upgrade. Messages sent meanwhile must be refused as UNAVAILABLE."""
    cluster = load.cluster
    await asyncio.to_thread(cluster.postgres.stop)
    try:
        for client in cluster.clients:
            with pytest.raises(GraphQLErrors, match="UNAVAILABLE"):
                await client.send("while there is no database")
        await asyncio.sleep(cluster.lease_seconds)  # longer than what was left of any lease
    finally:
        await asyncio.to_thread(cluster.postgres.start)


async def kill_redis(load: Load) -> None:
    """Kill Redis, which stays away until the load has ended."""
    load.cluster.valkey.kill()
    await _go_on(load)


async def freeze_redis(load: Load) -> None:
    """Freeze Redis for a while: it keeps its connections and answers nothing."""
    with load.cluster.valkey.frozen():
        await _go_on(load)
    await load.until(lambda page: page.is_live, load.remote_pages)


async def restart_redis(load: Load) -> None:
    """Restart Redis, which comes back at once without data."""
    with load.cluster.valkey.stopped():
        pass
    await _go_on(load)
    await load.until(lambda page: page.is_live, load.remote_pages)


async def fill_redis(load: Load) -> None:
    """Fill Redis for a while: it answers, and refuses writes."""
    load.cluster.valkey.limit_memory(1)
    try:
        await _go_on(load)
    finally:
        load.cluster.valkey.limit_memory(0)
    await load.until(lambda page: page.is_live, load.remote_pages)


async def fail_snapshots_of_redis(load: Load) -> None:
    """Let Redis's snapshots fail for a while: it refuses writes as MISCONF."""
    with load.cluster.valkey.failing_snapshots():
        await _go_on(load)
    await load.until(lambda page: page.is_live, load.remote_pages)


async def demote_redis(load: Load) -> None:
    """Make Redis a replica for a while: it refuses writes as READONLY."""
    load.cluster.valkey.order("REPLICAOF", "127.0.0.1", "1")
    try:
        await _go_on(load)
    finally:
        load.cluster.valkey.order("REPLICAOF", "NO", "ONE")
    await load.until(lambda page: page.is_live, load.remote_pages)


async def change_the_password_of_redis(load: Load) -> None:
    """Require a password for a while that the workers do not have: NOAUTH."""
    load.cluster.valkey.require("changed")
    try:
        await _go_on(load)
    finally:
        load.cluster.valkey.require(None)
    await load.until(lambda page: page.is_live, load.remote_pages)


async def fail_over(load: Load) -> None:
    """Kill the primary, in whose place the Sentinels put its replica."""
    group = load.cluster.group
    assert isinstance(group, WatchedValkey)
    group.primary.kill()
    await _go_on(load)
    await load.until(lambda page: page.is_live, load.remote_pages)


async def lose_a_node(load: Load) -> None:
    """Kill a primary of the cluster, in whose place its replica comes."""
    group = load.cluster.group
    assert isinstance(group, ValkeyCluster)
    group.primaries[0].kill()
    await _go_on(load)
    await load.until(lambda page: page.is_live, load.remote_pages)


async def cut_off_from_redis(load: Load) -> None:
    """Cut the first worker off from Redis for a while, and leave the other connected."""
    load.cluster.way_to_redis.passes.clear()
    try:
        await _go_on(load)
    finally:
        load.cluster.way_to_redis.passes.set()
    await load.until(lambda page: page.is_live, load.remote_pages)


async def _go_on(load: Load) -> None:
    """Wait until each page shows text that the model has sent from now on."""
    before = {id(page): len(page.text) for page in load.pages}
    await asyncio.sleep(FAULT_SECONDS)
    await load.until(lambda page: len(page.text) > before[id(page)] + 1, load.pages)


async def read_slowly(load: Load) -> None:
    """Let one page at each worker read nothing from its socket while megabytes are written."""
    reply_id = await load.send(0, LONG)
    slow, quick = [load.watch(reply_id, at) for at in range(2)], [load.watch(reply_id, at) for at in range(2)]
    for page in slow:
        page.reads.clear()
    await load.until(lambda page: len(page.text) > LONG_CHARACTERS, quick)
    assert all(len(page.text) < LONG_CHARACTERS / 10 for page in slow)
    for page in slow:
        page.reads.set()


async def watch_by_two_hundred(load: Load) -> None:
    """Watch one reply by 200 more pages, half of them at each worker."""
    reply_id = next(iter(load.writers))
    watching = [load.watch(reply_id, number % 2) for number in range(200)]
    await load.until(lambda page: page.text != "", watching)


# Mishaps of the model.


async def cut(call: DrivenCall) -> None:
    """Close the connection in the middle."""
    await call.cut()


async def stall(call: DrivenCall) -> None:
    """Send nothing more."""
    await call.disconnected()


async def garbage(call: DrivenCall) -> None:
    """Send an event that is no JSON."""
    await call.raw(b'data: {"id": "chatcmpl-\xff\xfe this is no JSON\n\n')
    await call.finish()


async def too_many_requests(call: DrivenCall) -> None:
    """Answer 429."""
    await call.refuse(failures.rate_limited())


async def server_error(call: DrivenCall) -> None:
    """Answer 500."""
    await call.refuse(failures.server_error())


def refusal(failure: failures.Failure) -> Callable[[DrivenCall], Awaitable[None]]:
    """Answer with this status and body."""

    async def refuse(call: DrivenCall) -> None:
        await call.refuse(failure)

    return refuse


async def web_page(call: DrivenCall) -> None:
    """Send a web page instead of an answer, as a proxy in between does."""
    await call.raw(b"<html><h1>Sign in to this network</h1></html>")
    await call.end()


async def error_in_answer(call: DrivenCall) -> None:
    """Report an error inside the answer."""
    await call.fail(failures.server_error()[1])


async def no_end(call: DrivenCall) -> None:
    """End the answer without saying that it is complete."""
    await call.end()


async def out_of_resources(call: DrivenCall) -> None:
    """End with DeepSeek's reason for an answer that it broke off."""
    await call.finish("insufficient_system_resource")


# Checks.


def all_complete(load: Load, report: Report) -> list[str]:
    """Require that every reply is COMPLETED."""
    return [] if set(report.statuses) == {"COMPLETED"} else [f"not all are COMPLETED: {dict(report.statuses)}"]


def ended_as(status: str, code: str | None) -> Callable[[Load, Report], list[str]]:
    """Require this end of the replies that met the mishap, and COMPLETED of the others."""

    def check(load: Load, report: Report) -> list[str]:
        wrong = []
        for reply in report.replies:
            wanted = (status, code) if reply.said in load.upstream.unlucky else ("COMPLETED", None)
            if (reply.status, reply.error_code) != wanted:
                wrong.append(f"{reply.said} is {reply.status} {reply.error_code}, not {wanted}")
        return wrong

    return check


def interrupted_at(*workers: int) -> Callable[[Load, Report], list[str]]:
    """Require that the replies of these workers are INTERRUPTED, and the others COMPLETED."""

    def check(load: Load, report: Report) -> list[str]:
        wanted = {
            reply_id: "INTERRUPTED" if writer in workers else "COMPLETED" for reply_id, writer in load.writers.items()
        }
        return [f"{r.said} is {r.status}, not {wanted[r.id]}" for r in report.replies if r.status != wanted[r.id]]

    return check


FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("a worker is killed (kill -9)", kill_a_worker, interrupted_at(1)),
        Fault("a worker is killed, and another continues", kill_a_worker_whose_replies_go_on, all_complete),
        Fault("servers are replaced in turn (SIGTERM)", replace_each_server, all_complete),
        Fault("a server's terminal is closed (SIGHUP)", close_the_terminal, all_complete),
        Fault("a server is asked twice to end (SIGTERM, SIGTERM)", end_at_once, interrupted_at(1)),
        Fault("a worker sleeps past its lease (SIGSTOP, SIGCONT)", freeze_a_worker, interrupted_at(1)),
        Fault("PostgreSQL is restarted", restart_postgres, all_complete),
        Fault("the row of a reply is locked for longer than a lease", strikes.lock_a_reply, all_complete),
        Fault("the row of the user is locked for longer than a lease", strikes.lock_the_user, all_complete),
        Fault("another program deadlocks with ending replies", strikes.deadlock, all_complete),
        Fault("PostgreSQL's disk is full for a while (53100)", strikes.fill_the_disk, all_complete),
        Fault("PostgreSQL is read only for a while (25006)", strikes.set_read_only, all_complete),
        Fault("PostgreSQL's clock is ahead by 12 s for a while", strikes.move_the_clock, all_complete),
        Fault("Redis is killed and stays away", kill_redis, all_complete),
        Fault("Redis freezes and continues (SIGSTOP, SIGCONT)", freeze_redis, all_complete),
        Fault("Redis is restarted, and empty", restart_redis, all_complete),
        Fault("Redis is out of memory for a while", fill_redis, all_complete),
        Fault("Redis cannot store its snapshot for a while (MISCONF)", fail_snapshots_of_redis, all_complete),
        Fault("Redis is a read-only replica for a while (READONLY)", demote_redis, all_complete),
        Fault("Redis's password is another for a while (NOAUTH)", change_the_password_of_redis, all_complete),
        Fault("one worker cannot reach Redis for a while", cut_off_from_redis, all_complete),
        Fault("a page does not read", read_slowly, all_complete),
        Fault("200 more pages watch one reply", watch_by_two_hundred, all_complete),
        Fault("the model cuts the connection", nothing, ended_as("FAILED", "BAD_RESPONSE"), cut),
        Fault("the model stalls", nothing, ended_as("FAILED", "TIMEOUT"), stall),
        Fault("the model sends garbage", nothing, ended_as("FAILED", "BAD_RESPONSE"), garbage),
        Fault("the model answers 429", nothing, ended_as("FAILED", "RATE_LIMITED"), too_many_requests, 0),
        Fault("the model answers 500", nothing, ended_as("FAILED", "UNAVAILABLE"), server_error, 0),
        *(
            Fault(f"the model {what}", nothing, ended_as("FAILED", code), refusal(failure), 0)
            for what, code, failure in (
                ("answers 400", "BAD_REQUEST", failures.bad_request("No.")),
                ("answers 401: the key is wrong", "AUTHENTICATION", failures.invalid_api_key()),
                ("answers 429: the account is used up", "QUOTA_EXCEEDED", failures.insufficient_quota()),
                ("answers 404: it is gone", "MODEL_NOT_FOUND", failures.model_not_found("demo")),
                ("answers 400: its filter refuses", "CONTENT_FILTERED", failures.content_filtered()),
                ("answers 503: it is overloaded", "UNAVAILABLE", failures.overloaded()),
            )
        ),
        Fault("the model's answer is a web page", nothing, ended_as("FAILED", "BAD_RESPONSE"), web_page, 0),
        Fault("the model reports an error in its answer", nothing, ended_as("FAILED", "UNAVAILABLE"), error_in_answer),
        Fault("the model ends without an end", nothing, ended_as("FAILED", "BAD_RESPONSE"), no_end),
        Fault("the model breaks off for want of power", nothing, ended_as("FAILED", "UNAVAILABLE"), out_of_resources),
        Fault("Redis's primary is killed (Sentinel)", fail_over, all_complete, redis=running_sentinels),
        Fault("a node of Redis Cluster is killed", lose_a_node, all_complete, redis=running_cluster_with_replicas),
    )
}
