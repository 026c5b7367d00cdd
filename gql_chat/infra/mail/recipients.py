"""The mailbox to which an email address leads."""

from email.errors import MessageError
from email.headerregistry import Address

from gql_chat.infra.domains import encode_domain


def parse_recipient(text: str) -> Address:
    """Return the address to which an email for this mailbox is sent. Raises ValueError if none can be sent there."""
    local, _, domain = text.rpartition("@")
    plain = f"{local}@{encode_domain(domain)}"
    try:
        address = Address(addr_spec=plain)
    except (IndexError, MessageError) as exc:  # IndexError: the parser finds no domain behind the @
        raise ValueError("not an address") from exc
    if address.addr_spec != plain or not address.domain:  # a comment was dropped: it seems to be another mailbox
        raise ValueError("not a plain address")
    return address
