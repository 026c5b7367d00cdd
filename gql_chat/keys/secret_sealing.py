"""Secrets of keys: sealed when stored, opened only to call a model, sealed again when the master key changes."""

from collections.abc import Mapping
from typing import Any

import structlog

from gql_chat.errors import KeyRequired
from gql_chat.infra.crypto import SealBroken, SecretBox
from gql_chat.keys.models import Key, StoredServerKey

log = structlog.get_logger(__name__)

HINT_LENGTH = 4
HINT_MIN_SECRET_LENGTH = 12  # four characters of a shorter secret would reveal too much


def seal_secret(key_id: str, fields: Mapping[str, Any], box: SecretBox) -> dict[str, Any]:
    """Return the columns for checked fields: the secret, if given, is replaced by its seal and a hint."""
    columns = dict(fields)
    secret = columns.pop("secret", None)
    if secret is not None:
        columns["secret_sealed"] = box.seal(secret, key_id)
        columns["secret_hint"] = hint_of(secret)
    return columns


def hint_of(secret: str) -> str:
    """Return the last characters of the secret, none of a short one."""
    return secret[-HINT_LENGTH:] if len(secret) >= HINT_MIN_SECRET_LENGTH else ""


def open_secret(key: Key, box: SecretBox) -> str:
    """Return the secret in clear, only for the call to the model. Raises KeyRequired if no master key opens it."""
    try:
        return box.open(key.secret_sealed, key.id)
    except SealBroken as exc:
        log.error("secret_cannot_be_opened", key_id=key.id, reason=str(exc))
        raise KeyRequired(f"The secret of the key “{key.name}” can no longer be read. Set it again.") from exc


async def reseal_all(box: SecretBox) -> tuple[int, list[str]]:
    """Seal every secret with the primary master key. Return how many changed, and the ids of unreadable ones."""
    rows: list[Key | StoredServerKey] = [
        *await Key.all().order_by("id"),
        *await StoredServerKey.exclude(secret_sealed=None),
    ]
    stale = [row for row in rows if not box.is_current(str(row.secret_sealed))]
    unreadable = []
    for row in stale:
        try:
            resealed = box.seal(box.open(str(row.secret_sealed), row.id), row.id)
        except SealBroken:
            unreadable.append(row.id)
            continue
        # Replaces only the value that was read: a secret that its owner changes meanwhile wins.
        await type(row).filter(id=row.id, secret_sealed=row.secret_sealed).update(secret_sealed=resealed)
    return len(stale) - len(unreadable), unreadable
