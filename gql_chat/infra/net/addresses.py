"""IP addresses: their normal form, and the networks that rate limits count as one client."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

IPV6_SITE_BITS = 64  # RFC 6177: the smallest prefix a site gets, so a client with one address has 2^64 of them
# RFC 6177: a home often gets a /56, and a company a /48, so one client has up to 2^16 sites. The largest first.
IPV6_NETWORK_BITS = (48, 56, IPV6_SITE_BITS)

Address = IPv4Address | IPv6Address


def parse_address(text: str) -> Address | None:
    """Parse the address without its zone, and an IPv4-mapped one (RFC 4291, 2.5.5.2) as IPv4. None if it is invalid."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def site_of(text: str | None) -> str:
    """Return the unit that rate limits count: an IPv4 address, or the /64 of an IPv6 address."""
    return sites_of(text)[-1]


@lru_cache(4096)
def sites_of(text: str | None) -> tuple[str, ...]:
    """Return the networks that an address belongs to: itself for IPv4, the /48, /56 and /64 for IPv6."""
    address = parse_address(text or "")
    if isinstance(address, IPv6Address):
        number = int(address)  # `IPv6Network` would parse it again for each, which takes twice as long
        return tuple(f"{IPv6Address(number >> 128 - bits << 128 - bits)}/{bits}" for bits in IPV6_NETWORK_BITS)
    return (str(address or text),)
