"""Secrets and headers of keys: sealed when stored, opened to call a model, sealed again under a new master key."""

import json
from collections.abc import Mapping
from typing import Any

import structlog

from gql_chat.errors import KeyRequired
from gql_chat.infra.crypto import SealBroken, SecretBox
from gql_chat.keys.models import Key, StoredServerKey

log = structlog.get_logger(__name__)

HINT_LENGTH = 4
NEWEST = 20  # rows that a start looks at, of as many as there may be users
HINT_MIN_SECRET_LENGTH = 12  # four characters of a shorter secret would reveal too much


def seal_secret(key_id: str, fields: Mapping[str, Any], box: SecretBox) -> dict[str, Any]:
    """Return the columns for checked fields: secret and headers, if given, are replaced by their seals."""
    columns = dict(fields)
    secret = columns.pop("secret", None)
    if secret is not None:
        columns["secret_sealed"] = box.seal(secret, key_id)
        columns["secret_hint"] = hint_of(secret)
    headers = columns.pop("headers", None)
    if headers is not None:
        columns["headers_sealed"] = box.seal(json.dumps(headers), _headers_place(key_id)) if headers else None
        columns["header_names"] = list(headers) or None
    return columns


def hint_of(secret: str) -> str:
    """Return the last characters of the secret, none of a short one."""
    return secret[-HINT_LENGTH:] if len(secret) >= HINT_MIN_SECRET_LENGTH else ""


def open_secret(key: Key, box: SecretBox) -> str:
    """Return the secret in clear, only for the call to the model. Raises KeyRequired if no master key opens it."""
    return _open(key, key.secret_sealed, key.id, box)


def open_headers(key: Key, box: SecretBox) -> dict[str, str]:
    """Return the key's headers in clear, only for the call to the model. Raises KeyRequired as `open_secret`."""
    if not key.header_names:
        return {}
    headers: dict[str, str] = json.loads(_open(key, key.headers_sealed, _headers_place(key.id), box))
    return headers


def open_server_key(row: StoredServerKey, box: SecretBox) -> tuple[str, dict[str, str]] | None:
    """Return the stored secret and headers in clear. None if there is no secret, or no master key opens them."""
    if not row.secret_sealed:
        return None
    try:
        secret = box.open(row.secret_sealed, row.id)
        return secret, json.loads(box.open(row.headers_sealed, _headers_place(row.id))) if row.header_names else {}
    except SealBroken as exc:
        log.error("server_key_cannot_be_opened", reason=str(exc))
        return None


def _open(key: Key, sealed: str, place: str, box: SecretBox) -> str:
    try:
        return box.open(sealed, place)
    except SealBroken as exc:
        log.error("secret_cannot_be_opened", key_id=key.id, reason=str(exc))
        message = f"The secret of the key “{key.name}” can no longer be read. Set it again."
        raise KeyRequired(message, key_id=key.id) from exc


def _headers_place(key_id: str) -> str:
    return f"{key_id}/headers"


async def reseal_all(box: SecretBox) -> tuple[int, list[str]]:
    """Seal every secret with the primary master key. Return how many rows changed, and the ids of unreadable ones."""
    count, unreadable = 0, []
    for row in await _sealed_rows():
        seals = _seals_of(row)
        if all(box.is_current(sealed) for _, sealed, _ in seals):
            if not _is_readable(row, box):  # another key has the same kid, as all that are derived from secret keys
                unreadable.append(row.id)
            continue
        try:
            resealed = {column: box.seal(box.open(sealed, place), place) for column, sealed, place in seals}
        except SealBroken:
            unreadable.append(row.id)
            continue
        # Replaces only the values that were read: a secret that its owner changes meanwhile wins.
        read = {column: sealed for column, sealed, _ in seals}
        await type(row).filter(id=row.id, **read).update(**resealed)
        count += 1
    return count, unreadable


async def list_unreadable(box: SecretBox) -> tuple[int, list[str]]:
    """Return how many rows hold a secret, and the ids of those that no master key opens."""
    rows = await _sealed_rows()
    return len(rows), [row.id for row in rows if not _is_readable(row, box)]


async def report_unreadable(box: SecretBox) -> None:
    """Log an error if no master key opens some of the newest secrets, as beside a database that was restored."""
    rows = await Key.all().order_by("-id").limit(NEWEST)
    if count := sum(not _is_readable(row, box) for row in rows):
        remedy = "restore GQL_CHAT_SECRET_KEY or GQL_CHAT_MASTER_KEYS; gql-chat doctor lists the keys"
        log.error("secrets_cannot_be_opened", count=count, of_newest=len(rows), remedy=remedy)


async def _sealed_rows() -> list[Key | StoredServerKey]:
    return [*await Key.all().order_by("id"), *await StoredServerKey.exclude(secret_sealed=None)]


def _is_readable(row: Key | StoredServerKey, box: SecretBox) -> bool:
    try:
        for _, sealed, place in _seals_of(row):
            box.open(sealed, place)
    except SealBroken:
        return False
    return True


def _seals_of(row: Key | StoredServerKey) -> list[tuple[str, str, str]]:
    """Return the sealed columns of a row: name, seal, and the place that it is bound to."""
    seals = [("secret_sealed", str(row.secret_sealed), row.id)]
    if row.header_names:
        seals.append(("headers_sealed", str(row.headers_sealed), _headers_place(row.id)))
    return seals
