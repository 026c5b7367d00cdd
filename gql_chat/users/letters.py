"""What our letters say, in English and in Chinese: plain text, and never a code in the subject, which servers log."""

from gql_chat.infra.mail.mailer import Email
from gql_chat.users.models import CodePurpose

_CODE = """\
Your code to {what} is {code}
It is good for {minutes} minutes and can be used once. If you did not ask for it, ignore this letter: nothing happens.

您用于{what_zh}的验证码是 {code}
{minutes} 分钟内有效，仅可使用一次。如非本人操作，请忽略本邮件。
"""
_TAKEN = """\
Somebody, perhaps you, wanted to use this address for an account, but it belongs to one already.
Sign in with it, or reset its password. If it was not you, ignore this letter: nothing happens.

有人（可能是您）想用此邮箱注册或绑定账号，但它已属于一个账号。
请直接登录，或重置密码。如非本人操作，请忽略本邮件。
"""
_PURPOSES = {
    CodePurpose.REGISTER: ("register", "注册账号"),
    CodePurpose.PASSWORD_RESET: ("reset your password", "重置密码"),
    CodePurpose.EMAIL_CHANGE: ("use this address for your account", "更换邮箱"),
}


def code_letter(to: str, purpose: CodePurpose, code: str, minutes: int) -> Email:
    """The letter that carries a code."""
    what, what_zh = _PURPOSES[purpose]
    return Email(to, "Your code / 验证码", _CODE.format(what=what, what_zh=what_zh, code=code, minutes=minutes))


def taken_letter(to: str) -> Email:
    """Instead of a code, for an address that an account has already: only its owner may learn that."""
    return Email(to, "Your account / 您的账号", _TAKEN)
