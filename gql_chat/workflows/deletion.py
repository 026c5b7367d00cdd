"""Deletion of messages, sessions and accounts: replies that are being written in them are stopped first."""

from collections.abc import Sequence

from gql_chat.chats import messages, removal, sessions
from gql_chat.chats.models import ChatSession
from gql_chat.infra.db.database import transaction
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.infra.rate_limits.limiter import RateLimiter
from gql_chat.keys.shared_keys import reassign_shared_keys
from gql_chat.users.administration import require_another_admin
from gql_chat.users.credentials import lock_account
from gql_chat.users.models import User, VerificationCode
from gql_chat.users.names import get_user
from gql_chat.users.passwords.hashing import Passwords
from gql_chat.users.passwords.own_passwords import OwnPassword, require_own_password
from gql_chat.users.sign_outs import SignOut, SignOuts
from gql_chat.users.viewer import Viewer
from gql_chat.workflows.watching import RunningReplies


async def delete_messages(user_id: str, session_id: str, *, running: RunningReplies) -> int:
    """Delete all messages of a session, which stays, and return their number. Raises NotFound."""
    await sessions.get_session(user_id, session_id)
    await running.stop_all(user_id, [session_id])
    count = await removal.delete_messages(user_id, session_id)
    running.forget(user_id)
    return count


async def delete_message(user_id: str, message_id: str, *, running: RunningReplies) -> ChatSession:
    """Delete a message with everything that follows it. Raises NotFound."""
    await running.stop_below(user_id, await messages.get_message(user_id, message_id))
    session = await removal.delete_message(user_id, message_id)
    running.forget(user_id)
    return session


async def delete_sessions(user_id: str, session_ids: Sequence[str], *, running: RunningReplies) -> list[str]:
    """Delete sessions with all that they hold, all or none. Raises NotFound."""
    for session_id in session_ids:
        await sessions.get_session(user_id, session_id)
    await running.stop_all(user_id, session_ids)
    deleted = await sessions.delete_sessions(user_id, session_ids)
    running.forget(user_id)
    return deleted


async def delete_all_sessions(user_id: str, *, running: RunningReplies) -> int:
    """Delete all sessions of the user and return their number."""
    await running.stop_all(user_id)
    try:
        return await sessions.delete_all_sessions(user_id)
    finally:  # some may be deleted when it fails
        running.forget(user_id)


async def delete_account(
    viewer: Viewer,
    password: OwnPassword,
    *,
    passwords: Passwords,
    limiter: RateLimiter,
    running: RunningReplies,
    sign_outs: SignOuts,
) -> None:
    """Delete the account and all that it owns: the sessions first, in batches, and then all else at once.

    Raises BadUserInput for a wrong password, RateLimited, and Conflict for the last active admin.
    """
    user = await get_user(viewer.user_id)
    await require_own_password(user, password, passwords=passwords, limiter=limiter)
    await _require_erasable(user, viewer)  # before replies are stopped for nothing
    await running.stop_all(user.id)
    try:
        await erase_account(user, viewer)
    finally:  # some may be deleted when it fails
        running.forget(user.id)
    sign_outs.announce(SignOut(user.id))


async def erase_account(user: User, viewer: Viewer | None = None) -> None:
    """Delete the account and all that it owns: the sessions first, in batches, and then all else at once.

    The sign-in of `viewer`, if given, must still be valid. If it ends early, the account stays, with fewer sessions.

    A reply that is still being written ends when its writer finds no row any more, a live connection when it is next
    checked. Raises Conflict for the last active admin, Unauthenticated.
    """
    await _require_erasable(user, viewer)
    await sessions.delete_all_sessions(user.id)
    await _erase(user, viewer)


@repeated_on_conflict
async def _erase(user: User, viewer: Viewer | None) -> None:
    async with transaction():
        # A session that was created meanwhile may deadlock with this, because a send locks it before the user.
        await _require_erasable(user, viewer)
        await reassign_shared_keys(user.id)
        await VerificationCode.filter(login_folded__in=[user.username_folded, user.email_folded]).delete()
        await User.filter(id=user.id).delete()  # all else is deleted by foreign keys


@repeated_on_conflict
async def _require_erasable(user: User, viewer: Viewer | None) -> None:
    async with transaction():
        await require_another_admin(user.id)
        if viewer is not None:
            await lock_account(viewer, exclusive=True)
