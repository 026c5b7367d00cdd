"""The benchmark of a message's statements runs, and bounds them: a statement more is noticed here."""

import pytest

from bench.parts.messages import measure, render

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="the benchmark chooses processors")


async def test_a_message_takes_no_more_statements_than_it_has_to() -> None:
    counts = await measure(3, history=2)

    assert [*counts] == ["SQLite", "PostgreSQL"]
    for (before_model, in_all), of_one in zip([(12, 22), (4, 6)], counts.values(), strict=True):
        fewest = min(of_one, key=lambda one: one.in_all)  # without a heartbeat's between them
        assert fewest.before_model <= before_model, fewest.statements
        assert fewest.in_all <= in_all, fewest.statements
        assert fewest.wal_bytes > 0
    assert "statements before the model is called" in render(counts)


async def test_messages_of_several_clients_share_transactions_and_pages_on_sqlite() -> None:
    [alone, *_] = (await measure(1, history=2))["SQLite"]
    counts = await measure(3, history=2, clients=8)
    [together] = counts["SQLite"]

    assert together.pages.total() < alone.pages.total() / 2
    assert together.wal_bytes < alone.wal_bytes / 2
    assert together.in_all < alone.in_all - 2
    assert "before the model" not in render(counts)
    assert "pages of messages" in render(counts, show=True)
