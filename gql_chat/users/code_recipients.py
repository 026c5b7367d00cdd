"""Recipients of verification codes: found with the same work whether or not there is an account, and their emails."""

from dataclasses import dataclass

from gql_chat.infra.db.database import fetch_all
from gql_chat.infra.mail.mailer import Email
from gql_chat.users.models import CodePurpose, UserStatus
from gql_chat.users.names import mailbox_of

# One row always comes back, and no model is made of it, which would take longer when there is an account.
_FIND = """
    SELECT users.id, users.username, users.email, users.email_folded, users.password_hash, users.status
    FROM (SELECT 1) AS always LEFT JOIN users ON users.{column} = $1
"""
_BY_EMAIL, _BY_USERNAME = _FIND.format(column="email_folded"), _FIND.format(column="username_folded")

# Plain text in English and Chinese. The subject never holds a code, because mail servers log it.
_CODE = """\
Your code to {what} is {code}
It is valid for {minutes} minutes and can be used once. If you did not request it, ignore this email: nothing happens.

您用于{what_zh}的验证码是 {code}
{minutes} 分钟内有效，仅可使用一次。如非本人操作，请忽略本邮件。
"""
_TAKEN = """\
Somebody, perhaps you, tried to use this address for an account, but it already belongs to one.
Sign in with it, or reset its password. If it was not you, ignore this email: nothing happens.

有人（可能是您）想用此邮箱注册或绑定账号，但它已属于一个账号。
请直接登录，或重置密码。如非本人操作，请忽略本邮件。
"""
_PURPOSES = {
    CodePurpose.REGISTER: ("register", "注册账号"),
    CodePurpose.PASSWORD_RESET: ("reset your password", "重置密码"),
    CodePurpose.EMAIL_CHANGE: ("use this address for your account", "更换邮箱"),
}


@dataclass(frozen=True, slots=True)
class Account:
    """The account that a login names; all fields are empty if there is none."""

    id: str
    username: str
    email: str
    email_folded: str
    password_hash: str
    status: str


async def find_account(login: str) -> Account:
    """Find the account by its normalized username or email address. Only an address contains an @."""
    [row] = await fetch_all(_BY_EMAIL if "@" in login else _BY_USERNAME, login)
    return Account(**{column: value or "" for column, value in row.items()})


def find_recipient(purpose: CodePurpose, login: str, account: Account, user_id: str | None) -> str | None:
    """Return what identifies the recipient of a code, or None if nobody may get one.

    A code is bound to it: the code for a reset becomes invalid when the account's password or address changes, or when
    the name that it was requested for passes to another account.
    """
    if purpose is CodePurpose.PASSWORD_RESET:
        recipient = f"{account.id} {account.email_folded} {account.password_hash}"
        return recipient if account.status == UserStatus.ACTIVE else None
    return f"{user_id or ''} {mailbox_of(login)}" if account.id in ("", user_id) else None


def make_code_email(to: str, purpose: CodePurpose, code: str, minutes: int) -> Email:
    """Return the email that carries a code."""
    what, what_zh = _PURPOSES[purpose]
    return Email(to, "Your code / 验证码", _CODE.format(what=what, what_zh=what_zh, code=code, minutes=minutes))


def make_taken_email(to: str) -> Email:
    """Return the email sent instead of a code if an account has the address: only its owner may learn that."""
    return Email(to, "Your account / 您的账号", _TAKEN)
