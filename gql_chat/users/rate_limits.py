"""How often somebody may sign in, register and refresh: every limit of these, and what it protects.

An account is here the name that somebody signs in by, whether or not there is one, so that no limit tells which names
exist. A place is an IPv4 address, or all of an IPv6 site's.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gql_chat.errors import RateLimited, Unauthenticated
from gql_chat.infra.net.addresses import site_of
from gql_chat.infra.rate_limits.limiter import Limit, Rate, RateLimiter, refund, require_rate, require_rates
from gql_chat.users.models import SignIn
from gql_chat.users.names import find_by_login, normalize_name

# A password from guesses: 970 a day. Good logins do not count, but those under way do.
WRONG_PASSWORDS_PER_ACCOUNT_AND_PLACE = Limit(10, per_seconds=900)

# A password from guesses that come from many places: 2,500 a day. Loose, and not for places from where this account
# was signed in to before: else whoever has places enough could lock its owner out.
WRONG_PASSWORDS_PER_ACCOUNT = Limit(100, per_seconds=3600)

# Many accounts from guesses at each, and bcrypt's time. Good logins count too: a whole office may come in the morning.
LOGINS_PER_PLACE = Limit(100, per_seconds=600)

# The table of users from being filled, and names from being tried out. A classroom registers behind one address.
REGISTRATIONS_PER_PLACE = Limit(60, per_seconds=3600)

# The database from a client that refreshes in a loop; each of many tabs refreshes when it is opened.
REFRESHES_PER_SIGN_IN = Limit(30, per_seconds=60)

# The same from many clients, and the reading of made-up tokens, which cannot be guessed anyway.
REFRESHES_PER_PLACE = Limit(600, per_seconds=60)


@asynccontextmanager
async def counting_wrong_passwords(login_name: str, ip: str | None, *, limiter: RateLimiter) -> AsyncIterator[None]:
    """For the block that checks a password; it was wrong if this ends with Unauthenticated. Raises RateLimited."""
    guesses = await _take_guess(login_name, site_of(ip), limiter)
    is_wrong = False
    try:
        yield
    except Unauthenticated:
        is_wrong = True
        raise
    finally:
        if not is_wrong:
            await refund(limiter, guesses)


async def require_registration_rate(ip: str | None, *, limiter: RateLimiter) -> None:
    """Count a registration. Raises RateLimited."""
    await require_rate(limiter, f"registrations:{site_of(ip)}", REGISTRATIONS_PER_PLACE)


async def require_refresh_rate_of_place(ip: str | None, *, limiter: RateLimiter) -> None:
    """Count a refresh, whatever the token. Raises RateLimited."""
    await require_rate(limiter, f"refreshes:{site_of(ip)}", REFRESHES_PER_PLACE)


async def require_refresh_rate_of_sign_in(sign_in_id: str, *, limiter: RateLimiter) -> None:
    """Count a refresh by one of our tokens. Raises RateLimited."""
    await require_rate(limiter, f"refreshes:{sign_in_id}", REFRESHES_PER_SIGN_IN)


async def _take_guess(login_name: str, place: str, limiter: RateLimiter) -> list[Rate]:
    """What to refund if it is not a wrong one."""
    # Hashed, because names can be long and are nobody's business in a shared store.
    account = hashlib.sha256(normalize_name(login_name.strip()).encode()).hexdigest()
    here = Rate(f"wrong passwords:{account}:{place}", WRONG_PASSWORDS_PER_ACCOUNT_AND_PLACE)
    anywhere = Rate(f"wrong passwords:{account}", WRONG_PASSWORDS_PER_ACCOUNT)
    at_all = Rate(f"logins:{place}", LOGINS_PER_PLACE)
    await require_rates(limiter, [at_all, here])
    try:
        await require_rate(limiter, *anywhere)
    except RateLimited:
        if not await _has_signed_in_from(place, login_name):
            await refund(limiter, [at_all, here])
            raise
        return [here]
    return [here, anywhere]


async def _has_signed_in_from(place: str, login_name: str) -> bool:
    user = await find_by_login(login_name)
    # For an account that does not exist the same queries are done: they take the same time.
    ips = await SignIn.filter(user_id=user.id if user else "").distinct().values_list("client_ip", flat=True)
    return any(site_of(str(ip)) == place for ip in ips)
