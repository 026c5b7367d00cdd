"""The growing reply: whatever is appended when, and wherever a watcher starts, it ends with exactly the text."""

import asyncio
from collections.abc import Sequence
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.generation.delivery.growing import Delta, DeltaKind, GrowingReply, Position
from gql_chat.generation.delivery.growing_text import GrowingText

TEXTS = st.text(alphabet=st.sampled_from("ab 中文字🌍👩‍🚀é̈\n"), max_size=40)
INCREMENTS = st.lists(st.tuples(TEXTS, TEXTS), max_size=12)
CHOICES = st.lists(st.booleans(), max_size=20).map(lambda choices: [*choices, False])  # taken in turn, round and round
ANY_TEXTS = st.text(alphabet=st.characters(), max_size=20)
HALVES = st.text(alphabet=st.sampled_from("a🌍🌎\ud83c\udf0d"), max_size=8)  # pairs of one first half, and halves
ANY_OR_TEXTS = st.one_of(TEXTS, HALVES)


def units(text: str) -> list[str]:
    """Split a text into UTF-16 code units, as a provider may send them."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    return [encoded[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(encoded), 2)]


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def js_slice(text: str, end: int) -> str:
    """Return JavaScript's `text.slice(0, end)`."""
    return text.encode("utf-16-le", "surrogatepass")[: end * 2].decode("utf-16-le", "surrogatepass")


def shown(deltas: list[Delta], kind: DeltaKind, had: str = "") -> str:
    """Return what a page shows after these deltas, by the rule that clients follow."""
    for delta in deltas:
        if delta.kind is kind:
            had = js_slice(had, delta.offset) + delta.text
    return had


@given(TEXTS, st.data())
def test_any_cut_of_a_text_into_units_grows_to_the_same_text(text: str, data: st.DataObject) -> None:
    growing, pieces, had = GrowingText(), units(text), ""
    while pieces:
        size = data.draw(st.integers(1, 3))
        growing.append("".join(pieces[:size]))
        pieces = pieces[size:]
        offset, missing = growing.since(utf16_length(had))
        had = js_slice(had, offset) + missing
        missing.encode()  # never half a pair, which could not be sent
    assert had == str(growing) == text
    assert growing.length == utf16_length(text)


@given(ANY_TEXTS)
def test_every_text_keeps_its_length_and_unpaired_halves_become_replacement_characters(text: str) -> None:
    growing = GrowingText(text)
    growing.finish()
    assert str(growing) == growing.since(0)[1]
    assert growing.length == utf16_length(text)
    assert str(growing) == text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@given(st.one_of(ANY_TEXTS, TEXTS, st.text(alphabet="ab é中", max_size=20)), ANY_TEXTS)
def test_a_text_that_has_ended_gives_what_it_gave_before(text: str, other: str) -> None:
    growing, ended, shown_by_another = GrowingText(text), GrowingText(text), GrowingText(other)
    growing.finish()
    assert ended.end() == ended.end() == str(ended) == str(growing)
    assert ended.length == ended.shown == growing.length
    for offset in range(growing.length + 2):
        assert ended.since(offset) == growing.since(offset)
        assert ended.end_of(offset, 2) == growing.end_of(offset, 2)
        assert ended.between(offset, growing.length) == growing.between(offset, growing.length)
        assert ended.common_until(shown_by_another, offset) == growing.common_until(shown_by_another, offset)
        assert shown_by_another.common_until(ended, offset) == shown_by_another.common_until(growing, offset)


def test_half_a_pair_at_the_end_is_withheld_until_it_is_whole_or_hopeless() -> None:
    growing = GrowingText("a\ud83c")
    assert (growing.length, growing.since(0)) == (1, (0, "a"))
    growing.append("\udf0d")
    assert growing.since(1) == (1, "🌍")
    hopeless = GrowingText("a\ud83c")
    hopeless.finish()
    assert hopeless.since(0) == (0, "a\ufffd")


def test_the_first_unit_is_never_taken_for_the_second_half_of_a_pair() -> None:
    assert GrowingText("\udf0da\ud83c").since(0) == (0, "\ufffda")


