"""A load: replies being written by both workers, each watched from both, by pages that come back as clients do."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

import aiohttp

from tests.faults.cluster import Cluster
from tests.faults.upstream import Upstream
from tests.support.client import Client, GraphQLErrors, Screen

REPLIES = 40
SEEN_PIECES = 3  # that every page has been shown before anything happens
PATIENCE_SECONDS = 60.0  # on a machine that does other things as well
COME_BACK_SECONDS = 0.1
STREAMING = "SELECT id FROM messages WHERE status = 'STREAMING'"
LIVE_EVENTS, LIVE_SECONDS = 6, 0.6  # of snapshots there are at most three in that time

_numbers = count()


@dataclass(repr=False)
class Page:
    """A page that watches one reply at one worker, and at the other from its offset when the connection is lost."""

    clients: list[Client]
    reply_id: str
    at: int
    reads: asyncio.Event
    """Cleared while the page reads nothing from its socket."""
    screen: Screen = field(default_factory=Screen)
    was_shown: str = ""
    """The longest text that the page ever showed."""
    may_be_corrected: bool = False
    """Whether it may have shown text that is not kept."""
    came_back: int = 0
    events: deque[float] = field(default_factory=lambda: deque(maxlen=LIVE_EVENTS))
    """The times of the last events."""
    longest_gap_seconds: float = 0.0
    """The longest time between two events."""

    def __post_init__(self) -> None:
        self.began_at = self.at

    async def watch(self) -> None:
        """Watch until the end has been seen."""
        while self.screen.final is None:
            try:
                await self._follow(self.clients[self.at])
            except (aiohttp.ClientError, OSError, AssertionError, GraphQLErrors):
                # A socket that was hung up or refused; graphql-ws comes back by itself.
                await asyncio.sleep(COME_BACK_SECONDS)
                self.at = 1 - self.at
                self.came_back += 1

    async def _follow(self, client: Client) -> None:
        offset = len(self.screen.units.get("TEXT", b"")) // 2
        async for event in client.watch(self.reply_id, offset):
            await self.reads.wait()
            now = time.monotonic()
            if self.events:
                self.longest_gap_seconds = max(self.longest_gap_seconds, now - self.events[-1])
            self.events.append(now)
            self.screen.take(event)
            self.was_shown = max(self.was_shown, self.text, key=len)

    @property
    def text(self) -> str:
        """The text that the page shows."""
        return self.screen.text

    @property
    def is_over(self) -> bool:
        """Whether the page has seen the end."""
        return self.screen.final is not None

    @property
    def is_live(self) -> bool:
        """Whether events come token by token, not snapshot by snapshot."""
        return len(self.events) == LIVE_EVENTS and self.events[-1] - self.events[0] < LIVE_SECONDS


@dataclass(repr=False)
class Load:
    """Replies that have begun, and the pages that watch them."""

    cluster: Cluster
    upstream: Upstream
    prefix: str
    said: list[str] = field(default_factory=list)
    writers: dict[str, int] = field(default_factory=dict)
    """The number of the worker that writes a reply, by the reply's id."""
    pages: list[Page] = field(default_factory=list)
    continued_writer: int | None = None
    """The number of the worker that was killed, if another one continues its replies."""
    _watching: list[asyncio.Task[None]] = field(default_factory=list)

    async def begin(self, replies: int = REPLIES) -> None:
        """Send all, half of them to each worker, and return when every page has been shown something."""
        await asyncio.gather(*(self.send(number % 2) for number in range(replies)))
        for reply_id in self.writers:
            for at in range(2):
                self.watch(reply_id, at)
        await self.until(lambda page: page.is_over or page.text.count("🌍") >= SEEN_PIECES, self.pages)

    async def send(self, at: int, how: str = "") -> str:
        """Send a message to this worker and return the reply's id."""
        said = f"{self.prefix}{next(_numbers)}{how}"
        self.said.append(said)
        sent = await self.cluster.clients[at].send(said, idempotencyKey=said)
        reply_id = str(sent["reply"]["id"])
        self.writers[reply_id] = at
        return reply_id

    def pages_of(self, writer: int, *, at: int) -> list[Page]:
        """Return the pages at one worker of the replies that the other, or the same, writes."""
        return [page for page in self.pages if page.at == at and self.writers[page.reply_id] == writer]

    @property
    def remote_pages(self) -> list[Page]:
        """The pages at a worker that does not write their reply."""
        return [*self.pages_of(0, at=1), *self.pages_of(1, at=0)]

    def watch(self, reply_id: str, at: int) -> Page:
        """Watch a reply by one more page."""
        page = Page(self.cluster.clients, reply_id, at, asyncio.Event())
        page.reads.set()
        self.pages.append(page)
        self._watching.append(asyncio.create_task(page.watch()))
        return page

    async def end(self) -> None:
        """Let the model end its replies, and return when every page has seen the end."""
        self.upstream.ending.set()
        await self.until(lambda page: page.is_over, self.pages)
        await asyncio.gather(*self._watching)

    async def close(self) -> None:
        """Stop watching, end all replies and recover the cluster, whether the load has ended or not.

        Raises AssertionError if a reply is still being written after that.
        """
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        self.upstream.ending.set()
        await self.cluster.recover()
        begun_at = time.monotonic()
        while streaming := await self.cluster.fetch(STREAMING):
            await asyncio.sleep(0.1)
            if time.monotonic() - begun_at > PATIENCE_SECONDS:
                raise AssertionError(f"{len(streaming)} replies do not end")

    async def until(self, condition: Callable[[Page], bool], pages: Sequence[Page]) -> float:
        """Wait until each page has met the condition, at whatever moment, and return the seconds that it took."""
        begun_at, waiting = time.monotonic(), list(pages)
        while waiting := [page for page in waiting if not condition(page)]:
            await asyncio.sleep(0.02)
            if time.monotonic() - begun_at > PATIENCE_SECONDS:
                raise AssertionError(f"{len(waiting)} of {len(pages)} pages waited in vain")
        return time.monotonic() - begun_at
