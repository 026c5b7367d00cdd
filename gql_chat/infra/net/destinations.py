"""Destinations that the operator opens for users' base URLs: networks, single ports of them or of a host, and ports."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network

# Models are served at the ports of the web and at those that need no root. Mail, SSH and the like are below 1024.
DEFAULT_PORTS = (range(80, 81), range(443, 444), range(1024, 65536))

_WITH_PORT = re.compile(r"(?:\[(?P<bracketed>[^\[\]]+)\]|(?P<plain>[^\[\]:]+)):(?P<port>[0-9]{1,5})")
_HOST_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*", re.IGNORECASE)
_PORT_RANGE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class AllowedEndpoint:
    """One port of a network, or of a host by its name in lower case."""

    host: Network | str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if isinstance(self.host, IPv6Network) else f"{self.host}:{self.port}"


Allowed: TypeAlias = Network | AllowedEndpoint


def parse_allowed(text: str) -> Allowed:
    """Parse `10.0.0.0/8`, `10.0.0.0/8:8000`, `[fd00::/8]:8000` or `ollama:11434`. Raises ValueError."""
    with_port = _WITH_PORT.fullmatch(text)
    if with_port is None:
        return ip_network(text)
    host, port = with_port["bracketed"] or with_port["plain"], int(with_port["port"])
    if not 1 <= port <= 65535:
        raise ValueError("not a port")
    if with_port["bracketed"] or re.fullmatch(r"[0-9./]+", host):
        return AllowedEndpoint(ip_network(host), port)
    if not _HOST_NAME.fullmatch(host):
        raise ValueError("not a host")
    return AllowedEndpoint(host.lower(), port)


def parse_ports(text: str) -> range:
    """Parse `443` or `1024-65535`. Raises ValueError."""
    found = _PORT_RANGE.fullmatch(text)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= first <= last <= 65535:
        raise ValueError("not a port or a range of ports")
    return range(first, last + 1)


def written_ports(ports: Sequence[range]) -> str:
    """Return the ports as a sentence names them: `80, 443 and 1024-65535`."""
    texts = [str(span.start) if len(span) == 1 else f"{span.start}-{span.stop - 1}" for span in ports]
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
