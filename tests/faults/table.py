"""The results of all faults, as docs/faults.md shows them."""

from collections.abc import Mapping, Sequence

from bench.machine import describe
from tests.faults.audit import Report
from tests.faults.load import REPLIES, Page

COLUMNS = (
    "what happens", "replies", "completed", "interrupted", "failed", "wrong", "not kept", "pages", "came back",
    "silence here", "elsewhere",
)  # fmt: skip

PAGE = """# What survives what

Two servers on one PostgreSQL and one Redis write {replies} replies, half of them each, and every reply is watched
from both. Then one thing breaks. Afterwards an audit compares what is stored with what the model sent and with what
every page was shown. *Wrong* counts what it found: a reply that is lost, doubled, streaming for ever or asked of the
model twice, a call that is billed twice or never, text that the model did not send, text that a page elsewhere was
shown and that is not stored, a page that ends with another text than the database. It has to be 0, and `tests/faults`
holds it there.

{table}
*Interrupted* replies keep everything that any page at another server was shown, and `continueReply` goes on with
them. A server's own pages are told each piece at once, Redis every 20 ms: of a server that is killed they may have
been shown that much more than is kept, and are corrected. *Not kept* is the longest such text of one reply, in
characters; a piece has 10. A server that wakes after its lease shows its own pages what it has received meanwhile,
and then corrects them. *Failed* replies keep what the model had sent, with a typed error; every second call met the
model's fault. *Came back* are pages whose connection was lost and that resumed from their offset at the other server.
*Silence* is the longest time that any page was shown nothing, at the server that writes its reply and at the other
one: a piece comes every 40 ms. While PostgreSQL is away, what is sent is refused as UNAVAILABLE, and nothing is
stored of it.

The leases are of {lease:g} seconds, as by default: that long, and one heartbeat, a reply waits whose server has died
or sleeps. Written by `scripts/faults --write`. {machine}.

What can be lost: a reply whose server is killed while Redis is away too is kept up to its last snapshot, which is two
seconds old at most. If PostgreSQL goes away just while it commits a send, its answer is UNAVAILABLE although the
message may be stored; then its reply is INTERRUPTED, empty, and a repeat under the same idempotency key tells so.
"""


def page(reports: Mapping[str, Report], lease_seconds: float) -> str:
    """Return the whole page."""
    return PAGE.format(replies=REPLIES, table=table(reports), lease=lease_seconds, machine=describe())


def table(reports: Mapping[str, Report]) -> str:
    """Return the table, with a line for each fault."""
    head = f"| {' | '.join(COLUMNS)} |\n| --- |{' ---: |' * (len(COLUMNS) - 1)}\n"
    return head + "".join(_line(name, report) for name, report in reports.items())


def _line(name: str, report: Report) -> str:
    ended = [report.statuses[status] for status in ("COMPLETED", "INTERRUPTED", "FAILED")]
    came_back = sum(page.came_back > 0 for page in report.pages)
    local = [page for page in report.pages if report.is_local(page)]
    remote = [page for page in report.pages if not report.is_local(page)]
    cells = [len(report.replies), *ended, len(report.wrong), report.unkept, len(report.pages), came_back]
    return f"| {name} | {' | '.join(map(str, cells))} | {_silence(local)} | {_silence(remote)} |\n"


def _silence(pages: Sequence[Page]) -> str:
    return f"{max(page.longest_gap_seconds for page in pages):.1f} s"
