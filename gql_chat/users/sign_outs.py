"""Sign-outs: who has an open connection hears at once that the credential behind it has ended."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Self

from gql_chat.errors import TokenExpired, Unauthenticated
from gql_chat.infra import clock
from gql_chat.infra.redis.signals import SignalPayload, Signals
from gql_chat.users.viewer import Viewer

SIGN_OUT = "sign-out"  # the topic on which other workers hear of it


@dataclass(frozen=True, slots=True)
class SignOut:
    """Which credentials of a user ended: one of them, all sign-ins, or all."""

    user_id: str
    only: str | None = None
    sign_ins_only: bool = False

    def ends(self, viewer: Viewer) -> bool:
        """Whether it is this one's."""
        if viewer.user_id != self.user_id or (self.sign_ins_only and viewer.scopes is not None):
            return False
        return self.only in (None, viewer.credential_id)

    def as_words(self) -> SignalPayload:
        """For a signal to other workers."""
        return [self.user_id, self.only or "", "sign-ins" if self.sign_ins_only else ""]

    @classmethod
    def from_words(cls, words: SignalPayload) -> Self:
        """What such a signal says."""
        user_id, only, which = words
        return cls(user_id, only or None, sign_ins_only=which == "sign-ins")


class SignOuts:
    """Of one process: told by the verbs that end credentials, by signals of other workers, and by the database.

    `find_ended` looks there: which of these viewers' credentials were revoked, or belong to nobody who may sign in.
    """

    def __init__(
        self, find_ended: Callable[[Collection[Viewer]], Awaitable[Collection[str]]], signals: Signals
    ) -> None:
        self._find_ended = find_ended
        self._signals = signals
        self._waiting: dict[asyncio.Future[None], Viewer] = {}

    async def wait_for(self, viewer: Viewer) -> Unauthenticated:
        """Return when this viewer's credential has ended, with the error that says how."""
        ended = asyncio.get_running_loop().create_future()
        self._waiting[ended] = viewer
        try:
            async with asyncio.timeout(_seconds_left(viewer)):
                await ended
        except TimeoutError:
            return TokenExpired()
        finally:
            del self._waiting[ended]
        return Unauthenticated("This sign-in has ended; sign in again.")

    def announce(self, sign_out: SignOut) -> None:
        """To be called by the verb that ends credentials, after its commit, so that who comes back finds it done."""
        self._end(sign_out)
        self._signals.send(SIGN_OUT, sign_out.as_words())

    def hear(self, words: SignalPayload) -> None:
        """Another worker has announced it."""
        self._end(SignOut.from_words(words))

    async def sweep(self) -> None:
        """Hear what another process ended: a command, or another worker."""
        ended_ids = await self._find_ended(self._waiting.values()) if self._waiting else ()
        for ended, viewer in self._waiting.items():
            if viewer.credential_id in ended_ids and not ended.done():
                ended.set_result(None)

    def _end(self, sign_out: SignOut) -> None:
        for ended, viewer in self._waiting.items():
            if sign_out.ends(viewer) and not ended.done():
                ended.set_result(None)


def _seconds_left(viewer: Viewer) -> float | None:
    return None if viewer.expires_at is None else (viewer.expires_at - clock.now()).total_seconds()
