"""What a run of the suite found, as a table."""

from collections.abc import Mapping, Sequence

from tests.faults.audit import Report
from tests.faults.load import Page

COLUMNS = (
    "fault", "replies", "completed", "interrupted", "failed", "wrong", "pages", "came back", "silence", "elsewhere",
)  # fmt: skip


def table(reports: Mapping[str, Report]) -> str:
    """A line for each fault."""
    head = f"| {' | '.join(COLUMNS)} |\n| --- |{' ---: |' * (len(COLUMNS) - 1)}\n"
    return head + "".join(_line(name, report) for name, report in reports.items())


def _line(name: str, report: Report) -> str:
    ended = [report.statuses[status] for status in ("COMPLETED", "INTERRUPTED", "FAILED")]
    came_back = sum(page.came_back > 0 for page in report.pages)
    local = [page for page in report.pages if report.is_local(page)]
    remote = [page for page in report.pages if not report.is_local(page)]
    cells = [len(report.replies), *ended, len(report.wrong), len(report.pages), came_back]
    return f"| {name} | {' | '.join(map(str, cells))} | {_silence(local)} | {_silence(remote)} |\n"


def _silence(pages: Sequence[Page]) -> str:
    return f"{max(page.longest_gap_seconds for page in pages):.1f} s"
