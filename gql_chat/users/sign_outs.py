"""Sign-outs: open connections learn at once that the credential behind them has ended."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gql_chat.errors import SignInEnded, TokenExpired, Unauthenticated
from gql_chat.infra import clock
from gql_chat.infra.signals import SignalPayload, Signals
from gql_chat.users.viewer import Viewer

SIGN_OUT = "sign-out"  # the topic of the signals between workers


@dataclass(frozen=True, slots=True)
class SignOut:
    """The credentials of a user that ended: a single one, all sign-ins, or all."""

    user_id: str
    only: str | None = None
    sign_ins_only: bool = False

    def ends(self, viewer: Viewer) -> bool:
        """Return whether the viewer's credential is among them."""
        if viewer.user_id != self.user_id or (self.sign_ins_only and viewer.scopes is not None):
            return False
        return self.only in (None, viewer.credential_id)


class SignOutWait:
    """A connection's wait for the end of its credential."""

    __slots__ = ("_notify", "_timer", "_waiting", "viewer")

    def __init__(self, viewer: Viewer, notify: Callable[[Unauthenticated], None], waiting: "set[SignOutWait]") -> None:
        self.viewer = viewer
        self._notify = notify
        self._waiting = waiting
        waiting.add(self)
        seconds_left = _seconds_left(viewer)
        self._timer: asyncio.TimerHandle | None = None
        if seconds_left is not None:
            self._timer = asyncio.get_running_loop().call_later(max(seconds_left, 0), self._end, TokenExpired)

    def cancel(self) -> None:
        """Notify nobody from now on."""
        self._waiting.discard(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None  # it holds this object

    def revoke(self) -> None:
        """End the wait: the credential was revoked, or its user has none any more."""
        self._end(SignInEnded)

    def _end(self, make_error: Callable[[], Unauthenticated]) -> None:
        self.cancel()
        self._notify(make_error())


class SignOuts:
    """The waiting connections of one process, notified by verbs, by other workers' signals and from the database.

    `find_ended` queries the database: which of these viewers' credentials were revoked, or have no active user.
    """

    def __init__(
        self, find_ended: Callable[[Collection[Viewer]], Awaitable[Collection[str]]], signals: Signals
    ) -> None:
        self._find_ended = find_ended
        self._signals = signals
        self._waiting: set[SignOutWait] = set()

    def call_when_ended(self, viewer: Viewer, notify: Callable[[Unauthenticated], None]) -> SignOutWait:
        """Call this once the viewer's credential has ended, with the error that says how, unless it is cancelled.

        It takes no task.
        """
        return SignOutWait(viewer, notify, self._waiting)

    @contextmanager
    def watch(self, viewer: Viewer) -> Iterator[asyncio.Future[Unauthenticated]]:
        """Yield a future that is done once the viewer's credential has ended. Its result is the error that says how."""
        ended: asyncio.Future[Unauthenticated] = asyncio.get_running_loop().create_future()

        def notify(error: Unauthenticated) -> None:
            if not ended.done():
                ended.set_result(error)

        waiting = self.call_when_ended(viewer, notify)
        try:
            yield ended
        finally:
            waiting.cancel()

    def announce(self, sign_out: SignOut) -> None:
        """Notify all workers. Call it after the commit, so that a client that reconnects finds the credential ended."""
        self._end(sign_out.ends)
        which = "sign-ins" if sign_out.sign_ins_only else ""
        self._signals.send(SIGN_OUT, [sign_out.user_id, sign_out.only or "", which])

    def receive(self, payload: SignalPayload) -> None:
        """Handle the signal of another worker."""
        user_id, only, which = payload
        self._end(SignOut(user_id, only or None, sign_ins_only=which == "sign-ins").ends)

    async def sweep(self) -> None:
        """Find in the database the credentials that another process ended: a command, or another worker."""
        ended_ids = await self._find_ended([one.viewer for one in self._waiting]) if self._waiting else ()
        self._end(lambda viewer: viewer.credential_id in ended_ids)

    def _end(self, has_ended: Callable[[Viewer], bool]) -> None:
        for waiting in [one for one in self._waiting if has_ended(one.viewer)]:
            waiting.revoke()


def _seconds_left(viewer: Viewer) -> float | None:
    return None if viewer.expires_at is None else (viewer.expires_at - clock.now()).total_seconds()
