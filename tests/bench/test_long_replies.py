"""The benchmark of long replies runs, and bounds what they cost: a second copy of the text is noticed here."""

import pytest

from bench.parts.long_replies import Load, measure_memory, measure_written, render

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="the benchmark chooses processors")


async def test_a_long_reply_writes_and_holds_a_few_times_its_text() -> None:
    written = await measure_written(Load(tokens=50_000, heartbeats=20))
    memory = await measure_memory(Load(tokens=50_000))

    assert [*written] == ["SQLite", "PostgreSQL"]
    assert all(one.in_all <= 4 for one in written.values())
    assert memory <= 4
    assert "log written while it grows" in render(written, memory)
