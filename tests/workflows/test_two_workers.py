"""Two servers on one PostgreSQL and one Redis, one of them a process of its own: nobody can tell which one they use."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gql_chat.changes.changelog import CHANGED
from gql_chat.chats.leases import list_dead
from gql_chat.chats.models import Message, MessageStatus
from gql_chat.generation.delivery.redis_broker import RedisBroker
from gql_chat.generation.reaper import reap_dead
from gql_chat.generation.runner import Runner
from gql_chat.infra import clock
from gql_chat.infra.db.database import database_now
from gql_chat.infra.peers import ANSWER, ASK
from gql_chat.infra.redis.connections import RedisConnections
from gql_chat.users.models import UserRole
from gql_chat.users.sign_outs import SIGN_OUT
from gql_chat.workflows.watching import STOP as STOP_TOPIC
from tests.infra.redis.test_connections import until
from tests.support.backing_services.valkey import Valkey
from tests.support.chat import Chat, run_chat
from tests.support.client import Client, GraphQLErrors, Screen
from tests.support.demo import DrivenCall, Script
from tests.support.process import ServerProcess, run_server
from tests.support.stored.replies import stored_text

STOP = "mutation ($id: ID!) { stopReply(messageId: $id) { status text } }"
CONTINUE = "mutation ($id: ID!) { continueReply(messageId: $id) { reply { id } } }"
LOGOUT = "mutation ($token: String!) { logout(refreshToken: $token) }"
CREATE_SESSION = 'mutation { createSession(input: {title: "new"}) { id } }'
CHANGES = "subscription { changes { ... on SessionChanged { session { title } } } }"


@dataclass
class Pair:
    """This server is in the test's process, the other is not; `ada` is at this one."""

    chat: Chat
    other: ServerProcess
    redis: Valkey
    ada: Client

    @property
    def ada_there(self) -> Client:
        """The same user at the other server."""
        return self.ada.at(self.other.origin)

    @property
    def broker(self) -> RedisBroker:
        """Of this server."""
        broker = self.chat.services.running.broker
        assert isinstance(broker, RedisBroker)
        return broker

    async def send(self, client: Client) -> tuple[str, DrivenCall]:
        """Send a message. Return its reply, which this client's server writes, and the model's side of it."""
        driven = self.chat.demo.drive("demo")
        reply_id = (await client.send())["reply"]["id"]
        return reply_id, await driven.next_call()

    async def reap(self) -> None:
        """Do what a heartbeat of this server does once it has been awake for a lease."""
        await reap_dead(await list_dead(await database_now()), self.broker)


@pytest.fixture
def settings_there() -> dict[str, Any]:
    """Return more settings of the other server."""
    return {}


@pytest.fixture
async def pair(
    own_redis: Valkey,
    postgres_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings_there: dict[str, Any],
) -> AsyncIterator[Pair]:
    # What comes to this server in time does not come by looking into the database.
    monkeypatch.setattr("gql_chat.server.services.SWEEP_SECONDS", 3600)
    monkeypatch.setattr("gql_chat.server.services.LOOK_SECONDS", 3600)
    monkeypatch.setattr("gql_chat.server.server_key.LOOK_SECONDS", 3600)
    services: dict[str, Any] = {
        "DATABASE_URL": postgres_url,
        "REDIS_URL": own_redis.url,
        "ALLOWED_NETWORKS": "127.0.0.0/8",
        **settings_there,
    }
    async with (
        run_chat(data_dir=tmp_path, database_url=postgres_url, REDIS_URL=own_redis.url) as chat,
        run_server(tmp_path, chat.demo, RATE_LIMITS="off", **services) as other,
    ):
        yield Pair(chat, other, own_redis, await chat.sign_up("ada"))


