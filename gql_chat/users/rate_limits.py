"""Rate limits of logins, registrations and refreshes, each with the reason for it.

An account counts by its id, whichever of its names is typed. A name without an account counts by its normalized form,
against the same limits, so that no limit reveals which names exist. A place is an IPv4 address, or the /64 of an IPv6
address. Larger IPv6 networks have larger limits of their own.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gql_chat.errors import RateLimited, Unauthenticated
from gql_chat.infra.net.addresses import site_of
from gql_chat.infra.rate_limits.limiter import (
    Limit,
    Rate,
    RateLimiter,
    place_rates,
    refund,
    require_rate,
    require_rates,
)
from gql_chat.users.models import SignIn, User
from gql_chat.users.names import normalize_name

# Protects a password from guesses: 970 a day. Successful logins do not count, but those in progress do.
WRONG_PASSWORDS_PER_ACCOUNT_AND_PLACE = Limit(10, per_seconds=900)

# Protects a password from guesses from many places: 2,500 a day. Loose, and not applied to places from which this
# account was signed in to before: otherwise an attacker with enough places could lock its owner out.
WRONG_PASSWORDS_PER_ACCOUNT = Limit(100, per_seconds=3600)

# Protects many accounts from a few guesses at each, and bcrypt's time. Successful logins count too. Admits a whole
# office in the morning.
LOGINS_PER_PLACE = Limit(100, per_seconds=600)

# Protects the table of users from being filled, and names from being probed. Admits a classroom behind one address.
REGISTRATIONS_PER_PLACE = Limit(60, per_seconds=3600)

# Protects the database from a client that refreshes in a loop. Admits many tabs, each of which refreshes when opened.
REFRESHES_PER_SIGN_IN = Limit(30, per_seconds=60)

# Protects the database from many such clients, and from reading invented tokens (which cannot be guessed anyway).
REFRESHES_PER_PLACE = Limit(600, per_seconds=60)


@asynccontextmanager
async def counting_wrong_passwords(
    user: User | None, login_name: str, ip: str | None, *, limiter: RateLimiter
) -> AsyncIterator[None]:
    """Count a login to the account that the name belongs to, if any. Raises RateLimited before the block.

    Only a block that ends with Unauthenticated is a guess: not one that could not check the password.
    """
    guesses = await _count_guess(user, login_name, ip, limiter)
    is_wrong = False
    try:
        yield
    except Unauthenticated:
        is_wrong = True
        raise
    finally:
        if not is_wrong:
            await refund(limiter, guesses)


async def _count_guess(user: User | None, login_name: str, ip: str | None, limiter: RateLimiter) -> list[Rate]:
    """Count a guess, and return what to refund if the password was right."""
    place = site_of(ip)
    # Hashed, because names can be long and are private in a shared store.
    account = hashlib.sha256((user.id if user else normalize_name(login_name.strip())).encode()).hexdigest()
    here = Rate(f"wrong passwords:{account}:{place}", WRONG_PASSWORDS_PER_ACCOUNT_AND_PLACE)
    anywhere = Rate(f"wrong passwords:{account}", WRONG_PASSWORDS_PER_ACCOUNT)
    by_place = place_rates(limiter, "logins", ip, LOGINS_PER_PLACE)
    await require_rates(limiter, [*by_place, here])
    try:
        await require_rate(limiter, *anywhere)
    except RateLimited:
        if not await _has_signed_in_from(place, user):
            await refund(limiter, [*by_place, here])
            raise
        return [here]
    return [here, anywhere]


async def _has_signed_in_from(place: str, user: User | None) -> bool:
    # Without an account the same query runs, so that it takes the same time.
    ips = await SignIn.filter(user_id=user.id if user else "").distinct().values_list("client_ip", flat=True)
    return any(site_of(str(ip)) == place for ip in ips)
