"""The benchmark of events and small queries runs, and compares the same bytes."""

from bench.parts.events import EVENTS, QUERIES, Load, measure, render


async def test_it_compares_strawberry_with_ours() -> None:
    results = await measure(Load(rounds=1, events=20, queries=5))
    assert len(results) == 2 * len(EVENTS) + len(QUERIES)
    assert all(cost > 0 for cost in results.values())
    assert "| an event of 6 scalars, ours (µs) |" in render(results)


async def test_both_sides_send_the_same() -> None:
    # json writes a space after each colon and comma: 2 + 6 colons and 5 commas an event, 2 colons a query
    stock, *ours = [await run(3) for run in EVENTS.values()]
    assert ours == [stock - 3 * 13] * 2
    *stocks, own = [await run(3) for run in QUERIES.values()]
    assert stocks == [own + 3 * 2] * 2
