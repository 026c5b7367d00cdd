"""Host names and origins in the form in which browsers send them, whatever the form in which operators write them."""

import re
from ipaddress import IPv6Address
from urllib.parse import urlsplit

from gql_chat.infra.domains import encode_domain

_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def normalize_origin(text: str) -> str:
    """Return the origin in lower case ASCII, without the scheme's own port; `*` as it is. Raises ValueError."""
    if text == "*":
        return text
    origin = _origin_of(text)
    if origin is None or urlsplit(text).path:
        raise ValueError("must be origins such as https://chat.example.com, comma-separated, or *")
    return origin


def normalize_address(text: str) -> str:
    """Return an http address, to which paths can be added, with its origin in its normal form. Raises ValueError."""
    origin = _origin_of(text)
    if origin is None:
        raise ValueError("must be an address that begins with https:// or http://")
    return origin + urlsplit(text).path.rstrip("/")


def normalize_host_pattern(text: str) -> str:
    """Return the host name in its normal form, also behind `*.`; `*` as it is. Raises ValueError."""
    if text == "*":
        return text
    ending = text.removeprefix("*.")
    try:
        return text[: -len(ending)] + normalize_host(ending)
    except ValueError:
        form = "must be host names without a port, such as chat.example.com or *.example.com, comma-separated, or *"
        raise ValueError(form) from None


def normalize_host(host: str) -> str:
    """Return a host name in lower case ASCII, or an IPv6 address in brackets. Raises ValueError."""
    if ":" in host:
        return f"[{IPv6Address(host.removeprefix('[').removesuffix(']'))}]"
    name = encode_domain(host).lower().rstrip(".")
    if not _NAME.fullmatch(name):
        raise ValueError(host)
    return name


def _origin_of(text: str) -> str | None:
    """Return the origin of an address without a user, query and fragment. None if it is no such address."""
    try:
        url = urlsplit(text)
        host, port = normalize_host(url.hostname or ""), url.port
        default_port = _DEFAULT_PORTS[url.scheme]
    except (ValueError, KeyError):
        return None
    if "@" in url.netloc or url.query or url.fragment:
        return None
    return f"{url.scheme}://{host}" + (f":{port}" if port not in (None, default_port) else "")
