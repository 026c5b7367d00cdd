"""Credentials, which are sign-ins and personal access tokens: find those that ended, end all, delete old rows."""

import json
from collections.abc import Collection
from datetime import timedelta

from gql_chat.errors import SignInEnded
from gql_chat.infra import clock
from gql_chat.infra.db.database import database_now, delete_in_batches, dialect, fetch_rows
from gql_chat.infra.db.quick import Quick
from gql_chat.users.models import AccessToken, SignIn, User, UserStatus
from gql_chat.users.viewer import Viewer

IDS_PER_QUERY = 500
QUICK_IDS = 50  # so many are looked up in the event loop

SELECT_VALID = """
SELECT sign_ins.id FROM sign_ins JOIN users ON users.id = sign_ins.user_id
WHERE sign_ins.id IN (SELECT value FROM {ids}) AND users.status = $2 AND sign_ins.revoked_at IS NULL
UNION ALL
SELECT access_tokens.id FROM access_tokens JOIN users ON users.id = access_tokens.user_id
WHERE access_tokens.id IN (SELECT value FROM {ids}) AND users.status = $2
"""
FROM_JSON = {"postgres": "jsonb_array_elements_text($1::jsonb) AS value", "sqlite": "json_each($1)"}

# So that a replay of an old refresh token is still recognized, and users see which of their tokens has just expired.
KEPT_AFTER_END = timedelta(days=30)


async def find_ended(viewers: Collection[Viewer]) -> set[str]:
    """Return the ids of the viewers' credentials that were revoked, or whose user was disabled or deleted.

    Every second they are those of all streams and sockets. So the ORM is left out.
    """
    ids = sorted({viewer.credential_id for viewer in viewers})
    kind = Quick if len(ids) <= QUICK_IDS else str
    select = kind(SELECT_VALID.format(ids=FROM_JSON[dialect()]))
    valid: set[str] = set()
    for start in range(0, len(ids), IDS_PER_QUERY):
        some = json.dumps(ids[start : start + IDS_PER_QUERY])
        valid.update(row[0] for row in await fetch_rows(select, some, UserStatus.ACTIVE))
    return set(ids) - valid


async def lock_account(viewer: Viewer, *, exclusive: bool = False) -> User:
    """Lock the viewer's account until the transaction ends, and return it (SQLite runs one transaction at a time).

    Only an exclusive lock also keeps out new rows that reference the account. Take it before the account is deleted or
    a unique column changes: PostgreSQL needs it then, and to strengthen a lock that is held already can deadlock.

    Raises Unauthenticated if the credential has ended in the meantime. Otherwise the holder of a stolen credential
    could, with enough parallel requests, create another or change the account after its owner has ended them all.
    """
    user = await User.filter(id=viewer.user_id).select_for_update(no_key=not exclusive).first()
    if user is None or await find_ended([viewer]):
        raise SignInEnded
    return user


async def end_all_credentials(user_id: str) -> None:
    """End every sign-in and personal access token of a user.

    Call it in a transaction that has locked the user, and announce `SignOut(user_id)` after the commit.
    """
    await SignIn.filter(user_id=user_id, revoked_at=None).update(revoked_at=clock.now())
    await AccessToken.filter(user_id=user_id).delete()


async def delete_expired() -> None:
    """Delete codes that expired, and sign-ins and personal access tokens that ended 30 days ago."""
    for table in ("verification_codes", "email_changes"):
        await delete_in_batches(table, "expires_at <= $1", await database_now())
    long_ago = clock.now() - KEPT_AFTER_END
    await delete_in_batches("sign_ins", "revoked_at <= $1 OR expires_at <= $1 OR ends_at <= $1", long_ago)
    await delete_in_batches("access_tokens", "expires_at <= $1", long_ago)
