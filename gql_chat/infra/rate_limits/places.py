"""Limits per place: an IPv4 address, or the /64, the /56 and the /48 of an IPv6 address at the same time.

A client with an IPv6 prefix can use a new /64 for every request. A larger network has a larger limit, because it may
also be many households, and is checked first, so that a refused request leaves no bucket for its /64.
"""

from gql_chat.infra.net.addresses import sites_of
from gql_chat.infra.rate_limits.limiter import Limit, Rate, RateLimiter

# By the number of networks that an address belongs to, the largest first.
FACTORS = {1: (1,), 3: (16, 4, 1)}


def place_rates(limiter: RateLimiter, kind: str, ip: str | None, limit: Limit) -> list[Rate]:
    """Return the rates that an event from this address counts against. `limit` is the smallest network's.

    All are multiplied by the limiter's `place_factor`.
    """
    sites = sites_of(ip)
    return [
        Rate(f"{kind}:{site}", limit.times(factor * limiter.place_factor))
        for site, factor in zip(sites, FACTORS[len(sites)], strict=True)
    ]
