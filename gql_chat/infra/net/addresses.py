"""Internet addresses: one form for each, and which of them are one and the same place."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

IPV6_SITE_BITS = 64  # RFC 6177: the least that a site is given, so whoever has one address has 2^64 of them

Address = IPv4Address | IPv6Address


def parse_address(text: str) -> Address | None:
    """The address, without a zone, and as IPv4 where IPv6 only wraps it (RFC 4291, 2.5.5.2). None if it is not one."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def site_of(text: str | None) -> str:
    """What is limited as one place: an IPv4 address, or the /64 of an IPv6 address."""
    address = parse_address(text or "")
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, IPV6_SITE_BITS), strict=False))
    return str(address or text)
