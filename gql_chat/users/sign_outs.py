"""Sign-outs: who has an open connection hears at once that the credential behind it has ended."""

import asyncio
from dataclasses import dataclass

from gql_chat.errors import TokenExpired, Unauthenticated
from gql_chat.infra import clock
from gql_chat.users.credentials import find_ended
from gql_chat.users.sign_ins import Viewer


@dataclass(frozen=True, slots=True)
class SignOut:
    """Which credentials of a user ended: one, or all but one, or all."""

    user_id: str
    only: str | None = None
    but: str | None = None

    def ends(self, viewer: Viewer) -> bool:
        """Whether it is this one's."""
        if viewer.user_id != self.user_id or viewer.credential_id == self.but:
            return False
        return self.only is None or viewer.credential_id == self.only


class SignOuts:
    """Of one process: told by the verbs that end credentials, and by a look into the database for what others ended."""

    def __init__(self) -> None:
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
        """To be called when the change is committed, so that who comes back finds it done."""
        for ended, viewer in self._waiting.items():
            if sign_out.ends(viewer) and not ended.done():
                ended.set_result(None)

    async def sweep(self) -> None:
        """Hear what another process ended: a command, or another worker."""
        ended_ids = await find_ended(self._waiting.values()) if self._waiting else ()
        for ended, viewer in self._waiting.items():
            if viewer.credential_id in ended_ids and not ended.done():
                ended.set_result(None)


def _seconds_left(viewer: Viewer) -> float | None:
    return None if viewer.expires_at is None else (viewer.expires_at - clock.now()).total_seconds()
