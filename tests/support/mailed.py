"""The whole server with a real mail server, and the codes that arrive there."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from gql_chat.infra.mail.mailer import ConsoleMailer, Email
from gql_chat.infra.mail.outbox import Outbox
from tests.support.backing_services.mail_server import HOST, MailServer, run_mail_server
from tests.support.chat import Chat, run_chat
from tests.support.client import Client

INVALID = ("CODE_INVALID", "This code is wrong, used up or expired; ask for another.", "input.code")

SEND = """mutation ($login: String!, $purpose: CodePurpose! = PASSWORD_RESET) {
    sendVerificationCode(input: {login: $login, purpose: $purpose}) { sent expiresAt } }"""
VERIFY = """mutation ($login: String!, $code: String!, $purpose: CodePurpose! = PASSWORD_RESET) {
    verifyCode(input: {login: $login, code: $code, purpose: $purpose}) }"""
RESET = """mutation ($login: String!, $code: String!, $password: String!) {
    resetPassword(input: {login: $login, code: $code, newPassword: $password}) }"""
REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { user { username email } } }"
CODE_SUBJECT = "Your code / 验证码"
LOGIN = """mutation ($login: String!, $password: String!) {
    login(input: {login: $login, password: $password}) { user { id } } }"""


class Unsent(Outbox):
    """An outbox that keeps the emails and sends none."""

    def __init__(self) -> None:
        super().__init__(ConsoleMailer())
        self.emails: list[Email | None] = []

    def enqueue(self, email: Email | None) -> None:
        """Keep the email."""
        self.emails.append(email)


@dataclass
class MailedChat:
    """A server that sends its emails to a real mail server."""

    chat: Chat
    mail: MailServer

    @property
    def stranger(self) -> Client:
        """A client that is not signed in."""
        return self.chat.stranger

    async def ask(self, login: str, purpose: str = "PASSWORD_RESET", client: Client | None = None) -> str:
        """Ask for a code, wait for its email and return the code."""
        await (client or self.stranger).run(SEND, login=login, purpose=purpose)
        while str((email := await self.mail.next_email())["Subject"]) != CODE_SUBJECT:
            pass  # a notice of an earlier change
        return code_in(email)

    async def verify(
        self, login: str, code: str, purpose: str = "PASSWORD_RESET", client: Client | None = None
    ) -> bool:
        """Return whether the server accepts the code."""
        answer = await (client or self.stranger).run(VERIFY, login=login, code=code, purpose=purpose)
        return answer["verifyCode"] is True


def code_in(email: EmailMessage) -> str:
    """Return the six digits, which are in an email twice: once in each language."""
    codes = re.findall(r"\b[0-9]{6}\b", email.get_content())
    assert len(codes) == 2
    assert codes[0] == codes[1]
    return str(codes[0])


def wrong(code: str, number: int = 1) -> str:
    """Return a different code."""
    return f"{(int(code) + number) % 10**6:06}"


async def error_of(client: Client, query: str, **variables: Any) -> tuple[str, str, str | None]:
    """Return code, message and field of the only error, beside which there is no data."""
    response = await client.post(query, **variables)
    assert not any((response.get("data") or {}).values()), response
    [error] = response["errors"]
    return error["extensions"]["code"], error["message"], error["extensions"].get("field")


def mail_settings(port: int) -> dict[str, Any]:
    """Return settings of a server that sends its emails through this port."""
    return {
        "MAILER": "smtp",
        "MAIL_FROM": "chat@example.com",
        "SMTP_HOST": HOST,
        "SMTP_PORT": port,
        "SMTP_SECURITY": "none",
    }


@asynccontextmanager
async def run_mailed_chat(database_url: str, data_dir: Path, **more: Any) -> AsyncIterator[MailedChat]:
    """Run both servers until the block ends. `more` are settings without their prefix."""
    async with (
        run_mail_server(data_dir) as mail,
        run_chat(database_url, data_dir, **mail_settings(mail.port), **more) as chat,
    ):
        yield MailedChat(chat, mail)
