"""A secret that a machine makes for itself once and keeps in a file that only its owner reads."""

import contextlib
import os
import secrets
from pathlib import Path

_RANDOM_BYTES = 48  # 64 characters


def read_or_create_secret(path: Path) -> str:
    """The secret in this file, made if there is none; of many callers at once, all get the same. Raises OSError."""
    if not path.exists():
        _create(path)
    return path.read_text(encoding="utf-8").strip()


def _create(path: Path) -> None:
    """Write a draft beside and link it into place: nobody reads half a file, and the first of many wins."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode=0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(_RANDOM_BYTES) + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
