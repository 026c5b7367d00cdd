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
    try:
        url = urlsplit(text)
        host, port = normalize_host(url.hostname or ""), url.port
        default_port = _DEFAULT_PORTS[url.scheme]
    except (ValueError, KeyError):
        raise _not_an_origin() from None
    if "@" in url.netloc or url.path or url.query or url.fragment:
        raise _not_an_origin()
    return f"{url.scheme}://{host}" + (f":{port}" if port not in (None, default_port) else "")


def normalize_address(text: str) -> str:
    """Return an http address, to which paths can be added, with its host in lower case ASCII. Raises ValueError."""
    try:
        url = urlsplit(text)
        host, port = normalize_host(url.hostname or ""), url.port
    except ValueError:
        raise _not_an_address() from None
    if url.scheme not in _DEFAULT_PORTS or "@" in url.netloc or url.query or url.fragment:
        raise _not_an_address()
    return f"{url.scheme}://{host}" + ("" if port is None else f":{port}") + url.path.rstrip("/")


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


def _not_an_address() -> ValueError:
    return ValueError("must be an address that begins with https:// or http://, such as https://chat.example.com")


def _not_an_origin() -> ValueError:
    return ValueError("must be origins such as https://chat.example.com, comma-separated, or *")
