"""Resetting a forgotten password by a code that was mailed to the account's address."""

from gql_chat.infra import clock
from gql_chat.infra.db.database import transaction
from gql_chat.users.codes import Codes, code_invalid
from gql_chat.users.credentials import end_all
from gql_chat.users.models import CodePurpose, User, UserStatus
from gql_chat.users.passwords import Passwords, require_good_password
from gql_chat.users.sign_outs import SignOut, SignOuts


async def reset_password(
    login: str,
    code: str,
    new_password: str,
    *,
    client_ip: str | None,
    codes: Codes,
    passwords: Passwords,
    sign_outs: SignOuts,
) -> None:
    """Set a new password and end every sign-in and personal access token: somebody else may have made them.

    Raises BadUserInput, CodeInvalid, RateLimited. A password that breaks a rule does not use the code up.
    """
    # What can be said without the account is said first: it tells nothing, and costs no guess.
    require_good_password(new_password, username=login, field="new_password")
    right = await codes.check(login, CodePurpose.PASSWORD_RESET, code, client_ip=client_ip, field="code")
    account = right.holder
    require_good_password(new_password, username=account.username, field="new_password")
    password_hash = await passwords.hash(new_password)
    async with transaction():
        # As the code was made for it, and locked: since the check it may have changed, or been disabled.
        unchanged = {"password_hash": account.password_hash, "email_folded": account.email_folded}
        same = User.filter(id=account.id, status=UserStatus.ACTIVE, **unchanged)
        if not await same.update(password_hash=password_hash, updated_at=clock.now()):
            raise code_invalid("code")
        await right.use()
        await end_all(account.id)
    sign_outs.announce(SignOut(account.id))