@given(TEXTS, st.integers(0, 100))
def test_since_any_offset_mends_what_a_client_has(text: str, offset: int) -> None:
    start, missing = GrowingText(text).since(offset)
    assert js_slice(text, start) + missing == text
    assert start in (min(offset, utf16_length(text)), offset - 1)


@given(st.text(max_size=20), st.integers(2, 5))
def test_a_text_in_parts_of_a_few_units_is_the_same_text(text: str, most: int) -> None:
    whole, mirrored, reached = GrowingText(text), GrowingText(), 0
    while reached < whole.length:
        until = whole.end_of(reached, most)
        assert reached < until <= reached + most
        assert mirrored.append_from(reached, whole.between(reached, until))
        reached = until
    assert str(mirrored) == str(whole)


def test_a_text_that_begins_before_the_end_is_appended_from_there_and_one_beyond_it_is_not() -> None:
    text = GrowingText("one 🌍")
    assert text.append_from(4, "🌍 two")
    assert text.append_from(0, "one")
    assert not text.append_from(11, "four")
    assert (str(text), text.length) == ("one 🌍 two", 10)


def test_an_offset_inside_the_first_character_begins_with_it() -> None:
    text = GrowingText()
    text.append("🌍!")
    assert text.since(1) == (0, "🌍!")
    assert text.since(2) == (2, "!")


@given(INCREMENTS, st.lists(st.tuples(st.integers(0, 12), st.integers(0, 60)), max_size=4), CHOICES)
async def test_watchers_who_join_anywhere_anytime_end_with_the_same_texts(
    increments: list[tuple[str, str]], joins: list[tuple[int, int]], choices: list[bool]
) -> None:
    chance = cycle(choices)
    reply = GrowingReply("msg_x")
    watches: list[tuple[str, asyncio.Task[list[Delta]]]] = []

    async def watch(position: Position) -> list[Delta]:
        deltas = []
        async for delta in reply.watch(position):
            deltas.append(delta)
            if next(chance):
                await asyncio.sleep(0)  # a client that takes its time
        return deltas

    for number, (text, reasoning) in enumerate(increments):
        for offset in [min(offset, reply.text.length) for at, offset in joins if at == number]:
            had = js_slice(str(reply.text), offset)
            watches.append((had, asyncio.create_task(watch(Position(offset)))))
        reply.append(text, reasoning)
        if next(chance):
            await asyncio.sleep(0)
    reply.close()
    watches.append(("", asyncio.create_task(watch(Position()))))
    whole, reasoning = ("".join(parts) for parts in zip(*increments, strict=True)) if increments else ("", "")
    assert (str(reply.text), str(reply.reasoning)) == (whole, reasoning)
    for had, task in watches:
        deltas = await task
        assert shown(deltas, DeltaKind.TEXT, had) == whole
        assert shown(deltas, DeltaKind.REASONING) == reasoning


@given(same=st.text(max_size=20), shown_rest=st.text(max_size=20), stored_rest=st.text(max_size=20), data=st.data())
async def test_who_was_shown_something_else_by_another_writer_ends_with_what_is_stored(
    same: str, shown_rest: str, stored_rest: str, data: st.DataObject
) -> None:
    shown_reply, stored = GrowingReply("msg_x", text=same + shown_rest), GrowingReply("msg_x", text=same + stored_rest)
    position = Position(data.draw(st.integers(0, shown_reply.text.length)))
    screen = js_slice(str(shown_reply.text), position.text)
    shown_reply.close()
    screen = shown([delta async for delta in shown_reply.watch(position)], DeltaKind.TEXT, screen)
    assert screen == same + shown_rest
    stored.close()
    deltas = [delta async for delta in stored.watch(position)]
    assert shown(deltas, DeltaKind.TEXT, screen) == same + stored_rest
    if stored_rest.startswith(shown_rest):  # nothing is sent twice
        assert [delta.text for delta in deltas] == [stored_rest.removeprefix(shown_rest)] * (stored_rest != shown_rest)


