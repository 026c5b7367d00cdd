"""Password changes: by the current password, or by a code that was mailed to the account's address."""

from datetime import datetime

from gql_chat.errors import GqlChatError
from gql_chat.infra import clock
from gql_chat.infra.db.database import transaction
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.infra.mail.outbox import Outbox
from gql_chat.infra.rate_limits.limiter import Limit, Rate, RateLimiter, refund, require_rate
from gql_chat.users.codes import Codes, RightCode, code_invalid
from gql_chat.users.credentials import end_all_credentials, lock_account
from gql_chat.users.models import CodePurpose, User, UserStatus
from gql_chat.users.names import get_user
from gql_chat.users.notices import make_password_changed_email, make_password_reset_email
from gql_chat.users.passwords.hashing import Passwords, change_of, sign_in_from
from gql_chat.users.passwords.own_passwords import OwnPassword, require_own_password
from gql_chat.users.passwords.rules import require_good_password
from gql_chat.users.sign_ins import ClientInfo, SignIns, TokenPair
from gql_chat.users.sign_outs import SignOut, SignOuts
from gql_chat.users.viewer import Viewer

# Protects bcrypt's time, which sign-ins share: each change takes two turns. Wrong passwords have a limit of their own.
PASSWORD_CHANGES = Limit(10, per_seconds=3600)


async def update_password(
    viewer: Viewer,
    current: OwnPassword,
    new_password: str,
    client: ClientInfo,
    *,
    passwords: Passwords,
    sign_ins: SignIns,
    sign_outs: SignOuts,
    limiter: RateLimiter,
    outbox: Outbox,
) -> TokenPair:
    """Change the password, end every sign-in and personal access token, this one too, and open a new sign-in.

    The account's address gets an email about it. Raises BadUserInput, RateLimited, Unauthenticated if the viewer's
    credential has ended meanwhile.
    """
    user = await get_user(viewer.user_id)
    await require_good_password(new_password, names=(user.username, user.email), field="new_password")
    rate = Rate(f"password changes:{user.id}", PASSWORD_CHANGES)
    await require_rate(limiter, *rate)
    try:
        await require_own_password(user, current, passwords=passwords, limiter=limiter)
    except GqlChatError:
        await refund(limiter, [rate])
        raise
    password_hash = await passwords.hash(new_password, change_of(user.id))
    user, pair = await _store(viewer, password_hash, client, sign_ins)
    sign_outs.announce(SignOut(user.id))
    outbox.enqueue(make_password_changed_email(user.email, user.updated_at, client.ip))
    return pair


async def reset_password(
    login: str,
    code: str,
    new_password: str,
    *,
    client_ip: str | None,
    codes: Codes,
    passwords: Passwords,
    sign_outs: SignOuts,
    outbox: Outbox,
) -> None:
    """Set a new password and end every sign-in and personal access token, which somebody else may have created.

    The account's address gets an email about it. A password that breaks a rule does not use the code up. Raises
    BadUserInput, CodeInvalid, RateLimited.
    """
    # First the check that needs no account: it reveals nothing, and costs no guess.
    await require_good_password(new_password, names=[login], field="new_password")
    right = await codes.check(login, CodePurpose.PASSWORD_RESET, code, client_ip=client_ip, field="code")
    account = right.account
    await require_good_password(new_password, names=(account.username, account.email), field="new_password")
    password_hash = await passwords.hash(new_password, sign_in_from(client_ip))
    now = clock.now()
    await _store_reset(right, password_hash, now)
    sign_outs.announce(SignOut(account.id))
    outbox.enqueue(make_password_reset_email(account.email, now, client_ip))


@repeated_on_conflict
async def _store(viewer: Viewer, password_hash: str, client: ClientInfo, sign_ins: SignIns) -> tuple[User, TokenPair]:
    async with transaction():
        user = await lock_account(viewer)
        await end_all_credentials(user.id)
        user.password_hash, user.updated_at = password_hash, clock.now()
        await user.save(update_fields=["password_hash", "updated_at"])
        return user, await sign_ins.open(user, client)


@repeated_on_conflict
async def _store_reset(right: RightCode, password_hash: str, now: datetime) -> None:
    account = right.account
    async with transaction():
        # The UPDATE locks the account, and checks it again: it may have changed, or been disabled, since the guess.
        unchanged = {"password_hash": account.password_hash, "email_folded": account.email_folded}
        same = User.filter(id=account.id, status=UserStatus.ACTIVE, **unchanged)
        if not await same.update(password_hash=password_hash, updated_at=now):
            raise code_invalid("code")
        await right.use()
        await end_all_credentials(account.id)
