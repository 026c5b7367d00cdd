"""The index of the texts: kept up to date, filled afterwards, and made where that is allowed."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs
from tortoise.exceptions import OperationalError

from gql_chat.chats import search_index
from gql_chat.chats.models import Message, MessageStatus, SearchText
from gql_chat.chats.search_index import (
    CHUNK_ROWS,
    JOIN_WORDS,
    MERGE,
    MERGE_NEW,
    SELECT_CHUNK_END,
    NewTexts,
    SearchBackfill,
    owner_mark,
    report_missing_index,
)
from gql_chat.chats.sessions import delete_all_sessions
from gql_chat.infra.db.database import execute, fetch_all, transaction
from gql_chat.infra.db.migrations import migrate, migrations_folder
from gql_chat.infra.db.opening import model_modules, open_database
from gql_chat.infra.db.substring_index import SEPARATORS, SPACE
from gql_chat.infra.signals import NoSignals, SignalHandler, SignalPayload
from gql_chat.users.models import User
from tests.support.stored.owners import Owner
from tests.support.stored.searching import ask_the_index, check_index, found, new_owner, say


class RecordedSignals:
    """Signals that reach the subscribers at once."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self._handlers: list[SignalHandler] = []

    def send(self, topic: str, payload: SignalPayload) -> None:
        self.sent.append(topic)
        for handler in self._handlers:
            handler(payload)

    def subscribe(self, _topic: str, handler: SignalHandler) -> AbstractContextManager[None]:
        self._handlers.append(handler)
        return nullcontext()


async def count_waiting() -> int:
    """Return how many texts PostgreSQL's index has not taken in yet."""
    await execute("CREATE EXTENSION IF NOT EXISTS pgstattuple")
    [row] = await fetch_all("SELECT pending_tuples FROM pgstatginindex('search_index')")
    return int(row["pending_tuples"])


async def test_the_index_goes_with_messages_and_their_owner(ada: Owner) -> None:
    bob = await new_owner("bob")
    await say(ada, "first word", "second word")
    await say(bob, "bob's word")
    await Message.filter(text="first word").delete()
    await check_index()
    assert await found(ada, "word") == ["second word"]
    await delete_all_sessions(ada.user_id)
    await check_index()
    assert (await found(ada, "word"), await found(bob, "word")) == ([], ["bob's word"])
    await User.filter(id=bob.user_id).delete()  # by foreign keys alone
    await check_index()
    assert await SearchText.all().count() == 0


async def test_vacuum_leaves_the_index_right(sqlite_url: str) -> None:
    async with open_database(sqlite_url, model_modules()):
        ada = await new_owner("ada")
        ids = await say(ada, *(f"word{number}" for number in range(20)))
        await Message.filter(id__in=ids[::2]).delete()
        await fetch_all("VACUUM")
        await check_index()
        assert [await found(ada, f"word{number}") for number in (16, 17)] == [[], ["word17"]]


