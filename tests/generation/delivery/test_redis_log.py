"""The log of a worker in Redis: what it holds, when it is begun again, and what its messages cost."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from itertools import chain

import pytest
from hypothesis import given

from gql_chat.chats.leases import LEASE
from gql_chat.chats.pieces import recovered_text
from gql_chat.generation.delivery import publishing
from gql_chat.generation.delivery.growing import GrowingReply, Position
from gql_chat.generation.delivery.growing_text import GrowingText
from gql_chat.generation.delivery.publication import Publication
from gql_chat.generation.delivery.publishing import MAX_UNITS
from gql_chat.generation.delivery.redis_log import (
    MESSAGE_NUMBERS,
    Entry,
    LogMessage,
    decode_message,
    encode_message,
    pieces_of,
)
from gql_chat.infra.redis.connections import RedisConnections
from tests.generation.delivery.test_broker import Watcher
from tests.generation.delivery.test_growing import INCREMENTS
from tests.infra.redis.test_connections import until
from tests.support.backing_services.valkey import Valkey
from tests.support.running.brokers import FOR_EVER, LOG, WRITER, Open, published, text_of
from tests.support.running.examples import examples


async def test_a_log_that_holds_something_else_is_begun_again(own_redis: Valkey, worker: Open) -> None:
    writer, other = await worker(url=own_redis.url), await worker(url=own_redis.url)
    reply, bystander = GrowingReply("msg_x", text="before"), GrowingReply("msg_y", text="nothing")
    with writer.publish(reply), writer.publish(bystander):
        await published(writer)
        own_redis.order("SET", LOG, "a text")
        reply.append(", and after")
        await until(lambda: not writer._client.is_up)
        await published(writer)
        await Watcher(other, "msg_y").has("nothing")
        await Watcher(other, "msg_x").has("before, and after")


async def test_a_log_outlives_its_writer_by_an_hour_however_short_the_lease(
    worker: Open, redis: RedisConnections
) -> None:
    writer, reply = await worker(timedelta(seconds=2)), GrowingReply("msg_x")
    publication = writer.publish(reply)
    publication.__enter__()
    reply.append("left behind")
    await published(writer)
    assert await redis.patient.run("KEYS", "test:*") == [LOG.encode()]
    assert 3_590_000 < await redis.patient.run("PTTL", LOG) <= 3_600_000
    publication.__exit__(None, None, None)


async def test_a_log_that_has_lost_a_part_or_has_it_twice_is_begun_again(worker: Open, redis: RedisConnections) -> None:
    writer, other, reply = await worker(), await worker(), GrowingReply("msg_x")
    with writer.publish(reply):
        watcher, shown_text = Watcher(other, "msg_x"), ""
        for text, fault in (("one", ("RPOP", LOG)), (" two", ("RPUSH", LOG, b"\x90")), (" three", None)):
            reply.append(text)
            shown_text += text
            await watcher.has(shown_text)
            await published(writer)
            if fault:
                await redis.patient.run(*fault)
        reply.append("")  # the log is begun again with the next message
        await published(writer)
        assert text_of(await other.recover([WRITER])) == "one two three"


async def test_what_the_database_has_leaves_the_log(worker: Open, redis: RedisConnections) -> None:
    writer, other, reply = await worker(), await worker(), GrowingReply("msg_x", reasoning="before")
    with writer.publish(reply):
        reply.append("saved, ", " that")
        watcher = Watcher(other, "msg_x")
        await watcher.has("saved, ")
        await published(writer)
        writer.note_saved({"msg_x": Position(7, 11), "msg_unknown": Position()})
        reply.append("not saved")
        await watcher.has("saved, not saved")
        await published(writer)
        length = await redis.patient.run("LLEN", LOG)
        pieces = (await other.recover([WRITER]))["msg_x"]
        # Two, or one if Redis did not answer in time, on a busy machine: then the log begins anew with all it lacks.
        assert length == len(pieces)
        assert {(piece.text_at, piece.reasoning_at) for piece in pieces} == {(7, 11)}
        assert "".join(piece.text + piece.reasoning for piece in pieces) == "not saved"


async def test_a_log_is_kept_while_it_grows_although_the_database_stores_nothing(
    worker: Open, redis: RedisConnections
) -> None:
    writer, reply = await worker(), GrowingReply("msg_x")
    with writer.publish(reply):
        reply.append("one")
        await published(writer)
        await redis.patient.run("PERSIST", LOG)
        reply.append("two")
        await published(writer)
        assert await redis.patient.run("PTTL", LOG) == -1  # not renewed for each message
        writer._publisher._kept_at -= LEASE.total_seconds()
        reply.append("three")
        await published(writer)
        assert await redis.patient.run("PTTL", LOG) > 3_590_000


async def test_a_reply_that_another_worker_has_is_not_in_the_next_log(worker: Open, redis: RedisConnections) -> None:
    writer, reaper = await worker(), await worker()
    kept, taken, later = GrowingReply("msg_kept"), GrowingReply("msg_taken"), GrowingReply("msg_later")
    with writer.publish(kept), writer.publish(taken):
        kept.append("kept")
        taken.append("taken")
        await published(writer)
        assert set(await reaper.recover([WRITER])) == {"msg_kept", "msg_taken"}
        taken.append(", too late")
        await published(writer)
        with writer.publish(later):
            later.append("later")
            await published(writer)
            assert await redis.patient.run("EXISTS", LOG) == 0  # nothing is published before the lease is renewed
            writer.renew(["msg_kept", "msg_later"], until=FOR_EVER)
            kept.append(", and going on")
            taken.append(", and nobody sees it")
            await published(writer)
            recovered = await reaper.recover([WRITER])
    assert {message_id: text_of(recovered, message_id) for message_id in recovered} == {
        "msg_kept": "kept, and going on",
        "msg_later": "later",
    }


async def test_an_end_that_comes_while_others_are_sent_is_sent_next(
    worker: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reaper, other = [await worker() for _ in range(3)]
    replies = [GrowingReply(f"msg_{number}", text="shown") for number in range(2)]
    with writer.publish(replies[0]), writer.publish(replies[1]):
        watchers = [Watcher(other, reply.message_id) for reply in replies]
        for watcher in watchers:
            await watcher.has("shown")
        publish = reaper._client.publish

        async def publish_and_end(channel: str, message: bytes) -> int:
            monkeypatch.setattr(reaper._client, "publish", publish)
            reaper.end({"msg_1": WRITER})
            return await publish(channel, message)

        monkeypatch.setattr(reaper._client, "publish", publish_and_end)
        reaper.end({"msg_0": WRITER})
        assert [await watcher.end() for watcher in watchers] == ["shown"] * 2


async def test_a_message_is_small_however_much_has_grown_and_no_reply_waits_for_another(
    worker: Open, redis: RedisConnections
) -> None:
    messages = list[bytes]()
    writer, other = await worker(), await worker()
    long, short = GrowingReply("msg_long"), GrowingReply("msg_short")
    with writer.publish(long), writer.publish(short), redis.subscriber.subscribe(LOG, messages.append):
        assert await redis.subscriber.wait_until_subscribed(LOG, 20)
        watchers = [Watcher(other, "msg_long"), Watcher(other, "msg_short")]
        long.append("🌍" * 100_000, "x" * 50_000)
        short.append("short")
        await watchers[1].has("short")
        await watchers[0].has("🌍" * 100_000)
        late = Watcher(other, "msg_long", Position(199_998, 50_000))
        await late.has("🌍")
    texts = [[entry.text for entry in decode_message(message).entries] for message in messages]
    assert max(map(len, messages)) <= 200_000
    first = next(number for number, entries in enumerate(texts) if "short" in entries)
    assert sum(len("".join(entries).encode("utf-16-le")) for entries in texts[: first + 1]) <= 2 * 2 * MAX_UNITS


@asynccontextmanager
async def published_replies(
    worker: Open, redis: RedisConnections, count: int
) -> AsyncIterator[tuple[Sequence[GrowingReply], list[list[str]]]]:
    """Publish so many replies. Yield them, and a list to which each message adds the texts of its entries."""
    writer, texts = await worker(), list[list[str]]()
    replies = [GrowingReply(f"msg_{number}") for number in range(count)]

    def read(message: bytes) -> None:
        texts.append([entry.text for entry in decode_message(message).entries])

    with ExitStack() as stack:
        stack.enter_context(redis.subscriber.subscribe(LOG, read))
        assert await redis.subscriber.wait_until_subscribed(LOG, 20)
        for reply in replies:
            stack.enter_context(writer.publish(reply))
        await published(writer)
        yield replies, texts


@pytest.mark.parametrize("count", [1, 2, 4])
async def test_replies_that_grow_at_once_share_the_length_of_a_message(
    worker: Open, redis: RedisConnections, count: int
) -> None:
    async with published_replies(worker, redis, count) as (replies, texts):
        for reply in replies:
            reply.append("x" * (20_000 // count))
        await until(lambda: sum(map(len, chain.from_iterable(texts))) == 20_000)
    lengths = [len("".join(sent)) for sent in texts]
    assert [length for length in lengths if length] == [MAX_UNITS, 20_000 - MAX_UNITS]


async def test_however_many_replies_grow_at_once_each_sends_a_character(
    worker: Open, redis: RedisConnections, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Use two units, the length of the longest character."""
    monkeypatch.setattr(publishing, "MAX_UNITS", 2)
    async with published_replies(worker, redis, 3) as (replies, texts):
        for reply in replies:
            reply.append("🌍abc")
        await until(lambda: sum(map(len, chain.from_iterable(texts))) == 3 * len("🌍abc"))
    assert [sent for sent in texts if any(sent)] == [["🌍"] * 3, ["ab"] * 3, ["c"] * 3]


