"""To whom a verification code speaks: found with the same work whether or not there is anybody."""

from dataclasses import dataclass

from gql_chat.infra.db.database import fetch_all
from gql_chat.users.models import CodePurpose, UserStatus
from gql_chat.users.names import mailbox_of

# One row always comes back, and no model is made of it: that took 45 µs longer when there was an account.
_FIND = """
    SELECT users.id, users.username, users.email, users.email_folded, users.password_hash, users.status
    FROM (SELECT 1) AS always LEFT JOIN users ON users.{column} = $1
"""
_BY_EMAIL, _BY_USERNAME = _FIND.format(column="email_folded"), _FIND.format(column="username_folded")


@dataclass(frozen=True, slots=True)
class Holder:
    """The account that a login names; all fields are empty if there is none."""

    id: str
    username: str
    email: str
    email_folded: str
    password_hash: str
    status: str


async def find_holder(name: str) -> Holder:
    """By the folded username or e-mail address, which alone holds an @."""
    [row] = await fetch_all(_BY_EMAIL if "@" in name else _BY_USERNAME, name)
    return Holder(**{column: value or "" for column, value in row.items()})


def find_whom(purpose: CodePurpose, login: str, holder: Holder, user_id: str | None) -> str | None:
    """To whom a code speaks, None if to nobody. When it changes, the code is good no more.

    So a reset's code ends with the password, the address and the name that it was asked for, whoever has that next.
    """
    if purpose is CodePurpose.PASSWORD_RESET:
        whom = f"{holder.id} {holder.email_folded} {holder.password_hash}"
        return whom if holder.status == UserStatus.ACTIVE else None
    if holder.id not in ("", user_id):
        return None
    return f"{user_id or ''} {mailbox_of(login)}"
