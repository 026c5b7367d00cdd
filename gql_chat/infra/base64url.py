"""Base64url without padding (RFC 4648, 5), the form of cursors, tokens and sealed texts."""

from base64 import urlsafe_b64decode, urlsafe_b64encode


def encode(raw: bytes) -> str:
    """Return the bytes as text."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes, or raise ValueError unless `encode` returns exactly this text: no changed character passes."""
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(raw) != text:
        raise ValueError("not canonical base64url")
    return raw