@given(kept=TEXTS, lost=ANY_OR_TEXTS, rest=ANY_OR_TEXTS, data=st.data())
async def test_who_was_shown_more_by_a_dead_writer_than_is_kept_ends_with_what_its_successor_wrote(
    kept: str, lost: str, rest: str, data: st.DataObject
) -> None:
    dead, whole = GrowingText(kept + lost), GrowingText(kept + rest)
    offset = data.draw(st.sampled_from([*range(dead.length + 1)]))
    screen = str(dead).encode("utf-16-le")[: offset * 2].decode("utf-16-le", "ignore")  # at the end of a character
    shown_by = data.draw(st.sampled_from([dead, None]))  # None if the page comes back, and has nothing but its offset
    position, until = (
        Position(utf16_length(screen), text_shown_by=shown_by),
        whole.end_of(0, data.draw(st.integers(2, 40))),
    )

    def take(deltas: Sequence[Delta]) -> None:
        nonlocal screen
        screen = shown([*deltas], DeltaKind.TEXT, screen)
        screen.encode()  # never half a pair

    def look(row: GrowingReply) -> None:
        row.verify(position)
        take(row.missing(position))

    # What the database has of the dead writer's reply, or, if the page comes later, with what the successor began.
    look(GrowingReply("msg_x", text=data.draw(st.sampled_from([kept[: len(kept) // 2], kept]))))
    if data.draw(st.booleans()):
        look(GrowingReply("msg_x", text=kept + whole.between(utf16_length(kept), max(utf16_length(kept), until))))
    successor = GrowingReply("msg_x", text=kept + rest)
    if data.draw(st.booleans()):
        successor.close()  # else half a pair may wait at its end
    take(successor.corrections(position))
    take(successor.missing(position))
    assert screen == successor.text.since(0)[1]


async def test_a_pair_of_which_another_writer_has_the_first_half_only_is_replaced_as_a_whole() -> None:
    whole, halved = GrowingReply("msg_x", text="a🌍"), GrowingReply("msg_x", text="a\ud83cb")
    for shown_last, reply, text in ((whole, halved, "\ufffdb"), (halved, whole, "🌍")):
        position = Position(3, text_shown_by=shown_last.text)
        assert [*reply.corrections(position), *reply.missing(position)] == [Delta(DeltaKind.TEXT, 1, text)]


async def test_one_append_is_one_delta_for_who_keeps_up_and_a_laggard_gets_the_rest_in_one() -> None:
    reply = GrowingReply("msg_x")
    quick, slow = reply.watch(Position()), reply.watch(Position())
    reply.append("a")
    assert await anext(quick) == await anext(slow) == Delta(DeltaKind.TEXT, 0, "a")
    reply.append("b", "r")
    assert await anext(quick) == Delta(DeltaKind.REASONING, 0, "r")
    assert await anext(quick) == Delta(DeltaKind.TEXT, 1, "b")
    for letter in "cde":
        reply.append(letter)
        assert await anext(quick) == Delta(DeltaKind.TEXT, ord(letter) - ord("a"), letter)
    reply.close()
    assert [delta async for delta in slow] == [Delta(DeltaKind.REASONING, 0, "r"), Delta(DeltaKind.TEXT, 1, "bcde")]
    assert [delta async for delta in quick] == []


async def test_a_watcher_that_claims_to_have_more_is_corrected() -> None:
    reply = GrowingReply("msg_x", text="ab")
    watch = reply.watch(Position(text=10, reasoning=3))
    assert await anext(watch) == Delta(DeltaKind.REASONING, 0, "")
    assert await anext(watch) == Delta(DeltaKind.TEXT, 2, "")
    reply.append("c")
    reply.close()
    assert [delta async for delta in watch] == [Delta(DeltaKind.TEXT, 2, "c")]


async def test_a_watcher_at_the_end_gets_nothing() -> None:
    reply = GrowingReply("msg_x", text="ab", reasoning="r")
    reply.close()
    assert [delta async for delta in reply.watch(Position(text=2, reasoning=1))] == []


async def test_half_a_pair_at_the_end_of_a_reply_is_shown_as_it_is_stored() -> None:
    reply = GrowingReply("msg_x")
    reply.append("a\ud83d", "r\ud83d")
    reply.close()
    assert [delta async for delta in reply.watch(Position())] == [
        Delta(DeltaKind.REASONING, 0, "r\ufffd"),
        Delta(DeltaKind.TEXT, 0, "a\ufffd"),
    ]
    assert (str(reply.text), str(reply.reasoning)) == ("a\ufffd", "r\ufffd")


@pytest.mark.parametrize("reached", [Position(text=2), Position(reasoning=1), Position(text=2, reasoning=1)])
async def test_what_a_reply_has_reached_is_not_waited_for(reached: Position) -> None:
    reply = GrowingReply("msg_x", text="ab", reasoning="r")
    waiting = asyncio.ensure_future(reply.wait_until(reached))
    await asyncio.sleep(0)
    assert waiting.done()


@pytest.mark.parametrize("missing", [Position(text=3), Position(reasoning=2)])
async def test_what_a_reply_has_not_reached_is_waited_for(missing: Position) -> None:
    reply = GrowingReply("msg_x", text="ab", reasoning="r")
    waiting = asyncio.ensure_future(reply.wait_until(missing))
    await asyncio.sleep(0)
    assert not waiting.done()
    reply.append("c", "s")
    await waiting


async def test_watchers_that_leave_leave_nothing_behind() -> None:
    reply = GrowingReply("msg_x")
    for _ in range(100):
        watch = asyncio.create_task(anext(reply.watch(Position())))
        await asyncio.sleep(0)
        watch.cancel()
        await asyncio.wait({watch})
    assert len(reply._waiting) == 0


@given(INCREMENTS, CHOICES)
async def test_what_is_taken_at_once_and_what_is_given_make_the_same_texts(
    increments: list[tuple[str, str]], choices: list[bool]
) -> None:
    reply, got, chance = GrowingReply("msg_x"), list[Delta](), cycle(choices)

    def try_send(delta: Delta) -> bool:
        if next(chance):  # else the client reads too slowly just now
            got.append(delta)
            return True
        return False

    async def watch() -> None:
        async for delta in reply.watch(Position(), try_send):
            got.append(delta)

    watching = asyncio.create_task(watch())
    for text, reasoning in increments:
        reply.append(text, reasoning)
        while next(chance):
            await asyncio.sleep(0)
    reply.close()
    await watching
    assert shown(got, DeltaKind.TEXT) == str(reply.text)
    assert shown(got, DeltaKind.REASONING) == str(reply.reasoning)
    offsets = [delta.offset for delta in got if delta.kind is DeltaKind.TEXT]
    assert offsets == sorted(offsets)


async def test_watchers_at_one_position_get_the_very_same_delta() -> None:
    reply, taken = GrowingReply("msg_x"), list[Delta]()

    def try_send(delta: Delta) -> bool:
        taken.append(delta)
        return True

    positions = (Position(), Position(), Position(text=1))
    watching = [asyncio.ensure_future(anext(reply.watch(position, try_send))) for position in positions]
    await asyncio.sleep(0)
    assert watching[2].done()  # it was beyond the end, and is corrected
    reply.append("abc", "r")
    assert [(delta.kind, delta.offset, delta.text) for delta in taken[:2]] == [
        (DeltaKind.REASONING, 0, "r"), (DeltaKind.TEXT, 0, "abc"),
    ]  # fmt: skip
    assert taken[0] is taken[2]
    assert taken[1] is taken[3]
    reply.close()
    await asyncio.wait(watching)


async def test_what_is_taken_at_once_wakes_nobody() -> None:
    reply, taken = GrowingReply("msg_x"), list[Delta]()

    def try_send(delta: Delta) -> bool:
        taken.append(delta)
        return True

    watching = asyncio.ensure_future(anext(reply.watch(Position(), try_send)))
    await asyncio.sleep(0)
    for letter in "abc":
        reply.append(letter)
        await asyncio.sleep(0)
    assert [delta.text for delta in taken] == ["a", "b", "c"]
    assert not watching.done()
    reply.close()
    await asyncio.wait({watching})
    assert isinstance(watching.exception(), StopAsyncIteration)
