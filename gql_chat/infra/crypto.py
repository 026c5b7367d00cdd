"""Secrets at rest: AES-256-GCM under rotatable master keys, each sealed text bound to the place where it is kept."""

import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gql_chat.infra import base64url

MASTER_KEY_BYTES = 32

# The nonce length that GCM is defined for; random ones are safe for 2^32 texts per key (NIST SP 800-38D, 8.3).
_NONCE_BYTES = 12


class SealBroken(Exception):
    """A sealed text cannot be opened: altered, moved to another place, or its master key is gone."""


class SecretBox:
    """Seals with the primary master key, opens with any: a new primary leaves what is stored readable.

    A sealed text is `kid.base64url(nonce + ciphertext)`. `bound_to` names the place where it is kept, such as a
    row's id; elsewhere it does not open.
    """

    def __init__(self, master_keys: Mapping[str, bytes], primary: str) -> None:
        if primary not in master_keys:
            raise ValueError(f"the primary master key {primary!r} is not among the master keys")
        for kid, key in master_keys.items():
            if len(key) != MASTER_KEY_BYTES:
                raise ValueError(f"the master key {kid!r} must have {MASTER_KEY_BYTES} bytes, not {len(key)}")
        self._ciphers = {kid: AESGCM(key) for kid, key in master_keys.items()}
        self._primary = primary

    def seal(self, plaintext: str, bound_to: str) -> str:
        """Encrypt with the primary master key; the same plaintext seals to another text each time."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        ciphertext = self._ciphers[self._primary].encrypt(nonce, plaintext.encode(), bound_to.encode())
        return f"{self._primary}.{base64url.encode(nonce + ciphertext)}"

    def open(self, sealed: str, bound_to: str) -> str:
        """Decrypt what `seal` gave for the same `bound_to`, or raise SealBroken."""
        kid, _, body = sealed.partition(".")
        cipher = self._ciphers.get(kid)
        if cipher is None:
            raise SealBroken(f"sealed with the master key {kid!r}, which is not configured")
        try:
            raw = base64url.decode(body)
            plaintext = cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to.encode())
        except (ValueError, InvalidTag) as exc:
            raise SealBroken("the sealed text was altered or belongs elsewhere") from exc
        return plaintext.decode()

    def is_current(self, sealed: str) -> bool:
        """Whether the primary master key sealed it; if not, sealing it anew lets the old key retire."""
        return sealed.partition(".")[0] == self._primary


def derive_key(secret: bytes, purpose: str, length: int = 32) -> bytes:
    """A key of its own for one purpose, by HKDF-SHA256 (RFC 5869); none tells anything of another or of the secret."""
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose.encode()).derive(secret)
