"""Pieces: whatever is stored when, a streaming reply is read with all of it, everywhere and never twice."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.chats.leases import list_held
from gql_chat.chats.models import Message, ReplyPiece
from gql_chat.chats.pieces import (
    KEPT,
    Piece,
    _continued,
    delete_old_pieces,
    delete_pieces,
    recovered_text,
    save_pieces,
)
from gql_chat.infra import clock
from gql_chat.infra.db import database
from gql_chat.infra.db.database import dialect
from tests.support.chat import Chat, run_chat
from tests.support.client import Client
from tests.support.stored.replies import stored_text

TEXTS = st.text(alphabet=st.sampled_from("ab 中🌍\n"), max_size=12)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(st.lists(TEXTS, max_size=8), st.data())
def test_pieces_continue_a_text_whatever_of_it_is_in_the_row_already(texts: list[str], data: st.DataObject) -> None:
    whole, pieces = "", list[tuple[int, str]]()
    for text in texts:
        pieces.append((units(whole), text))
        whole += text
    known = data.draw(st.integers(0, len(whole)))
    assert _continued(whole[:known], pieces) == whole
    assert _continued(whole + "more", pieces) == whole + "more"


@pytest.mark.parametrize(
    ("stored", "pieces", "recovered"),
    [
        ("told", [], "told"),
        ("told", [(4, " more"), (9, ", still")], "told more, still"),
        ("told more", [(4, " more"), (9, ", still")], "told more, still"),
        ("told more, sti", [(4, " more"), (9, ", still")], "told more, still"),
        ("told more, still, and later", [(4, " more"), (9, ", still")], "told more, still, and later"),
        ("told another thing", [(4, " more"), (9, ", still")], "told another thing"),
        ("to", [(4, " more")], "to"),
        ("told", [(4, " more"), (11, "beyond a gap")], "told more"),
        ("all \ufffd", [(0, "all 🌍 of it")], "all 🌍 of it"),
        ("all ab", [(0, "all "), (5, "🌍 of it")], "all ab"),
        ("🌍 of", [(1, "of it")], "🌍 of"),
    ],
)
def test_what_is_recovered_continues_what_is_stored_if_it_fits(
    stored: str, pieces: list[tuple[int, str]], recovered: str
) -> None:
    assert recovered_text(stored, pieces) == recovered


@pytest.fixture
async def chat_on_each(database_url: str, tmp_path: Path) -> AsyncIterator[Chat]:
    """Run the whole server, on SQLite and on PostgreSQL, with no heartbeat of its own: they store pieces too."""
    async with run_chat(database_url, tmp_path, lease_seconds=600) as running:
        yield running


async def streaming(chat: Chat, client: Client, text: str) -> str:
    driven = chat.demo.drive("demo")
    reply_id: str = (await client.send())["reply"]["id"]
    await (await driven.next_call()).send(text, reasoning="why ")
    async for event in client.watch(reply_id):
        if event["kind"] == "TEXT" and event["text"]:
            break
    return reply_id


async def save(chat: Chat, *pieces: Piece) -> set[str]:
    return await save_pieces(chat.services.runner.worker_id, pieces)


async def test_every_way_to_read_a_streaming_reply_shows_all_that_is_stored(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    reply_id = await streaming(chat_on_each, ada, "half a 🌍")
    await chat_on_each.services.runner.save()
    expected = {"id": reply_id, "status": "STREAMING", "text": "half a 🌍", "reasoning": "why "}
    shown = "id status text reasoning"
    assert (await ada.run(f"query ($id: ID!) {{ node(id: $id) {{ ... on Message {{ {shown} }} }} }}", id=reply_id))[
        "node"
    ] == expected
    session_id = (await Message.get(id=reply_id)).session_id
    listed = "query ($id: ID!) { session(id: $id) { messages { nodes { %s } } } }"
    for fields in (shown, f"{shown} siblingIds"):  # from columns, and from rows
        nodes = (await ada.run(listed % fields, id=session_id))["session"]["messages"]["nodes"]
        assert {name: nodes[-1][name] for name in expected} == expected
    alone = (await ada.run(listed % "text", id=session_id))["session"]["messages"]["nodes"]
    assert alone[-1] == {"text": "half a 🌍"}


async def test_pieces_of_several_replies_are_stored_by_one_statement(chat_on_each: Chat) -> None:
    ada, bob = await chat_on_each.sign_up("ada"), await chat_on_each.sign_up("bob")
    ids = [await streaming(chat_on_each, client, "said") for client in (ada, bob)]
    pieces = [Piece(reply_id, 0, 0, f"text of {place}", "") for place, reply_id in enumerate(ids)]
    assert await save(chat_on_each, *pieces, Piece("msg_unknown", 0, 0, "x", "")) == {*ids}
    assert [await stored_text(reply_id) for reply_id in ids] == ["text of 0", "text of 1"]


async def test_heartbeats_of_any_number_of_replies_are_few_statements(
    chat_on_each: Chat, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    worker_id, of_pieces = chat_on_each.services.runner.worker_id, set[str]()

    def recorded(client: Any, sql: str, args: tuple[Any, ...], run: Any = database._for) -> Any:
        of_pieces.update([sql] if "msg_0" in args else [])
        return run(client, sql, args)

    monkeypatch.setattr(database, "_for", recorded)
    caplog.set_level(logging.DEBUG, "tortoise.db_client")
    for count in range(1, 33):
        ids = [f"msg_{number}" for number in range(count)]
        assert await save(chat_on_each, *(Piece(reply_id, 0, 0, "x", "") for reply_id in ids)) == set()
        assert await list_held(worker_id, ids) == {}
        await delete_pieces(ids)
    logged = {record.args[0] for record in caplog.records if isinstance(record.args, tuple)}
    held = [text for text in logged if "stop_requested_at" in str(text)]
    # Of 1, 2, 4, 8, 16 and 32 replies each. PostgreSQL takes pieces as arrays.
    assert (len(of_pieces), len(held)) == (12 if dialect() == "sqlite" else 6, 6)


async def test_a_piece_that_is_stored_again_may_be_longer_and_is_not_doubled(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    reply_id = await streaming(chat_on_each, ada, "said")
    await save(chat_on_each, Piece(reply_id, 0, 0, "one", ""))
    await save(chat_on_each, Piece(reply_id, 3, 0, " two", ""))
    await save(chat_on_each, Piece(reply_id, 3, 0, " two three", ""))  # nobody knew whether the first was stored
    assert await stored_text(reply_id) == "one two three"


async def test_long_pieces_are_read_as_they_were(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    reply_id = await streaming(chat_on_each, ada, "said")
    text, reasoning = "text 🌍\n" * 1_000, "why 中 " * 30_000
    await save(chat_on_each, Piece(reply_id, 0, 0, text, reasoning))
    await save(chat_on_each, Piece(reply_id, units(text), units(reasoning), " more", ""))
    piece = await ReplyPiece.get(text_at=0)
    assert (piece.text, piece.reasoning) == (text, reasoning)
    shown = await ada.run("query ($id: ID!) { node(id: $id) { ... on Message { text reasoning } } }", id=reply_id)
    assert shown["node"] == {"text": f"{text} more", "reasoning": reasoning}


@pytest.mark.parametrize("column", ["worker_id", "status"])
async def test_nothing_is_added_to_a_reply_that_is_not_this_workers(chat_on_each: Chat, column: str) -> None:
    ada = await chat_on_each.sign_up("ada")
    reply_id = await streaming(chat_on_each, ada, "said")
    await Message.filter(id=reply_id).update(**{column: "another" if column == "worker_id" else "INTERRUPTED"})
    assert await save(chat_on_each, Piece(reply_id, 0, 0, "late", "")) == set()
    assert not await ReplyPiece.exists()


async def test_pieces_that_a_dead_worker_left_are_deleted_after_the_settlement(chat_on_each: Chat) -> None:
    ada = await chat_on_each.sign_up("ada")
    streams, settled = [await streaming(chat_on_each, ada, "said") for _ in range(2)]
    await save(chat_on_each, *(Piece(reply_id, 0, 0, "said", "") for reply_id in (streams, settled)))
    await Message.filter(id=settled).update(status="INTERRUPTED", finished_at=clock.now() - 2 * KEPT)
    assert await delete_old_pieces() == 1
    assert [piece.message_id for piece in await ReplyPiece.all()] == [streams]
