"""What users change of their own account, up to its end."""

from typing import Annotated

import strawberry

from gql_chat.api.accounts import AuthPayload, User
from gql_chat.api.engine.context import Info
from gql_chat.api.engine.permissions import SignedIn
from gql_chat.api.engine.scalars import given
from gql_chat.users import profile
from gql_chat.users.models import Scope
from gql_chat.users.password_changes import OwnPassword, update_password
from gql_chat.workflows.deletion import delete_account


@strawberry.input(description="What to change of one's account; what is absent stays, and null clears.")
class UpdateProfileInput:
    username: str | None = strawberry.field(
        default=strawberry.UNSET, description="Another name to sign in with; it cannot be null."
    )
    email: str | None = strawberry.field(
        default=strawberry.UNSET, description="Another address, with the code that was sent there; it cannot be null."
    )
    email_code: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The code that `sendVerificationCode` with the purpose EMAIL_CHANGE sent to the new address.",
    )
    nickname: str | None = strawberry.field(
        default=strawberry.UNSET, description="What others see: 1 to 50 characters."
    )
    avatar_url: str | None = strawberry.field(
        default=strawberry.UNSET, description="An https address of a picture, at most 2,048 characters."
    )
    phone: str | None = strawberry.field(
        default=strawberry.UNSET, description="A number in E.164 form, such as +8613800138000."
    )


@strawberry.input(description="A change of password.")
class UpdatePasswordInput:
    current_password: str = strawberry.field(description="The one until now.")
    new_password: str = strawberry.field(description="At least 8 characters, at most 72 bytes.")


@strawberry.type
class ProfileMutations:
    @strawberry.mutation(
        description="Change one's own account: all of what is given, or nothing.",
        extensions=[SignedIn(Scope.ACCOUNT)],
    )
    async def update_profile(
        self, info: Info, input: Annotated[UpdateProfileInput, strawberry.argument(description="What to change.")]
    ) -> User:
        context = info.context
        changes = given(input)
        email_code = changes.pop("email_code", None)
        row = await profile.update_profile(
            context.require_viewer(),
            changes,
            email_code=email_code,
            codes=context.services.codes,
            client_ip=context.request.client_ip,
        )
        return User.of(row)

    @strawberry.mutation(
        description="Choose the persona of new sessions; null: the first of all.", extensions=[SignedIn(Scope.ACCOUNT)]
    )
    async def set_default_persona(
        self, info: Info, name: Annotated[str | None, strawberry.argument(description="Its name.")] = None
    ) -> User:
        if name is not None:
            info.context.services.personas.get(name)
        return User.of(await profile.set_default_persona(info.context.user_id, name))

    @strawberry.mutation(
        description="Change the password. Every sign-in, this one too, every personal access token and every live "
        "connection of the account end; the answer holds a new sign-in to go on with.",
        extensions=[SignedIn(Scope.ACCOUNT)],
    )
    async def update_password(
        self, info: Info, input: Annotated[UpdatePasswordInput, strawberry.argument(description="Both passwords.")]
    ) -> AuthPayload:
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
        )
        return AuthPayload.of(pair)

    @strawberry.mutation(
        description="Delete one's account for good, with all that it owns: sessions, messages, keys, files and tokens. "
        "Keys that groups share stay with another admin. The last active admin cannot.",
        extensions=[SignedIn(Scope.ACCOUNT)],
    )
    async def delete_account(
        self, info: Info, password: Annotated[str, strawberry.argument(description="The password, again.")]
    ) -> bool:
        services = info.context.services
        await delete_account(
            info.context.require_viewer(),
            OwnPassword(password, "password"),
            passwords=services.passwords,
            limiter=services.limiter,
            runner=services.runner,
            broker=services.broker,
            signals=services.signals,
            sign_outs=services.sign_outs,
        )
        return True
