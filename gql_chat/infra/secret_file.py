"""A secret that is generated once per machine and kept in a file that only its owner can read."""

import contextlib
import os
import secrets
from pathlib import Path

_RANDOM_BYTES = 48  # 64 characters


def read_or_create_secret(path: Path) -> str:
    """Return the secret in this file, and generate it first if there is none. Raises OSError.

    Concurrent callers all get the same secret.
    """
    if not path.exists():
        _create(path)
    return path.read_text(encoding="utf-8").strip()


def _create(path: Path) -> None:
    """Write a draft and link it into place: no reader sees half a file, and the first of several writers wins."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode=0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(_RANDOM_BYTES) + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
