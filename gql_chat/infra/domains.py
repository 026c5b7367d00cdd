"""Domain names in ASCII."""

import idna


def encode_domain(domain: str) -> str:
    """Return the domain in ASCII. Raises ValueError.

    Other letters are encoded by IDNA 2008 (RFC 5891), as browsers do. Python's own codec follows the standard before
    it, by which straße.example is strasse.example, a domain of other people.
    """
    return (domain.encode("idna") if domain.isascii() else idna.encode(domain, uts46=True)).decode()
