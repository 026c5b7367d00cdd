import pytest

from bench.parts.extraction import Results, measure, render

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="the benchmark reads /proc")


async def test_the_same_document_is_read_in_three_ways() -> None:
    results = await measure(2, runs=2)
    assert (len(results.warm), len(results.cold), len(results.bare)) == (2, 2, 2)
    assert results.characters > 2 * 50 * 80
    assert results.peak_bytes > 10_000_000


def test_the_report_compares_with_reading_in_the_same_process() -> None:
    results = Results(36, characters=1000, warm=[0.2, 0.3, 9.0], cold=[0.6], bare=[0.2], peak_bytes=40_000_000)
    report = render(results)
    assert "| a PDF of 36 pages, 1,000 characters | ms |" in report
    assert "(as the server does) | 300 | 1.50 |" in report
    assert "(the first file after a start) | 600 | 3.00 |" in report
    assert "had a peak of 40 MB" in report
