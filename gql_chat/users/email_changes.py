"""Changes of an account's address that the holder of the old address can revert for 72 hours.

A stolen sign-in together with the password could otherwise take an account over for good: whoever has the address has
the account, by a password reset. A revert restores the old address and ends everything that was opened meanwhile. All
servers count the 72 hours, and order the changes, by the database's clock.
"""

import hashlib
import secrets
from datetime import timedelta
from functools import partial

from gql_chat.infra import clock
from gql_chat.infra.db.database import database_now, explaining_conflicts, transaction
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.infra.ids import new_id
from gql_chat.infra.mail.outbox import Outbox
from gql_chat.infra.rate_limits.limiter import Limit, RateLimiter, place_rates, require_rates
from gql_chat.users.codes import code_invalid
from gql_chat.users.credentials import end_all_credentials
from gql_chat.users.models import EmailChange, User
from gql_chat.users.names import require_free
from gql_chat.users.notices import REVERT_HOURS, make_email_reverted_email
from gql_chat.users.passwords.hashing import Passwords, sign_in_from
from gql_chat.users.sign_outs import SignOut, SignOuts

CODE_BYTES = 32

# Protects bcrypt's time and the database; 256 random bits cannot be guessed.
REVERTS_PER_PLACE = Limit(20, per_seconds=3600)


async def record_email_change(user: User) -> str:
    """Record the address that the account is about to lose, and return the code that reverts the change.

    Call it in the transaction of the change, which has locked the account.
    """
    code, now = secrets.token_urlsafe(CODE_BYTES), await database_now()
    await EmailChange.create(
        id=new_id("emc"),
        user_id=user.id,
        old_email=user.email,
        old_email_folded=user.email_folded,
        code_hash=_hash(code),
        created_at=now,
        expires_at=now + timedelta(hours=REVERT_HOURS),
    )
    return code


async def revert_email_change(
    code: str,
    *,
    client_ip: str | None,
    passwords: Passwords,
    sign_outs: SignOuts,
    limiter: RateLimiter,
    outbox: Outbox,
) -> None:
    """Restore the address that the account had, end every credential, and let no password sign in until it is reset.

    Codes of this change and of later ones end with it: they went to the addresses of whoever made the change. Raises
    CodeInvalid, RateLimited, Unavailable.
    """
    await require_rates(limiter, place_rates(limiter, "email reverts", client_ip, REVERTS_PER_PLACE))
    change = await EmailChange.get_or_none(code_hash=_hash(code.strip()), expires_at__gt=await database_now())
    if change is None:
        raise code_invalid("code")
    no_password = await passwords.hash(secrets.token_urlsafe(CODE_BYTES), sign_in_from(client_ip))
    async with explaining_conflicts(partial(require_free, None, change.old_email, except_id=change.user_id)):
        user = await _restore(change, no_password)
    sign_outs.announce(SignOut(user.id))
    outbox.enqueue(make_email_reverted_email(user.email, user.updated_at, client_ip))


@repeated_on_conflict
async def _restore(change: EmailChange, password_hash: str) -> User:
    async with transaction():
        user = await User.filter(id=change.user_id).select_for_update().first()
        ended = EmailChange.filter(user_id=change.user_id, created_at__gte=change.created_at)
        if user is None or not await EmailChange.exists(id=change.id):
            raise code_invalid("code")
        await ended.delete()
        await end_all_credentials(user.id)
        columns = {
            "email": change.old_email,
            "email_folded": change.old_email_folded,
            "password_hash": password_hash,
            "updated_at": clock.now(),
        }
        user.update_from_dict(columns)
        await user.save(update_fields=list(columns))
    return user


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