def test_a_token_takes_two_bytes_and_its_text_and_a_message_five() -> None:
    entries = [Entry(number, text="a token of 16 by") for number in range(1, 11)]
    assert len(encode_message(MESSAGE_NUMBERS - 1, entries)) == 5 + 10 * (2 + 16)


def test_what_goes_on_after_a_missing_message_is_not_taken_for_what_goes_on_before_it() -> None:
    x, y = Entry(1, 0, "one", 0, "", "msg_x"), Entry(2, 0, "eins", 0, "", "msg_y")
    log = [
        encode_message(7, [x, y]),
        encode_message(8, [Entry(1, text=", two"), Entry(2, text=", zwei", reasoning="hm")]),
        encode_message(10, [Entry(1, text=", four")]),
        encode_message(11, [Entry(1, text=", five"), Entry(2, 10, ", drei", 2, "", "msg_y")]),
    ]
    assert {message_id: text_of(pieces_of(log), message_id) for message_id in ("msg_x", "msg_y")} == {
        "msg_x": "one, two",
        "msg_y": "eins, zwei, drei",
    }


def test_messages_are_counted_from_zero_again_at_the_end() -> None:
    assert LogMessage(0).follows(MESSAGE_NUMBERS - 1)
    assert not LogMessage(1).follows(MESSAGE_NUMBERS - 1)