async def test_without_the_right_to_install_the_extension_a_search_finds_the_same(
    blank_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_the_index(monkeypatch)
    owner = await asyncpg.connect(blank_postgres_url)
    try:
        await owner.execute("CREATE ROLE tenant LOGIN; GRANT CREATE ON SCHEMA public TO tenant")
        url = blank_postgres_url.replace("postgres@", "tenant@")
        await migrate(url, migrations_folder())
        async with open_database(url, model_modules()):
            with capture_logs() as logged:
                await report_missing_index()
            assert [entry["event"] for entry in logged] == ["search_has_no_index"]
            ada = await new_owner("ada")
            await say(ada, "我在北京", "elsewhere")
            assert (await found(ada, "北京"), await found(ada, "where")) == (["我在北京"], ["elsewhere"])
    finally:
        await owner.execute("DROP OWNED BY tenant; DROP ROLE tenant")
        await owner.close()


async def test_with_that_right_there_is_an_index_and_it_is_asked(postgres_url: str) -> None:
    async with open_database(postgres_url, model_modules()):
        with capture_logs() as logged:
            await report_missing_index()
        assert logged == []
        async with transaction():
            await fetch_all("SET LOCAL enable_seqscan = off")
            plan = await fetch_all("EXPLAIN SELECT id FROM search_texts WHERE folded LIKE '%some%'")
        assert "search_index" in str(plan)


async def test_what_was_stored_without_the_search_is_put_in_once_and_what_streams_when_it_has_settled(
    ada: Owner,
) -> None:
    ids = await say(ada, *(f"word{number}" for number in range(7)))
    backfill = SearchBackfill()
    assert await backfill.run() == 0
    await SearchText.filter(message_id__in=ids[:3]).delete()
    assert await backfill.run() == 0  # it has been there
    backfill = SearchBackfill()
    await Message.filter(id=ids[1]).update(status=MessageStatus.STREAMING)
    assert [await backfill.run(), await backfill.run()] == [2, 0]
    assert [await found(ada, f"word{number}") for number in range(3)] == [["word0"], [], ["word2"]]
    await Message.filter(id=ids[1]).update(status=MessageStatus.COMPLETED)
    assert [await backfill.run(), await backfill.run()] == [1, 0]
    assert await found(ada, "word1") == ["word1"]


async def test_what_an_earlier_version_stored_on_postgresql_is_found_by_phrases_too(postgres_url: str) -> None:
    async with open_database(postgres_url, model_modules()):
        ada = await new_owner("ada")
        [message_id] = await say(ada, "call __init__ here")
        stored = (await SearchText.get(message_id=message_id)).folded
        await SearchText.filter(message_id=message_id).update(folded=f"{owner_mark(ada.user_id)} call __init__ here ")
        assert await found(ada, '"__init__ here"') == []
        assert await SearchBackfill().run() == 0
        assert (await SearchText.get(message_id=message_id)).folded == stored
        assert await found(ada, '"__init__ here"') == ["call __init__ here"]


async def test_one_server_lets_postgresqls_index_take_in_the_new_texts_of_all(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "MERGED_CHARACTERS", 200)
    ask_the_index(monkeypatch)
    async with open_database(postgres_url, model_modules()):
        signals = RecordedSignals()
        here, there = NewTexts(signals), NewTexts(signals)
        signals.subscribe(MERGE, there.receive)
        ada = await new_owner("ada")
        await fetch_all(MERGE_NEW)
        await here.look()
        await there.look()
        waiting = []
        for text in ("some words", "some more words", "word" * 50, "the last words", "word" * 50):
            await say(ada, text)
            await here.look()
            waiting.append(await count_waiting())
            await there.look()
        assert waiting == [1, 2, 0, 1, 0]
        assert signals.sent == [MERGE, MERGE]  # by the first alone
        assert await found(ada, "more words") == ["some more words"]


async def test_texts_that_another_server_adds_count_as_if_they_were_as_long_as_its_own(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "MERGED_CHARACTERS", 200)
    async with open_database(postgres_url, model_modules()):
        new_texts, ada = NewTexts(NoSignals()), await new_owner("ada")
        await say(ada, "the first")
        await fetch_all(MERGE_NEW)
        await new_texts.look()
        await say(ada, "x" * 35)  # 40 with the mark and spaces
        for _ in range(3):
            await fetch_all("SELECT nextval('search_texts_id_seq')")
        await new_texts.look()
        assert await count_waiting() > 0
        await fetch_all("SELECT nextval('search_texts_id_seq')")
        await new_texts.look()
        assert await count_waiting() == 0


async def test_new_texts_are_counted_until_they_are_merged(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_index, "MERGED_CHARACTERS", 100)
    async with open_database(postgres_url, model_modules()):
        new_texts, ada = NewTexts(NoSignals()), await new_owner("ada")
        await new_texts.look()
        await say(ada, "word" * 50)
        with monkeypatch.context() as patched:
            patched.setattr(search_index, "MERGE_NEW", "SELECT unknown")
            with pytest.raises(OperationalError):
                await new_texts.look()
        assert await count_waiting() > 0
        await new_texts.look()
        assert await count_waiting() == 0


async def test_long_texts_of_an_earlier_version_are_taken_over_in_several_statements_and_merged(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "JOINED_CHARACTERS", 100)
    monkeypatch.setattr(search_index, "MERGED_JOINED_CHARACTERS", 200)
    async with open_database(postgres_url, model_modules()):
        ada = await new_owner("ada")
        texts = ["some words", "the next words", "word " * 20, "word " * 30, "the last words"]
        await say(ada, *texts)
        stored = await SearchText.all().order_by("message_id").values_list("folded", flat=True)
        separators = f"[{SPACE}{SEPARATORS}]"
        await execute("UPDATE search_texts SET folded = regexp_replace(folded, $1, $2, $3)", separators, " ", "g")
        statements = list[str]()
        for name in ("execute", "fetch_all"):
            monkeypatch.setattr(search_index, name, recorded(getattr(search_index, name), statements))
        await SearchBackfill().run()
        assert [one for one in statements if one in (JOIN_WORDS, MERGE_NEW)] == [
            JOIN_WORDS, JOIN_WORDS, MERGE_NEW, JOIN_WORDS
        ]  # fmt: skip
        assert await SearchText.all().order_by("message_id").values_list("folded", flat=True) == stored


def recorded(run: Callable[..., Awaitable[Any]], statements: list[str]) -> Callable[..., Awaitable[Any]]:
    """Return the function of statements. It also lists those that it runs."""

    def run_recorded(sql: str, *args: Any) -> Awaitable[Any]:
        statements.append(sql)
        return run(sql, *args)

    return run_recorded


async def test_another_than_the_owner_leaves_what_waits(postgres_url: str) -> None:
    async with open_database(postgres_url, model_modules()):
        assert len(await fetch_all(MERGE_NEW)) == 1
        async with transaction():
            await execute("SET LOCAL ROLE pg_monitor")
            assert await fetch_all(MERGE_NEW) == []


async def test_messages_are_put_in_chunk_by_chunk(ada: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_index, "SELECT_CHUNK_END", SELECT_CHUNK_END.replace(str(CHUNK_ROWS), "2"))
    await say(ada, *["word"] * 5)
    await SearchText.all().delete()
    assert await SearchBackfill().run() == 5
    assert len(await found(ada, "word")) == 5


def test_a_users_mark_is_what_the_rows_of_earlier_versions_hold() -> None:
    assert search_index.owner_mark("usr_01m8j5f1vrf96a07qh8mt6vc59") == "\U00024f43\U00021fc6\U0002519f"


async def test_servers_lock_the_texts_that_they_take_over_in_one_order(postgres_url: str) -> None:
    async with open_database(postgres_url, model_modules()):
        ids = await say(await new_owner("ada"), *["some words"] * 3)
        for message_id in reversed(ids):  # so the table has them the other way round
            await execute("UPDATE search_texts SET folded = left(folded, 3) || ' a ' WHERE message_id = $1", message_id)
        await execute("ANALYZE search_texts")
        lock = "SELECT 1 FROM search_texts WHERE message_id = $1 FOR UPDATE SKIP LOCKED"
        async with asyncio.timeout(10), transaction():
            await fetch_all(lock, ids[0])
            taking_over = asyncio.get_running_loop().create_task(SearchBackfill().run(), context=contextvars.Context())
            while not await fetch_all("SELECT 1 FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0)
            assert len(await fetch_all(lock, ids[-1])) == 1
        await asyncio.wait_for(taking_over, 10)
        assert await fetch_all("SELECT 1 FROM search_texts WHERE folded LIKE $1", "% %") == []
