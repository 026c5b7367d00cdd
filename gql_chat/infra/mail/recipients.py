"""The mailbox to which an email address leads."""

from email.errors import MessageError
from email.headerregistry import Address

import idna


def parse_recipient(text: str) -> Address:
    """Return the address to which an email for this mailbox is sent. Raises ValueError if none can be sent there.

    Domains of other letters are encoded by IDNA 2008 (RFC 5891). Python's own codec follows the standard before it, by
    which straße.example is strasse.example, a domain of other people.
    """
    local, _, domain = text.rpartition("@")
    encoded = domain.encode("idna") if domain.isascii() else idna.encode(domain, uts46=True)
    plain = f"{local}@{encoded.decode()}"
    try:
        address = Address(addr_spec=plain)
    except (IndexError, MessageError) as exc:  # IndexError: the parser finds no domain behind the @
        raise ValueError("not an address") from exc
    if address.addr_spec != plain or not address.domain:  # a comment was dropped: it seems to be another mailbox
        raise ValueError("not a plain address")
    return address
