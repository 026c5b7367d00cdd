"""Secrets at rest: AES-256-GCM under rotatable master keys, each sealed text bound to its place of storage."""

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gql_chat.infra import base64url

MASTER_KEY_BYTES = 32

_GENERATED_BYTES = 48  # 64 characters

# The nonce length that GCM is defined for; random ones are safe for 2^32 texts per key (NIST SP 800-38D, 8.3).
_NONCE_BYTES = 12


class SealBroken(Exception):
    """A sealed text cannot be opened: it was altered or moved to another place, or its master key is missing."""


class SecretBox:
    """Seals with the primary master key and opens with any, so stored texts stay readable after a new primary.

    A sealed text is `kid.base64url(nonce + ciphertext)`. `bound_to` names the place where it is stored, such as a
    row's id; it cannot be opened for another place.
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
        """Encrypt with the primary master key. The same plaintext seals to a different text each time."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        ciphertext = self._ciphers[self._primary].encrypt(nonce, plaintext.encode(), bound_to.encode())
        return f"{self._primary}.{base64url.encode(nonce + ciphertext)}"

    def open(self, sealed: str, bound_to: str) -> str:
        """Decrypt what `seal` returned for the same `bound_to`. Raises SealBroken."""
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
        """Return whether the primary master key sealed the text. If not, seal it anew, and the old key can retire."""
        return sealed.partition(".")[0] == self._primary


def derive_key(secret: bytes, purpose: str, length: int = 32) -> bytes:
    """Derive a key for one purpose by HKDF-SHA256 (RFC 5869). It reveals neither the secret nor other keys."""
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose.encode()).derive(secret)


def read_or_create_secret(path: Path) -> str:
    """Return the secret in this file, and generate it first if there is none. Raises OSError.

    Concurrent callers all get the same secret.
    """
    if not path.exists():
        _create_secret(path)
    return path.read_text(encoding="utf-8").strip()


def _create_secret(path: Path) -> None:
    """Write a draft and link it into place: no reader sees half a file, and the first of several writers wins."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode=0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(_GENERATED_BYTES) + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
