"""Changing one's password, and asking for it again before what cannot be undone."""

from dataclasses import dataclass

from gql_chat.errors import BadUserInput
from gql_chat.infra import clock
from gql_chat.infra.db.database import transaction
from gql_chat.infra.rate_limits.limiter import Limit, Rate, RateLimiter, refund, require_rate
from gql_chat.users.accounts import get_user
from gql_chat.users.credentials import end_all, lock_holder
from gql_chat.users.models import User
from gql_chat.users.passwords import Passwords, require_good_password
from gql_chat.users.sign_ins import ClientInfo, SignIns, TokenPair
from gql_chat.users.sign_outs import SignOut, SignOuts
from gql_chat.users.viewer import Viewer

# So that a sign-in that was stolen does not serve to find the password.
WRONG_OWN_PASSWORDS = Limit(10, per_seconds=900)


@dataclass(frozen=True, slots=True)
class OwnPassword:
    """The password that the user says is theirs; `field` is the input that it came in."""

    text: str
    field: str


async def update_password(
    viewer: Viewer,
    current: OwnPassword,
    new_password: str,
    client: ClientInfo,
    *,
    passwords: Passwords,
    sign_ins: SignIns,
    sign_outs: SignOuts,
    limiter: RateLimiter,
) -> TokenPair:
    """Change the password, end every sign-in and personal access token, this one too, and open a new sign-in.

    Raises BadUserInput, RateLimited, Unauthenticated if the viewer's credential has ended meanwhile.
    """
    user = await get_user(viewer.user_id)
    require_good_password(new_password, username=user.username, field="new_password")
    await require_own_password(user, current, passwords=passwords, limiter=limiter)
    password_hash = await passwords.hash(new_password)
    async with transaction():
        user = await lock_holder(viewer)
        await end_all(user.id)
        user.password_hash, user.updated_at = password_hash, clock.now()
        await user.save(update_fields=["password_hash", "updated_at"])
        pair = await sign_ins.open(user, client)
    sign_outs.announce(SignOut(user.id))
    return pair


async def require_own_password(
    user: User, password: OwnPassword, *, passwords: Passwords, limiter: RateLimiter
) -> None:
    """Raise BadUserInput if the password is wrong, RateLimited after too many that were."""
    rate = Rate(f"own password:{user.id}", WRONG_OWN_PASSWORDS)
    await require_rate(limiter, *rate)
    if not await passwords.matches(password.text, user.password_hash):
        raise BadUserInput("This is not your password.", field=password.field)
    await refund(limiter, [rate])
