"""The benchmark of the LLM client: each way is measured, beside aiohttp alone."""

import pytest

from bench.parts import llm


async def test_every_way_of_asking_a_provider_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llm, "WARM_UP_REQUESTS", 1)
    figures = await llm.measure([{"role": "user", "content": "tokens=1"}], requests=2, rounds=2)
    assert {name: len(times) for name, times in figures.items()} == {
        "openai SDK, its objects": 2,
        "openai SDK, raw body": 2,
        "gql-chat's client": 2,
        "aiohttp alone": 2,
    }
    report = llm.render(figures, messages=1, requests=4)
    assert "| aiohttp alone | " in report
    assert "Medians of 2 rounds of 2 requests each" in report