@pytest.fixture
def no_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this server store no snapshots, and not look whether it is to stop."""

    async def beat(self: Runner) -> None:
        return

    monkeypatch.setattr(Runner, "beat", beat)
    monkeypatch.setattr(Runner, "save", beat)


class Watching:
    """A page that shows a reply."""

    def __init__(self, client: Client, reply_id: str, offset: int = 0) -> None:
        self.screen = Screen({"TEXT": b"\0\0" * offset})
        self._task = asyncio.create_task(self._watch(client, reply_id, offset))

    async def shows(self, text: str) -> None:
        await until(lambda: self.screen.text == text or self._task.done())
        assert self.screen.text == text

    async def end(self) -> dict[str, Any]:
        """Return the settled message."""
        async with asyncio.timeout(30):
            await self._task
        assert self.screen.final is not None
        assert self.screen.text == self.screen.final["text"]
        return self.screen.final

    async def _watch(self, client: Client, reply_id: str, offset: int) -> None:
        async for event in client.watch(reply_id, offset):
            self.screen.take(event)


async def event_stream(client: Client, subscription: str, begun: asyncio.Event) -> str:
    """Return all that the server sends to a subscription by server-sent events, until it ends the stream.

    `begun` is set once a first event has come.
    """
    headers = {"Authorization": f"Bearer {client.token}", "Accept": "text/event-stream"}
    body = {"query": subscription}
    async with client.http.post(f"{client.origin}/graphql", json=body, headers=headers) as response:
        received = b""
        async for chunk in response.content.iter_any():
            received += chunk
            if b"event: next" in received:
                begun.set()
        return received.decode()


async def expire(reply_id: str, **changed: Any) -> None:
    """Let the lease of a reply have run out."""
    await Message.filter(id=reply_id).update(lease_until=clock.now() - timedelta(seconds=1), **changed)


@pytest.mark.usefixtures("no_heartbeats")
async def test_tokens_are_live_on_the_other_server_and_so_is_the_end(pair: Pair) -> None:
    reply_id, call = await pair.send(pair.ada)
    early = Watching(pair.ada_there, reply_id)
    await call.send("one 🌍", reasoning="thought")
    await early.shows("one 🌍")
    late = Watching(pair.ada_there, reply_id)
    for number in range(30):
        await call.send(f" {number}")
    expected = "one 🌍 " + " ".join(map(str, range(30)))
    await early.shows(expected)
    await late.shows(expected)
    assert await stored_text(reply_id) == ""  # so none of it came from the database
    await call.finish()
    for watching in (early, late):
        final = await watching.end()
        assert (final["status"], final["text"], final["reasoning"]) == ("COMPLETED", expected, "thought")


@pytest.mark.usefixtures("no_heartbeats")
async def test_a_stop_reaches_the_server_that_writes_and_answers_with_the_settled_message(pair: Pair) -> None:
    reply_id, call = await pair.send(pair.ada)
    watching = Watching(pair.ada_there, reply_id)
    await call.send("some text")
    await watching.shows("some text")
    stopped = await asyncio.gather(*(pair.ada_there.run(STOP, id=reply_id) for _ in range(3)))
    assert stopped == [{"stopReply": {"status": "STOPPED", "text": "some text"}}] * 3
    await call.disconnected()
    assert (await watching.end())["status"] == "STOPPED"
    assert (await Message.get(id=reply_id)).stop_requested_at is None


async def test_a_stop_gets_there_without_redis_too(pair: Pair) -> None:
    reply_id, call = await pair.send(pair.ada_there)
    pair.redis.kill()
    await call.send("some text")
    stopped = await pair.ada.run(STOP, id=reply_id)
    assert stopped == {"stopReply": {"status": "STOPPED", "text": "some text"}}
    await call.disconnected()


async def test_a_reply_goes_on_elsewhere_in_the_same_message(pair: Pair) -> None:
    reply_id, call = await pair.send(pair.ada_there)
    await call.send("begun there")
    await Watching(pair.ada, reply_id).shows("begun there")
    await pair.ada.run(STOP, id=reply_id)
    driven = pair.chat.demo.drive("demo")
    assert (await pair.ada.run(CONTINUE, id=reply_id))["continueReply"]["reply"]["id"] == reply_id
    call = await driven.next_call()
    watching, resumed = Watching(pair.ada_there, reply_id), Watching(pair.ada_there, reply_id, len("begun there"))
    await call.send(", ended here")
    await watching.shows("begun there, ended here")
    await until(lambda: resumed.screen.text.endswith(", ended here"))
    await call.finish()
    assert (await watching.end())["status"] == "COMPLETED"


async def test_a_server_that_ends_writes_on_and_its_watchers_follow_at_the_other(pair: Pair) -> None:
    reply_id, call = await pair.send(pair.ada_there)
    watch, screen = pair.ada_there.watch(reply_id), Screen()
    cursor = (await pair.ada_there.run("{ changesCursor }"))["changesCursor"]
    changes, changed = f'subscription {{ changes(after: "{cursor}") {{ __typename }} }}', asyncio.Event()
    streamed = asyncio.create_task(event_stream(pair.ada_there, changes, changed))
    waiting = asyncio.create_task(pair.ada_there.send("and wait", wait=True))
    second = await pair.chat.demo.drive("demo").next_call()
    await call.send("half")
    screen.take(await anext(watch))
    await changed.wait()
    pair.other.process.send_signal(signal.SIGTERM)
    with pytest.raises(ConnectionError, match="closed with 1012"):
        await anext(watch)
    assert (await streamed).rpartition("event: ")[2].startswith("next")  # without `complete`: subscribe again
    watching = Watching(pair.ada, reply_id, len(screen.text))
    await call.send(" and whole")
    await until(lambda: watching.screen.text.endswith(" and whole"))
    assert not waiting.done()  # a request that is being answered is not sent away
    for writing in (call, second):
        await writing.finish()
    assert (await waiting)["reply"]["status"] == "COMPLETED"
    await until(lambda: watching.screen.final is not None)
    assert watching.screen.final["status"] == "COMPLETED"  # type: ignore[index]
    assert await pair.other.process.wait() == 0


async def test_sign_outs_and_changes_are_heard_at_once(pair: Pair) -> None:
    reply_id, call = await pair.send(pair.ada)
    watch = pair.ada.watch(reply_id)
    await call.send("seen")
    assert (await anext(watch))["text"] == "seen"
    grace = await pair.chat.sign_in(pair.ada.user_id)
    async with grace.connect() as socket, aclosing(socket.subscribe(CHANGES)) as changes:
        following = asyncio.ensure_future(anext(changes))
        await until(lambda: pair.chat.services.change_feed.watched == 1)
        await pair.ada_there.run(CREATE_SESSION)
        assert (await following)["changes"]["session"]["title"] == "new"
    assert (await pair.ada_there.run(LOGOUT, token=pair.ada.refresh_token))["logout"] is True
    with pytest.raises((GraphQLErrors, ConnectionError)):
        await anext(watch)


GARBAGE = (b"", b"\xff\xfe", b"{}", b"null", b"[1, 2, 3]", b"[" * 1000, b"T" + bytes(3))
MALFORMED_PAYLOADS: tuple[list[str], ...] = ([], [""], ["a", "b", "c", "d"], ["\0", "😀"])


async def test_malformed_messages_in_redis_end_no_subscription(pair: Pair) -> None:
    redis = pair.chat.services.redis
    assert isinstance(redis, RedisConnections)
    reply_id, call = await pair.send(pair.ada_there)
    watching = Watching(pair.ada, reply_id)
    await call.send("before ")
    await watching.shows("before ")
    writer_id = str((await Message.get(id=reply_id)).worker_id)
    replies = f"{redis.prefix}{{{writer_id.rpartition(':')[2]}}}"
    for channel in (f"{redis.prefix}signals", replies, f"{replies}:asks"):
        for garbage in GARBAGE:
            assert await redis.patient.run("PUBLISH", channel, garbage) >= 1
    for topic in (STOP_TOPIC, SIGN_OUT, CHANGED, ASK, ANSWER, "unknown"):
        for payload in MALFORMED_PAYLOADS:
            signal = msgspec.json.encode(["a stranger", topic, payload])
            assert await redis.patient.run("PUBLISH", f"{redis.prefix}signals", signal) == 2
    async with pair.ada.connect() as socket, aclosing(socket.subscribe(CHANGES)) as changes:
        following = asyncio.ensure_future(anext(changes))
        await until(lambda: pair.chat.services.change_feed.watched == 1)
        async with asyncio.timeout(10):
            while not following.done():  # a slow machine may take Redis for lost, and a signal is not sent again
                await pair.ada_there.run(CREATE_SESSION)
                await asyncio.wait({following}, timeout=1)
        assert (await following)["changes"]["session"]["title"] == "new"
    await call.send("after")
    await watching.shows("before after")
    assert redis.is_up
    await call.finish()


@pytest.mark.parametrize("settings_there", [{"LEASE_SECONDS": 600}], ids=["without snapshots"])
async def test_kill_9_loses_nothing_that_anybody_was_shown(pair: Pair) -> None:
    reply_id, call = await pair.send(pair.ada_there)
    watching = Watching(pair.ada, reply_id)
    await call.send("all 🌍 of this", reasoning="thought")
    await watching.shows("all 🌍 of this")
    await pair.other.kill()
    await call.disconnected()
    await expire(reply_id, text="all \ufffd", reasoning=None)  # as if its last snapshot had cut the world in two
    await asyncio.gather(*(pair.reap() for _ in range(3)))
    final = await watching.end()
    assert (final["status"], final["text"], final["reasoning"]) == ("INTERRUPTED", "all 🌍 of this", "thought")
    assert pair.broker.mirrored == 0


async def test_an_old_copy_that_does_not_fit_the_snapshot_is_not_taken(pair: Pair) -> None:
    reply_id, call = await pair.send(pair.ada_there)
    watching = Watching(pair.ada, reply_id)
    await call.send("told")
    await watching.shows("told")
    await pair.other.kill()
    await expire(reply_id, text="something else and longer")
    await pair.reap()
    assert (await watching.end())["text"] == "something else and longer"


async def test_a_server_that_was_taken_for_dead_and_wakes_up_writes_nothing(pair: Pair) -> None:
    reply_id, call = await pair.send(pair.ada_there)
    watching = Watching(pair.ada, reply_id)
    await call.send("before")
    await watching.shows("before")
    pair.other.freeze()
    await call.send(" and asleep")
    await expire(reply_id)
    await pair.reap()
    assert ((await watching.end())["status"], watching.screen.text) == ("INTERRUPTED", "before")
    driven = pair.chat.demo.drive("demo")
    await pair.ada.run(CONTINUE, id=reply_id)
    going_on = await driven.next_call()
    await going_on.send(", after")
    watching = Watching(pair.ada, reply_id)
    await watching.shows("before, after")
    pair.other.thaw()
    elsewhere = Watching(pair.ada_there, reply_id)
    await call.disconnected()  # it has noticed
    await going_on.send(" all")
    await watching.shows("before, after all")
    await going_on.finish()
    assert ((await watching.end())["status"], watching.screen.text) == ("COMPLETED", "before, after all")
    assert (await elsewhere.end())["text"] == "before, after all"


@pytest.mark.parametrize("fault", ["stopped", "frozen"])
async def test_without_redis_a_watch_goes_on_by_snapshots_and_is_live_again_afterwards(pair: Pair, fault: str) -> None:
    reply_id, call = await pair.send(pair.ada_there)
    far, near = Watching(pair.ada, reply_id), Watching(pair.ada_there, reply_id)
    await call.send("live")
    await far.shows("live")
    with getattr(pair.redis, fault)():
        await until(lambda: pair.broker.mirrored == 0)
        await call.send(", by snapshot")
        await near.shows("live, by snapshot")
        await far.shows("live, by snapshot")
    await until(lambda: pair.broker.mirrored == 1)
    await call.send(", live again")
    await near.shows("live, by snapshot, live again")
    await far.shows("live, by snapshot, live again")
    await call.finish()
    assert [(await watching.end())["status"] for watching in (far, near)] == ["COMPLETED"] * 2


@pytest.mark.parametrize("fault", ["stopped", "frozen", None])
async def test_a_second_signal_is_quick_with_or_without_redis_and_tells_those_at_the_other_server(
    pair: Pair, fault: str | None
) -> None:
    reply_id, call = await pair.send(pair.ada_there)
    watching = Watching(pair.ada, reply_id)
    await call.send("all of it")
    await watching.shows("all of it")
    with getattr(pair.redis, fault)() if fault else nullcontext():
        async with asyncio.timeout(8):  # less than a lease, and than the time to drain
            pair.other.process.send_signal(signal.SIGINT)
            await pair.other.terminate()
        final = await watching.end()
    assert (final["status"], final["text"]) == (MessageStatus.INTERRUPTED, "all of it")


async def test_a_server_key_that_is_stored_at_one_server_is_in_force_at_the_other(pair: Pair) -> None:
    change = 'mutation { updateServerKey(input: {secret: "sk-of-all-workers"}) { secretHint } }'
    admin = await pair.chat.sign_up("admin", UserRole.ADMIN)
    router = pair.chat.services.starter.router
    await admin.at(pair.other.origin).run(change)
    await until(lambda: router.server_key is not None and router.server_key.secret == "sk-of-all-workers")
    pair.chat.demo.script("demo", Script(chunks=("ok",)))
    await pair.ada.send(wait=True)
    assert pair.chat.demo.requests[-1].headers["authorization"] == "Bearer sk-of-all-workers"
    await admin.at(pair.other.origin).run("mutation { deleteServerKey }")
    await until(lambda: router.server_key is not None and router.server_key.secret != "sk-of-all-workers")


async def test_what_a_user_deletes_at_one_server_is_forgotten_at_the_other(pair: Pair) -> None:
    session_id = (await pair.ada.send(wait=True))["session"]["id"]
    recent = pair.chat.services.starter.recent
    assert recent.bytes > 0
    await pair.ada_there.run("mutation ($ids: [ID!]!) { deleteSessions(ids: $ids) }", ids=[session_id])
    await until(lambda: recent.bytes == 0)
