"""The results of all faults, as docs/faults.md shows them."""

from collections.abc import Mapping, Sequence

from bench.machine import describe
from tests.faults.audit import Report
from tests.faults.load import REPLIES, Page

COLUMNS = (
    "fault", "replies", "completed", "interrupted", "failed", "wrong", "not kept", "pages", "resumed",
    "silence, writing server", "silence, other server",
)  # fmt: skip

PAGE = """# Faults, and what survives them

Two servers on one PostgreSQL and one Redis write {replies} replies, half of them each. A page on either server watches
every reply. Then one thing breaks. Afterwards an audit compares the stored replies with the text that the model sent
and with the text that every page was shown. *Wrong* counts its findings:

- a reply that is lost, doubled, streaming for ever, or requested from the model twice
- a call that is billed twice or never
- text that the model did not send
- text that a page on the other server was shown and that is not stored
- a page that ends with another text than the database

It has to be 0, and `tests/faults` requires that.

{table}
- *Interrupted* replies keep everything that any page on the other server was shown, and `continueReply` continues them.
  *Another continues* is `GQL_CHAT_AFTER_CRASH=continue`, where another worker does so by itself.
- *Not kept* is the longest text of one reply, in characters, that pages on the writing server were shown and that is
  not stored. The writing server's own pages receive each piece of 10 characters at once, Redis receives them
  within 8 ms. So a killed server's pages may have been shown that much more, and are corrected. A server that wakes
  after its lease shows its own pages only what Redis has taken ([decision 40](decisions/0040-past-the-lease.md)).
- *Failed* replies keep the text that the model had sent, with a typed error. Every second call met the model's fault.
- *Resumed* are pages that lost their connection and continued from their offset on the other server. They connect
  again 0.1 s after the server has closed their connection.
- *Silence* is the longest time without new text on any page, on the server that writes its reply and on the other one.
  A piece comes every 40 ms.

A server that is asked to end sends its pages to the other server one by one, and writes its replies to their ends
([decisions 34](decisions/0034-draining.md) and [63](decisions/0063-clients-move-in-turn.md)). Another one takes its
place meanwhile. So nothing is cut, unless it is asked twice or `GQL_CHAT_DRAIN_SECONDS` are over.

While PostgreSQL is unavailable, full or read only, new messages are refused as UNAVAILABLE, and nothing is stored of
them. Replies go on and are stored afterwards, and a row that another transaction has locked delays its own reply only.
A disk that is full is the error 53100, raised by triggers. The leases have the default of {lease:g} seconds: a reply
whose server has died or sleeps waits for that long and one heartbeat.

Two things can be lost. If a server is killed while Redis is unavailable too, its replies are kept up to their last
snapshots, which are two seconds old at most. If PostgreSQL becomes unavailable just while it commits a send, the
answer is UNAVAILABLE although the message may be stored. Its reply is then INTERRUPTED and empty, and a repeat with the
same idempotency key returns it.

Written by `scripts/faults --write`. {machine}.
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
