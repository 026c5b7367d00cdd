"""The mutations with which users change and delete their own account."""

from typing import Annotated

import strawberry
from strawberry import argument, field

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import PASSWORD_COST
from gql_chat.api.engine.fields.inputs import Input, optional, provided_fields
from gql_chat.api.engine.fields.permissions import SignedIn, mutation
from gql_chat.api.users.accounts import AuthPayload, User
from gql_chat.users import profile
from gql_chat.users.models import Scope
from gql_chat.users.passwords.own_passwords import OwnPassword
from gql_chat.users.passwords.password_changes import update_password
from gql_chat.workflows.deletion import delete_account


@strawberry.input(description="Parameters for `updateProfile`. Omitted fields keep their values; null clears a field.")
class UpdateProfileInput:
    username: str | None = optional("The new username: 3 to 50 letters, digits, `_`, `-` or `.`. Cannot be null.")
    email: str | None = optional("The new email address. Needs the `emailCode` that was sent to it. Cannot be null.")
    current_password: str | None = optional("Your current password. Needed to change the username or email address.")
    email_code: str | None = optional("The six-digit code for EMAIL_CHANGE that was sent to the new address.")
    nickname: str | None = optional("The new display name: 1 to 50 characters.")
    avatar_url: str | None = optional("The https URL of a picture, at most 2,048 characters.")
    phone: str | None = optional("The new phone number in E.164 format, such as +8613800138000.")


@strawberry.input(description="Parameters for `updatePassword`.")
class UpdatePasswordInput:
    current_password: str = field(description="Your current password.")
    new_password: str = field(description="The new password: at least 8 characters and at most 72 bytes in UTF-8.")


@strawberry.type
class ProfileMutations:
    @mutation(
        "Update your account, all or nothing. Another username or email address needs your current password. A code "
        "that is emailed to the old address can undo a change of the address for 72 hours: `revertEmailChange`. "
        "Errors: BAD_USER_INPUT, CODE_INVALID, RATE_LIMITED.",
        SignedIn(Scope.ACCOUNT),
    )
    async def update_profile(self, info: Info, input: Input[UpdateProfileInput]) -> User:
        context, services = info.context, info.context.services
        changes = provided_fields(input)
        email_code = changes.pop("email_code", None)
        row = await profile.update_profile(
            context.require_viewer(),
            changes,
            OwnPassword(changes.pop("current_password", None), "current_password"),
            email_code=email_code,
            client_ip=context.request.client_ip,
            codes=services.codes,
            passwords=services.passwords,
            limiter=services.limiter,
            outbox=services.outbox,
        )
        return User.of(row)

    @mutation("Set the persona that your new sessions start with. Errors: NOT_FOUND.", SignedIn(Scope.ACCOUNT))
    async def set_default_persona(
        self,
        info: Info,
        name: Annotated[
            str | None, argument(description="The persona's name. Null applies the server's default.")
        ] = None,
    ) -> User:
        if name is not None:
            info.context.services.personas.get(name)
        return User.of(await profile.set_default_persona(info.context.user_id, name))

    @mutation(
        "Change your password. Ends all your sign-ins, including this one, closes your connections and revokes your "
        "personal access tokens, and emails you about it; the result is a new sign-in. Errors: BAD_USER_INPUT, "
        "RATE_LIMITED.",
        SignedIn(Scope.ACCOUNT),
        cost=PASSWORD_COST,
    )
    async def update_password(self, info: Info, input: Input[UpdatePasswordInput]) -> AuthPayload:
        services = info.context.services
        pair = await update_password(
            info.context.require_viewer(),
            OwnPassword(input.current_password, "current_password"),
            input.new_password,
            info.context.client,
            passwords=services.passwords,
            sign_ins=services.sign_ins,
            sign_outs=services.sign_outs,
            limiter=services.limiter,
            outbox=services.outbox,
        )
        return AuthPayload.of(pair)

    @mutation(
        "Delete your account and everything that it owns for good: sessions, messages, keys, files and tokens. Keys "
        "that you shared with groups pass to another admin. Errors: BAD_USER_INPUT if the password is wrong, CONFLICT "
        "if you are the last active admin, RATE_LIMITED.",
        SignedIn(Scope.ACCOUNT),
        cost=PASSWORD_COST,
    )
    async def delete_account(
        self, info: Info, password: Annotated[str, argument(description="Your password, to confirm.")]
    ) -> bool:
        services = info.context.services
        await delete_account(
            info.context.require_viewer(),
            OwnPassword(password, "password"),
            passwords=services.passwords,
            limiter=services.limiter,
            running=services.running,
            sign_outs=services.sign_outs,
        )
        return True