def test_only_a_message_that_goes_on_nowhere_may_have_the_number_of_the_last_one() -> None:
    assert LogMessage(5, others=[Entry(1, 0, "an answer", 0, "", "msg_x")]).follows(5)
    assert not LogMessage(5, {1: "text that comes twice"}).follows(5)
    assert not LogMessage(5, {}, {1: "reasoning that comes twice"}).follows(5)


@examples(100)
@given(increments=INCREMENTS)
def test_a_log_whose_entries_go_on_where_the_last_ones_ended_has_the_whole_texts(
    increments: list[tuple[str, str]],
) -> None:
    reply = GrowingReply("msg_x")
    publication, log = Publication(reply, 1, 0.0, Position(), Position()), list[bytes]()
    for number, (text, reasoning) in enumerate(increments):
        reply.append(text, reasoning)
        entry, publication.known = publication.next_entry(0.0, 1_000)
        log.append(encode_message(number, [entry] if entry else []))
        publication.is_placed = publication.goes_on = True
    pieces = pieces_of(log).get("msg_x", [])
    assert recovered_text("", [(piece.text_at, piece.text) for piece in pieces]) == shown_part(reply.text)
    assert recovered_text("", [(piece.reasoning_at, piece.reasoning) for piece in pieces]) == shown_part(
        reply.reasoning
    )


