"""Verification codes: sent by email, checked, and used to reset a password."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import argument, field

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import PASSWORD_COST
from gql_chat.api.engine.fields.inputs import Input
from gql_chat.api.engine.fields.permissions import Anyone, mutation
from gql_chat.errors import CodeInvalid
from gql_chat.users.email_changes import revert_email_change
from gql_chat.users.models import CodePurpose, Scope
from gql_chat.users.passwords.password_changes import reset_password
from gql_chat.users.registration import require_open


@strawberry.type(description="The result of `sendVerificationCode`. It is the same whether or not the account exists.")
class VerificationCodePayload:
    sent: bool = field(description="Always true: a code is on its way if there is an account or address to send it to.")
    expires_at: datetime = field(description="When the code expires, 10 minutes after it was requested.")


@strawberry.input(description="Parameters for `sendVerificationCode`.")
class SendVerificationCodeInput:
    login: str = field(
        description="The email address to register or change to. For PASSWORD_RESET, the username or email address."
    )
    purpose: CodePurpose = field(description="The purpose that the code can be used for.")


@strawberry.input(description="Parameters for `verifyCode`.")
class VerifyCodeInput:
    login: str = field(description="The login that the code was requested for.")
    code: str = field(description="The six-digit code.")
    purpose: CodePurpose = field(description="The purpose that the code was requested for.")


@strawberry.input(description="Parameters for `resetPassword`.")
class ResetPasswordInput:
    login: str = field(description="The login that the code was requested for.")
    code: str = field(description="The six-digit code for PASSWORD_RESET.")
    new_password: str = field(description="The new password: at least 8 characters and at most 72 bytes in UTF-8.")


@strawberry.type
class CodeMutations:
    @mutation(
        "Send a six-digit code by email; it replaces earlier codes for the same purpose. Needs no sign-in, except for "
        "EMAIL_CHANGE, which needs the scope ACCOUNT. Errors: BAD_USER_INPUT, FORBIDDEN if registration is closed, "
        "UNAUTHENTICATED, RATE_LIMITED: one code a minute and five an hour.",
        Anyone(),
    )
    async def send_verification_code(
        self, info: Info, input: Input[SendVerificationCodeInput]
    ) -> VerificationCodePayload:
        services = info.context.services
        if input.purpose is CodePurpose.REGISTER:
            require_open(services.registration)
        expires_at = await services.codes.send(
            input.login,
            input.purpose,
            client_ip=info.context.request.client_ip,
            user_id=_changing_user_id(info, input.purpose),
        )
        return VerificationCodePayload(sent=True, expires_at=expires_at)

    @mutation(
        "Check whether a code is correct without using it up. After five wrong guesses the code is void. Needs no "
        "sign-in, except for EMAIL_CHANGE. Errors: BAD_USER_INPUT, UNAUTHENTICATED, RATE_LIMITED.",
        Anyone(),
    )
    async def verify_code(self, info: Info, input: Input[VerifyCodeInput]) -> bool:
        try:
            await info.context.services.codes.check(
                input.login,
                input.purpose,
                input.code,
                client_ip=info.context.request.client_ip,
                user_id=_changing_user_id(info, input.purpose),
            )
        except CodeInvalid:
            return False
        return True

    @mutation(
        "Set a new password with a verification code. Ends all sign-ins and revokes all personal access tokens of the "
        "account, and emails the user about it. Needs no sign-in. Errors: BAD_USER_INPUT, CODE_INVALID, RATE_LIMITED.",
        Anyone(),
        cost=PASSWORD_COST,
    )
    async def reset_password(self, info: Info, input: Input[ResetPasswordInput]) -> bool:
        services = info.context.services
        await reset_password(
            input.login,
            input.code,
            input.new_password,
            client_ip=info.context.request.client_ip,
            codes=services.codes,
            passwords=services.passwords,
            sign_outs=services.sign_outs,
            outbox=services.outbox,
        )
        return True

    @mutation(
        "Undo a change of an account's email address, with the code that was emailed to the old address; it is valid "
        "for 72 hours. Restores the old address, ends all sign-ins and revokes all personal access tokens of the "
        "account. Its password no longer works: reset it by a code for PASSWORD_RESET. Needs no sign-in. Errors: "
        "CODE_INVALID, RATE_LIMITED.",
        Anyone(),
    )
    async def revert_email_change(
        self, info: Info, code: Annotated[str, argument(description="The code from the email to the old address.")]
    ) -> bool:
        services = info.context.services
        await revert_email_change(
            code,
            client_ip=info.context.request.client_ip,
            passwords=services.passwords,
            sign_outs=services.sign_outs,
            limiter=services.limiter,
            outbox=services.outbox,
        )
        return True


def _changing_user_id(info: Info, purpose: CodePurpose) -> str | None:
    """Return the id of the user whose address is to change. Raise Unauthenticated or Forbidden if there is none."""
    if purpose is not CodePurpose.EMAIL_CHANGE:
        return None
    info.context.require_scope(frozenset([Scope.ACCOUNT]))
    return info.context.user_id
