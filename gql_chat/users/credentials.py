"""Credentials, sign-ins and personal access tokens alike: which of them have ended, and the end of all of a user's."""

from collections.abc import Collection

from gql_chat.errors import Unauthenticated
from gql_chat.infra import clock
from gql_chat.users.models import AccessToken, SignIn, User, UserStatus
from gql_chat.users.viewer import Viewer

IDS_PER_QUERY = 500  # SQLite takes at most 32,766 variables, PostgreSQL 65,535


async def find_ended(viewers: Collection[Viewer]) -> set[str]:
    """The ids of those credentials that were revoked, or whose user was disabled or deleted."""
    ids = sorted({viewer.credential_id for viewer in viewers})
    good: set[str] = set()
    for start in range(0, len(ids), IDS_PER_QUERY):
        some = ids[start : start + IDS_PER_QUERY]
        active = {"id__in": some, "user__status": UserStatus.ACTIVE}
        good.update(await SignIn.filter(**active, revoked_at=None).values_list("id", flat=True))  # type: ignore[arg-type]
        good.update(await AccessToken.filter(**active).values_list("id", flat=True))  # type: ignore[arg-type]
    return set(ids) - good


async def lock_holder(viewer: Viewer, *, exclusive: bool = False) -> User:
    """Lock the viewer's account until the transaction ends, and return it (SQLite runs one transaction at a time).

    Only an exclusive lock also keeps out new rows that reference the account. Take it before the account is deleted or
    a unique column changes: PostgreSQL needs it then, and to strengthen a lock that is held already can deadlock.

    Raises Unauthenticated if the credential has ended in the meantime. Otherwise the holder of a stolen credential
    could, with enough parallel requests, create another or change the account after its owner has ended them all.
    """
    user = await User.filter(id=viewer.user_id).select_for_update(no_key=not exclusive).first()
    if user is None or await find_ended([viewer]):
        raise Unauthenticated("This sign-in has ended; sign in again.")
    return user


async def end_all(user_id: str) -> None:
    """End every sign-in and personal access token of a user.

    To be called in a transaction that has locked the user; afterwards its verb announces `SignOut(user_id)`.
    """
    await SignIn.filter(user_id=user_id, revoked_at=None).update(revoked_at=clock.now())
    await AccessToken.filter(user_id=user_id).delete()
