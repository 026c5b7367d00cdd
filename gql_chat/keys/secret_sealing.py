"""Secrets of keys: sealed when stored, opened only to call a model, sealed again when the master key changes."""

from collections.abc import Mapping
from typing import Any

import structlog

from gql_chat.errors import KeyRequired
from gql_chat.infra.crypto import SealBroken, SecretBox
from gql_chat.keys.models import Key

log = structlog.get_logger(__name__)

HINT_LENGTH = 4
HINT_MIN_SECRET_LENGTH = 12  # four characters of a shorter secret would reveal too much


def seal_secret(key_id: str, fields: Mapping[str, Any], box: SecretBox) -> dict[str, Any]:
    """Return the columns for checked fields: the secret, if given, is replaced by its seal and a hint."""
    columns = dict(fields)
    secret = columns.pop("secret", None)
    if secret is not None:
        columns["secret_sealed"] = box.seal(secret, key_id)
        columns["secret_hint"] = secret[-HINT_LENGTH:] if len(secret) >= HINT_MIN_SECRET_LENGTH else ""
    return columns


def open_secret(key: Key, box: SecretBox) -> str:
    """Return the secret in clear, only for the call to the model. Raises KeyRequired if no master key opens it."""
    try:
        return box.open(key.secret_sealed, key.id)
    except SealBroken as exc:
        log.error("secret_cannot_be_opened", key_id=key.id, reason=str(exc))
        message = f"The secret of the key “{key.name}” can no longer be read. Set it again."
        raise KeyRequired(message, key_id=key.id) from exc


async def reseal_all(box: SecretBox) -> tuple[int, list[str]]:
    """Seal every secret with the primary master key. Return how many changed, and the ids of unreadable ones."""
    stale = [key for key in await Key.all().order_by("id") if not box.is_current(key.secret_sealed)]
    unreadable = []
    for key in stale:
        try:
            resealed = box.seal(box.open(key.secret_sealed, key.id), key.id)
        except SealBroken:
            unreadable.append(key.id)
            continue
        # Replaces only the value that was read: a secret that its owner changes meanwhile wins.
        await Key.filter(id=key.id, secret_sealed=key.secret_sealed).update(secret_sealed=resealed)
    return len(stale) - len(unreadable), unreadable
