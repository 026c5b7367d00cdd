"""Verification codes: sent to an e-mail address, checked, and used to reset a password."""

from datetime import datetime
from typing import Annotated

import strawberry

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.permissions import Anyone
from gql_chat.errors import CodeInvalid
from gql_chat.users.models import CodePurpose, Scope
from gql_chat.users.password_changes import reset_password
from gql_chat.users.registration import require_open


@strawberry.type(description="What is known of a code that was asked for: the same whether or not there is an account.")
class VerificationCodePayload:
    sent: bool = strawberry.field(description="True: if there is anybody to send a code to, it is on its way.")
    expires_at: datetime = strawberry.field(description="Until when a code is good.")


@strawberry.input(description="Who gets a code, and for what.")
class SendVerificationCodeInput:
    login: str = strawberry.field(
        description="The e-mail address to register or to change to; to reset a password, the username or address."
    )
    purpose: CodePurpose = strawberry.field(description="What the code is to be good for.")


@strawberry.input(description="A code to check.")
class VerifyCodeInput:
    login: str = strawberry.field(description="The login that the code was asked for.")
    code: str = strawberry.field(description="The six digits.")
    purpose: CodePurpose = strawberry.field(description="What it was asked for.")


@strawberry.input(description="A new password instead of a forgotten one.")
class ResetPasswordInput:
    login: str = strawberry.field(description="The login that the code was asked for.")
    code: str = strawberry.field(description="The six digits of a code for PASSWORD_RESET.")
    new_password: str = strawberry.field(description="At least 8 characters, at most 72 bytes.")


@strawberry.type
class CodeMutations:
    @strawberry.mutation(
        description="Send a code by e-mail, which replaces earlier ones. For EMAIL_CHANGE one has to be signed in.",
        extensions=[Anyone()],
    )
    async def send_verification_code(
        self,
        info: Info,
        input: Annotated[SendVerificationCodeInput, strawberry.argument(description="Who gets it, and for what.")],
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

    @strawberry.mutation(
        description="Whether a code is right; it stays good for one use. A wrong guess is one of five.",
        extensions=[Anyone()],
    )
    async def verify_code(
        self, info: Info, input: Annotated[VerifyCodeInput, strawberry.argument(description="The code.")]
    ) -> bool:
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

    @strawberry.mutation(
        description="Set a new password by a code. It ends every sign-in and personal access token of the account.",
        extensions=[Anyone()],
    )
    async def reset_password(
        self,
        info: Info,
        input: Annotated[ResetPasswordInput, strawberry.argument(description="The code and the password.")],
    ) -> bool:
        services = info.context.services
        await reset_password(
            input.login,
            input.code,
            input.new_password,
            client_ip=info.context.request.client_ip,
            codes=services.codes,
            passwords=services.passwords,
            sign_outs=services.sign_outs,
        )
        return True


def _changing_user_id(info: Info, purpose: CodePurpose) -> str | None:
    """Whose address is to change; raises Unauthenticated, Forbidden where it is nobody's to say."""
    if purpose is not CodePurpose.EMAIL_CHANGE:
        return None
    info.context.require_scope(frozenset([Scope.ACCOUNT]))
    return info.context.user_id
