"""The guard against SSRF: users may make this server connect to public addresses only.

A URL's text is checked to report mistakes early; the guard is the check at the socket. It sees every address that a
name resolved to at the moment of connecting, so neither a name that points to an internal address nor one that changes
between two look-ups gets through.
"""

import re
import socket
from collections.abc import Collection, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from gql_chat.errors import BadUserInput
from gql_chat.infra.domains import encode_domain
from gql_chat.infra.net.destinations import DEFAULT_PORTS, Allowed, AllowedEndpoint, written_ports

_Address: TypeAlias = IPv4Address | IPv6Address

# Special addresses that Python calls global: protocol assignments (RFC 6890; 192.0.0.192 serves metadata), the 6to4
# relay (RFC 7526), and the address by which Azure's machines reach their host.
_RESERVED_V4 = tuple(IPv4Network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32"))

# The range that IANA has assigned to the public so far, without Teredo and 6to4, which wrap IPv4 addresses, and without
# the range for documentation.
# https://www.iana.org/assignments/ipv6-address-space
_PUBLIC_V6 = IPv6Network("2000::/3")
_RESERVED_V6 = tuple(IPv6Network(text) for text in ("2001::/32", "2002::/16", "3fff::/20"))

# A network without IPv4 reaches the IPv4 internet through this prefix (RFC 6052); the address inside is checked.
_NAT64 = IPv6Network("64:ff9b::/96")

_MAX_URL_LENGTH = 2048

# The one query that a provider wants, and that holds no secret.
# https://learn.microsoft.com/azure/ai-foundry/openai/reference
_QUERY = re.compile(r"api-version=[\w.-]{1,40}", re.ASCII)
_MAX_HOST_LENGTH = 253  # RFC 1035, 2.3.4, less the root's dot and a length octet


def is_allowed(
    address: str | _Address,
    allowed_networks: Collection[Allowed],
    port: int | None = None,
    ports: Sequence[range] = DEFAULT_PORTS,
) -> bool:
    """Return whether users may reach an IP address: it is public or in a network that the operator allows.

    A port must be among `ports`, unless the operator allows it of this address by itself.
    """
    parsed = _unwrapped(ip_address(address.split("%")[0]) if isinstance(address, str) else address)
    for allowed in allowed_networks:
        if isinstance(allowed, AllowedEndpoint) and allowed.port == port and _contains(allowed.host, parsed):
            return True
    if port is not None and not any(port in span for span in ports):
        return False
    if any(_contains(network, parsed) for network in allowed_networks):
        return True
    if not parsed.is_global or parsed.is_multicast:
        return False
    if isinstance(parsed, IPv4Address):
        return not any(parsed in network for network in _RESERVED_V4)
    return parsed in _PUBLIC_V6 and not any(parsed in network for network in _RESERVED_V6)


def is_listed(base_url: str, allowed_networks: Collection[Allowed]) -> bool:
    """Return whether the operator allows the address of a checked https base URL by its name or number."""
    parts = urlsplit(base_url)
    host, port = parts.hostname or "", parts.port or 443
    if AllowedEndpoint(host, port) in allowed_networks:
        return True
    return any(
        _contains(allowed.host if isinstance(allowed, AllowedEndpoint) else allowed, address)
        for address in _literal_addresses(host)
        for allowed in allowed_networks
        if not isinstance(allowed, AllowedEndpoint) or allowed.port == port
    )


def check_base_url(
    url: str, allowed_networks: Collection[Allowed], *, ports: Sequence[range] = DEFAULT_PORTS, field: str
) -> str:
    """Return the base URL in its normal form, without a trailing slash. Raises BadUserInput on `field`."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _normal_host(parts.hostname or "")
    except ValueError:  # also UnicodeError, from a host that IDNA cannot encode
        raise BadUserInput("The base URL is not a valid URL.", field=field) from None
    if fault := _fault_of(url, parts):
        raise BadUserInput(f"The base URL {fault}.", field=field)
    default_port = {"http": 80, "https": 443}[parts.scheme]
    if AllowedEndpoint(host, port or default_port) not in allowed_networks:
        _require_allowed(host, port or default_port, allowed_networks, ports, field)
    bracketed = f"[{host}]" if ":" in host else host
    written_port = "" if port in (None, default_port) else f":{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{bracketed}{written_port}{parts.path.rstrip('/')}{query}"


def _require_allowed(
    host: str, port: int, allowed_networks: Collection[Allowed], ports: Sequence[range], field: str
) -> None:
    addresses = _literal_addresses(host)
    if any(is_allowed(address, allowed_networks, port, ports) for address in addresses):
        return
    if any(not is_allowed(address, allowed_networks) for address in addresses):
        raise BadUserInput("The base URL's address is not allowed: it is not public.", field=field)
    if not any(port in span for span in ports):
        raise BadUserInput(f"The base URL's port is not allowed: use {written_ports(ports)}.", field=field)


def _contains(allowed: Allowed | str, address: _Address) -> bool:
    return isinstance(allowed, IPv4Network | IPv6Network) and address.version == allowed.version and address in allowed


def _unwrapped(address: _Address) -> _Address:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _fault_of(url: str, parts: SplitResult) -> str | None:
    if len(url) > _MAX_URL_LENGTH:
        return f"is longer than {_MAX_URL_LENGTH} characters"
    if any(character <= " " or character in "\\\x7f" for character in url):
        return "contains white space, a backslash or a control character"
    if parts.scheme not in ("http", "https"):
        return "must begin with https:// or http://"
    if not parts.hostname:
        return "has no host"
    if "@" in parts.netloc:
        return "must not contain a user name or password"
    if "#" in url or ("?" in url and not _QUERY.fullmatch(parts.query)):
        return "must not contain a query or a fragment, except Azure's api-version"
    return None


def _normal_host(host: str) -> str:
    """Return the host in lower case ASCII, with IP addresses in their usual form. Raises ValueError for other texts."""
    if "%" in host:  # a network interface, or a percent escape that hides a character
        raise ValueError(host)
    if ":" in host:
        return str(IPv6Address(host))
    host = encode_domain(host).lower().rstrip(".") if host else host
    if len(host) > _MAX_HOST_LENGTH:
        raise ValueError(host)
    if any(character in "<>^`{|}'\"" for character in host):
        raise ValueError(host)
    address = _ipv4_of(host)
    return str(address) if address else host


def _ipv4_of(host: str) -> IPv4Address | None:
    """Return the address that the C library reads: 127.1, 2130706433 and 0x7f000001 are all 127.0.0.1."""
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _literal_addresses(host: str) -> tuple[_Address, ...]:
    if host == "localhost" or host.endswith(".localhost"):
        return (IPv4Address("127.0.0.1"),)
    try:
        return (ip_address(host),)
    except ValueError:
        return ()