def shown_part(text: GrowingText) -> str:
    """Return the text without a last half of a pair, which still waits for the other one."""
    return text.between(0, text.length)


async def test_numbers_of_replies_stay_short_and_are_not_used_again_soon(worker: Open, redis: RedisConnections) -> None:
    writer, messages = await worker(), list[bytes]()
    with redis.subscriber.subscribe(LOG, messages.append):
        assert await redis.subscriber.wait_until_subscribed(LOG, 20)
        with writer.publish(GrowingReply("msg_long", text="x")):
            for number in range(300):
                with writer.publish(GrowingReply(f"msg_{number}", text="x")):
                    await published(writer)
        await published(writer)
        await until(lambda: len(messages) >= 301)
    begun = [entry.number for message in messages for entry in decode_message(message).entries if entry.message_id]
    assert begun == [*range(1, 128), *range(2, 128), *range(2, 128)][:301]


async def test_more_replies_than_short_numbers_have_numbers_of_their_own(worker: Open) -> None:
    writer = await worker()
    with ExitStack() as publications:
        for number in range(200):
            publications.enter_context(writer.publish(GrowingReply(f"msg_{number}")))
        assert sorted(one.number for one in writer._publisher._unended) == list(range(1, 201))


async def test_a_token_of_many_replies_costs_less_than_a_command_and_forty_bytes(
    worker: Open, redis: RedisConnections
) -> None:
    writer, other = await worker(), await worker()
    replies = [GrowingReply(f"msg_{number:026}") for number in range(10)]
    with ExitStack() as publications:
        for reply in replies:
            publications.enter_context(writer.publish(reply))
        watchers = [Watcher(other, reply.message_id) for reply in replies]
        await until(lambda: other.mirrored == 10)
        for reply, watcher in zip(replies, watchers, strict=True):
            reply.append("begun")
            await watcher.has("begun")
        await published(writer)
        before, shown_text = await traffic(redis), "begun"
        for _ in range(50):  # windows, in each of which every reply has grown by a token
            shown_text += "token"
            for reply in replies:
                reply.append("token")
            for watcher in watchers:
                await watcher.has(shown_text)
            await published(writer)
        after = await traffic(redis)
    commands = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    received_bytes = commands.pop("bytes")
    assert {name: commands[name] for name in ("rpushx", "evalsha", "publish")} == dict.fromkeys(
        ("rpushx", "evalsha", "publish"), 50
    )
    assert received_bytes <= 500 * 20


async def traffic(redis: RedisConnections) -> dict[str, int]:
    """Return how often each command was run so far, and the bytes that Redis has received."""
    stats, totals = [(await redis.patient.run("INFO", part)).decode() for part in ("commandstats", "stats")]
    calls = {name: int(count) for name, count in re.findall(r"cmdstat_(\S+):calls=(\d+)", stats)}
    return {**calls, "bytes": int(totals.partition("total_net_input_bytes:")[2].split()[0])}
