"""The audit after a fault: each reply ended once, with the text that the model sent, and all pages agree."""

from collections import Counter
from dataclasses import dataclass

from tests.faults.load import Load, Page

SELECT = """
SELECT said.text AS said, reply.id, reply.status, reply.text, reply.error_code, reply.worker_id, reply.lease_until,
    (SELECT count(*) FROM calls WHERE message_id = reply.id) AS calls,
    (SELECT count(*) FROM open_calls WHERE message_id = reply.id) AS open_calls
FROM messages AS said JOIN messages AS reply ON reply.parent_id = said.id
WHERE starts_with(said.text, $1)
"""


@dataclass(frozen=True)
class Reply:
    """A reply as it is stored."""

    said: str
    id: str
    status: str
    text: str
    error_code: str | None
    is_let_go: bool
    calls: int
    """Calls of this reply in the ledger."""
    open_calls: int


@dataclass(frozen=True)
class Report:
    """The findings of an audit. `wrong` must be empty."""

    replies: list[Reply]
    wrong: list[str]
    load: Load

    @property
    def pages(self) -> list[Page]:
        """All pages that watched."""
        return self.load.pages

    @property
    def statuses(self) -> Counter[str]:
        """The number of replies by final status."""
        return Counter(reply.status for reply in self.replies)

    @property
    def unkept(self) -> int:
        """The most characters of one reply that a page showed and that are not stored."""
        lengths = {reply.id: len(reply.text) for reply in self.replies}
        return max(max(0, len(page.was_shown) - lengths[page.reply_id]) for page in self.pages)

    def is_local(self, page: Page) -> bool:
        """Return whether the page began at the worker that writes its reply."""
        return page.began_at == self.load.writers[page.reply_id]


async def audit(load: Load) -> Report:
    """Compare everything stored with the model's and the pages' texts, once all pages have seen the end."""
    rows = await load.cluster.fetch(SELECT, load.prefix)
    replies = [
        Reply(
            row["said"], row["id"], row["status"], row["text"], row["error_code"],
            row["worker_id"] is None and row["lease_until"] is None, row["calls"], row["open_calls"],
        )
        for row in rows
    ]  # fmt: skip
    wrong = [*_lost(load, replies), *(fault for reply in replies for fault in _faults(load, reply))]
    return Report(replies, wrong, load)


def _lost(load: Load, replies: list[Reply]) -> list[str]:
    stored = Counter(reply.said for reply in replies)
    lost = [f"{said} is not stored" for said in load.said if not stored[said]]
    return lost + [f"{said} is stored {times} times" for said, times in stored.items() if times > 1]


def _faults(load: Load, reply: Reply) -> list[str]:
    calls = load.upstream.sent.get(reply.said, [])
    name, faults = reply.said, list[str]()
    if reply.status == "STREAMING" or not reply.is_let_go:
        faults.append(f"{name} is {reply.status} and has a writer still")
    times = 2 if load.writers.get(reply.id) == load.continued_writer else 1
    if len(calls) > times:
        faults.append(f"{name} was asked of the model {len(calls)} times")
    if (reply.calls, reply.open_calls) != (times, 0):
        faults.append(f"{name} has {reply.calls} calls in the ledger, and {reply.open_calls} open ones")
    sent = _sent(calls, reply.text)
    if not sent.startswith(reply.text):
        faults.append(f"{name} holds what the model did not send: {reply.text[-60:]!r}")
    if reply.status == "COMPLETED" and reply.text != sent:
        faults.append(f"{name} is COMPLETED and lacks {len(sent) - len(reply.text)} characters")
    pages = [page for page in load.pages if page.reply_id == reply.id]
    return faults + [fault for page in pages for fault in _faults_of_page(page, reply)]


def _sent(calls: list[str], stored: str) -> str:
    """Return the text that the model sent: by a call that was continued, as much as is stored before the other's."""
    if len(calls) != 2:
        return calls[-1] if calls else ""
    broken_off, rest = calls
    kept = stored.removesuffix(rest)
    return (kept if broken_off.startswith(kept) else broken_off) + rest


def _faults_of_page(page: Page, reply: Reply) -> list[str]:
    name, faults = reply.said, list[str]()
    if not page.was_shown.startswith(reply.text) and not reply.text.startswith(page.was_shown):
        faults.append(f"a page of {name} was shown another text")
    if len(page.was_shown) > len(reply.text) and not page.may_be_corrected:
        faults.append(f"{name} lost {len(page.was_shown) - len(reply.text)} characters that a page was shown")
    final = page.screen.final or {"text": None, "status": None}
    if (page.text, final["text"], final["status"]) != (reply.text, reply.text, reply.status):
        faults.append(f"a page of {name} shows {len(page.text)} of {len(reply.text)} characters")
    return faults
