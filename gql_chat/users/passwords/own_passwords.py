"""The current password of a signed-in user, which the changes that decide over the account ask for."""

from dataclasses import dataclass

from gql_chat.errors import BadUserInput
from gql_chat.infra.rate_limits.limiter import Limit, Rate, RateLimiter, refund, require_rate
from gql_chat.users.models import User
from gql_chat.users.passwords.hashing import Passwords, change_of

# So that a stolen sign-in or token does not serve to find the password.
WRONG_OWN_PASSWORDS = Limit(10, per_seconds=900)


@dataclass(frozen=True, slots=True)
class OwnPassword:
    """The current password as the user gives it; None if the user gives none. `field` is the input that it came in."""

    text: str | None
    field: str


async def require_own_password(
    user: User, password: OwnPassword, *, passwords: Passwords, limiter: RateLimiter
) -> None:
    """Raise BadUserInput if the password is missing or wrong, RateLimited after too many wrong ones.

    Only a wrong password counts: not a right one, nor one that could not be checked.
    """
    if password.text is None:
        raise BadUserInput("This change needs your current password. Send it too.", field=password.field)
    rate = Rate(f"own password:{user.id}", WRONG_OWN_PASSWORDS)
    await require_rate(limiter, *rate)
    is_wrong = False
    try:
        is_wrong = not await passwords.matches(password.text, user.password_hash, change_of(user.id))
    finally:
        if not is_wrong:
            await refund(limiter, [rate])
    if is_wrong:
        raise BadUserInput("This is not your password.", field=password.field)
