"""Emails about changes that decide over an account, so that its owner notices those that somebody else made.

Plain text in English and Chinese. The subject never holds a code, because mail servers log it.
"""

from collections.abc import Sequence
from datetime import datetime

from gql_chat.infra.mail.mailer import Email

_SUBJECT = "Your account / 您的账号"
_WHEN = "Time: {at}\nNetwork address: {ip}"
_WHEN_ZH = "时间：{at}\n网络地址：{ip}"

_PASSWORD_SET = """\
The password of your account was {what}. All earlier sign-ins and personal access tokens have ended.
{when}
If it was not you, reset your password now by a code to this address.

您账号的密码已被{what_zh}，此前的所有登录和个人访问令牌均已失效。
{when_zh}
如非本人操作，请立即用此邮箱的验证码重置密码。
"""  # noqa: S105 - a text, not a password
_NEW_TOKEN = """\
A personal access token was created for your account: {name} ({scopes}).
{when}
If it was not you, change your password now: that revokes all tokens.

您的账号新建了一个个人访问令牌：{name}（{scopes}）。
{when_zh}
如非本人操作，请立即修改密码，所有令牌将随之失效。
"""  # noqa: S105
_USERNAME = """\
The username of your account was changed to {name}.
{when}
If it was not you, reset your password now by a code to this address, and change the username back.

您账号的用户名已改为 {name}。
{when_zh}
如非本人操作，请立即用此邮箱的验证码重置密码，并改回用户名。
"""
_EMAIL = """\
Your account has another email address from now on: this one no longer belongs to it.
{when}
If it was not you, undo the change within {hours} hours. Enter this code where your application offers to undo it, or
give it to the operators of this server (`revertEmailChange`). It ends every sign-in; then reset your password.
Code: {code}

您的账号已更换邮箱，此邮箱不再属于该账号。
{when_zh}
如非本人操作，请在 {hours} 小时内撤销：在应用中输入以下撤销码，或将其交给本服务器的管理员（`revertEmailChange`）。
撤销后所有登录均会失效，请随后重置密码。
撤销码：{code}
"""
_REVERTED = """\
The change of your account's email address was undone: this address belongs to it again. All sign-ins and personal
access tokens have ended, and the password no longer works. Reset it by a code to this address.
{when}

您账号的邮箱更换已撤销，此邮箱重新属于该账号。所有登录和个人访问令牌均已失效，原密码不再可用，请用此邮箱的验证码重置密码。
{when_zh}
"""

REVERT_HOURS = 72


def make_password_changed_email(to: str, at: datetime, client_ip: str | None) -> Email:
    """Return the email about a new password that was set with the old one."""
    return _make(to, _PASSWORD_SET, at, client_ip, what="changed", what_zh="修改")


def make_password_reset_email(to: str, at: datetime, client_ip: str | None) -> Email:
    """Return the email about a new password that was set with a code."""
    return _make(to, _PASSWORD_SET, at, client_ip, what="reset", what_zh="重置")


def make_new_token_email(to: str, name: str, scopes: Sequence[str], at: datetime, client_ip: str | None) -> Email:
    """Return the email about a new personal access token. It does not hold the token."""
    return _make(to, _NEW_TOKEN, at, client_ip, name=name, scopes=", ".join(scopes))


def make_username_changed_email(to: str, name: str, at: datetime, client_ip: str | None) -> Email:
    """Return the email about a new username."""
    return _make(to, _USERNAME, at, client_ip, name=name)


def make_email_changed_email(to: str, at: datetime, client_ip: str | None, code: str) -> Email:
    """Return the email to the old address of an account, with the code that reverts the change."""
    return _make(to, _EMAIL, at, client_ip, code=code, hours=str(REVERT_HOURS))


def make_email_reverted_email(to: str, at: datetime, client_ip: str | None) -> Email:
    """Return the email to the address that belongs to its account again."""
    return _make(to, _REVERTED, at, client_ip)


def _make(to: str, template: str, at: datetime, client_ip: str | None, **more: str) -> Email:
    facts = {"at": f"{at:%Y-%m-%d %H:%M} UTC", "ip": client_ip or "-"}
    text = template.format(when=_WHEN.format(**facts), when_zh=_WHEN_ZH.format(**facts), **more)
    return Email(to, _SUBJECT, text)
