"""The end of an account, with everything it owns: here, because replies may be being written for it."""

from gql_chat.chats.sessions import delete_sessions_of
from gql_chat.infra.db.database import transaction
from gql_chat.infra.rate_limits.limiter import RateLimiter
from gql_chat.keys.sharing import hand_over_shared_keys
from gql_chat.users.accounts import get_user
from gql_chat.users.administration import require_another_admin
from gql_chat.users.credentials import lock_holder
from gql_chat.users.models import User, VerificationCode
from gql_chat.users.password_change import OwnPassword, require_own_password
from gql_chat.users.passwords import Passwords
from gql_chat.users.sign_outs import SignOut, SignOuts
from gql_chat.users.viewer import Viewer
from gql_chat.workflows.service import Generation
from gql_chat.workflows.watching import stop_replies


async def delete_account(
    viewer: Viewer,
    password: OwnPassword,
    *,
    generation: Generation,
    passwords: Passwords,
    sign_outs: SignOuts,
    limiter: RateLimiter,
) -> None:
    """Stop what is being written for the account, then delete it and all it owns, or nothing.

    Raises BadUserInput for a wrong password, RateLimited, and Conflict for the last active admin.
    """
    user = await get_user(viewer.user_id)
    await require_own_password(user, password, passwords=passwords, limiter=limiter)
    async with transaction():
        await require_another_admin(user.id)  # before replies are stopped for nothing
    await stop_replies(user.id, None, generation=generation)
    await erase_account(user, viewer)
    sign_outs.announce(SignOut(user.id))


async def erase_account(user: User, viewer: Viewer | None = None) -> None:
    """Delete the account and all it owns, or nothing; `viewer` is whose sign-in must still be good, if anybody's.

    What is being written for it ends when its writer finds no row any more, live connections when they are next looked
    at. Raises Conflict for the last active admin, Unauthenticated.
    """
    async with transaction():
        # First the sessions, then the user, as a send locks them: each would wait for the other otherwise. Nothing is
        # recorded, because nobody is left to be told.
        await delete_sessions_of(user.id)
        await require_another_admin(user.id)
        if viewer is not None:
            await lock_holder(viewer, exclusive=True)
        await hand_over_shared_keys(user.id)
        await VerificationCode.filter(login_folded__in=[user.username_folded, user.email_folded]).delete()
        await User.filter(id=user.id).delete()  # all else goes with it by foreign keys
