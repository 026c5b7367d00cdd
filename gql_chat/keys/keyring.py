"""Keys: made, changed, found and deleted by their owners; a secret is sealed here and opened only to call a model.

A key with a group is the group's: its members use it, and admins manage it. An admin who made it uses it too, but only
while an admin, and never manages it longer than that: who could change its address would read what members write.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Any
from urllib.parse import urlsplit

import structlog
from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from gql_chat.changes import changelog
from gql_chat.changes.models import ChangeKind
from gql_chat.errors import BadUserInput, Forbidden, KeyRequired, NotFound, QuotaExceeded
from gql_chat.infra import clock
from gql_chat.infra.crypto import SealBroken, SecretBox
from gql_chat.infra.db.database import fetch_models, transaction
from gql_chat.infra.ids import is_id, new_id
from gql_chat.infra.net.ssrf import check_base_url
from gql_chat.keys.groups import list_member_ids
from gql_chat.keys.models import Group, Key
from gql_chat.keys.parameters import checked_parameters
from gql_chat.users.models import User
from gql_chat.users.viewer import Viewer

log = structlog.get_logger(__name__)

MAX_LENGTHS = {"name": 100, "model": 200, "secret": 4096}  # characters
HINT_LENGTH = 4
HINT_MIN_SECRET_LENGTH = 12  # of a shorter secret, four characters would tell too much

SELECT_USABLE = """
SELECT * FROM keys
WHERE user_id = $1 AND (group_id IS NULL OR EXISTS (SELECT 1 FROM users WHERE id = $1 AND role = 'ADMIN'))
    OR group_id IN (SELECT group_id FROM group_members WHERE user_id = $1)
ORDER BY group_id IS NOT NULL, created_at, id
"""


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """What users' keys may be. `allowed_networks` may be reached besides public addresses."""

    max_per_user: int
    allowed_networks: Sequence[IPv4Network | IPv6Network] = ()


async def list_keys(user_id: str) -> list[Key]:
    """Own keys first, oldest first, then those shared by groups, oldest first."""
    return await fetch_models(Key, SELECT_USABLE, user_id)


async def find_key(user_id: str, **by: str) -> Key | None:
    """The first of the user's keys with this `id`, `name` or `model`."""
    ((attribute, value),) = by.items()
    return next((key for key in await list_keys(user_id) if getattr(key, attribute) == value), None)


async def get_key(user_id: str, key_id: str) -> Key:
    """A key that the user may use. Raises NotFound."""
    key = await find_key(user_id, id=key_id)
    if key is None:
        raise NotFound("There is no such key.")
    return key


async def can_create_keys(user_id: str, count: int, *, policy: KeyPolicy) -> bool:
    """Whether so many more keys fit the user's limit. Raises BadUserInput."""
    if count < 1:
        raise BadUserInput("count must be at least 1.", field="count")
    return await Key.filter(user_id=user_id, group_id=None).count() + count <= policy.max_per_user


async def create_key(viewer: Viewer, fields: Mapping[str, Any], *, box: SecretBox, policy: KeyPolicy) -> Key:
    """A new key from name, model, base_url, secret, and perhaps parameters and group_id.

    Raises BadUserInput, QuotaExceeded at the user's limit, Forbidden for a group's key unless an admin asks.
    """
    now = clock.now()
    key = Key(id=new_id("key"), user_id=viewer.user_id, parameters={}, created_at=now, updated_at=now)
    key.update_from_dict(_columns(key.id, checked_fields(fields, policy=policy), box))
    key.group_id = fields.get("group_id")
    if key.group_id is not None:
        await require_group(viewer, key.group_id)
    async with transaction():
        if key.group_id is None:
            # The user's row is the lock that makes counting and inserting one step (on SQLite the transaction is).
            await User.filter(id=viewer.user_id).select_for_update(no_key=True).first()
            if not await can_create_keys(viewer.user_id, 1, policy=policy):
                raise QuotaExceeded(f"You have {policy.max_per_user} keys, which is the most that one user may have.")
        with _unique_name():
            await key.save(force_create=True)
        await _record_change([key])
    return key


async def update_key(
    viewer: Viewer, key_id: str, changes: Mapping[str, Any], *, box: SecretBox, policy: KeyPolicy
) -> Key:
    """Change the given ones of name, model, base_url, secret and parameters. Raises NotFound, BadUserInput."""
    fields = checked_fields(changes, policy=policy)
    with _unique_name():
        async with transaction():
            found = _managed_by(viewer).filter(id=key_id).select_for_update()
            key = await found.first() if is_id(key_id, "key") else None
            if key is None:
                raise NotFound("There is no such key.")
            _require_secret_for_new_place(key, fields)
            columns = _columns(key.id, fields, box) | {"updated_at": clock.now()}
            key.update_from_dict(columns)
            # What is not changed is not written: it may have been sealed anew since it was read.
            await key.save(update_fields=list(columns))
            await _record_change([key])
    return key


async def delete_keys(viewer: Viewer, key_ids: Sequence[str]) -> list[str]:
    """Delete keys, all or none; sessions and messages that used them stay. Raises NotFound."""
    wanted = list(dict.fromkeys(key_ids))
    async with transaction():
        well_formed = [key_id for key_id in wanted if is_id(key_id, "key")]
        doomed = _managed_by(viewer).filter(id__in=well_formed)
        keys = await doomed
        if await doomed.delete() != len(wanted):
            raise NotFound("There is no such key among these; none was deleted.")
        await _record_change(keys)
    return wanted


async def mark_used(key_id: str) -> None:
    """Note that the key was used now."""
    await Key.filter(id=key_id).update(last_used_at=clock.now())


def open_secret(key: Key, box: SecretBox) -> str:
    """The secret in clear, for the call to the model and nothing else. Raises KeyRequired if no master key opens it."""
    try:
        return box.open(key.secret_sealed, key.id)
    except SealBroken as exc:
        log.error("secret_cannot_be_opened", key_id=key.id, reason=str(exc))
        raise KeyRequired(f"The secret of the key “{key.name}” cannot be read any more: set it anew.") from exc


async def reseal_all(box: SecretBox) -> tuple[int, list[str]]:
    """Seal every secret again that the primary master key did not; how many, and the ids of those that do not open."""
    stale = [key for key in await Key.all().order_by("id") if not box.is_current(key.secret_sealed)]
    unreadable = []
    for key in stale:
        try:
            resealed = box.seal(box.open(key.secret_sealed, key.id), key.id)
        except SealBroken:
            unreadable.append(key.id)
            continue
        # Only over what was read: a secret that its owner changes meanwhile wins.
        await Key.filter(id=key.id, secret_sealed=key.secret_sealed).update(secret_sealed=resealed)
    return len(stale) - len(unreadable), unreadable


def checked_fields(fields: Mapping[str, Any], *, policy: KeyPolicy) -> dict[str, Any]:
    """Those of a key's fields that are given, normalised. Raises BadUserInput naming the one at fault."""
    checked: dict[str, Any] = {}
    for name, max_length in MAX_LENGTHS.items():
        if name in fields:
            checked[name] = _checked_text(fields[name], max_length, field=name)
    if "base_url" in fields:
        checked["base_url"] = check_base_url(fields["base_url"], policy.allowed_networks, field="base_url")
    if "parameters" in fields:
        checked["parameters"] = checked_parameters(fields["parameters"] or {})
    return checked


def _require_secret_for_new_place(key: Key, fields: Mapping[str, Any]) -> None:
    # Else who has got hold of an access token, but not of the secret, could have the secret sent to a server of theirs.
    if "base_url" not in fields or "secret" in fields:
        return
    old, new = urlsplit(key.base_url), urlsplit(fields["base_url"])
    if (old.scheme, old.netloc) != (new.scheme, new.netloc):
        raise BadUserInput("Another server is told the secret anew: give it too.", field="secret")


def _checked_text(text: str, max_length: int, *, field: str) -> str:
    stripped = text.strip()
    if not 0 < len(stripped) <= max_length or not stripped.isprintable():
        raise BadUserInput(f"This takes 1 to {max_length} printable characters.", field=field)
    if field == "secret" and not stripped.isascii():
        raise BadUserInput("A secret travels in an HTTP header, so it takes ASCII characters only.", field=field)
    return stripped


def _columns(key_id: str, checked: Mapping[str, Any], box: SecretBox) -> dict[str, Any]:
    """What is stored of checked fields: the secret only sealed."""
    columns = dict(checked)
    secret = columns.pop("secret", None)
    if secret is not None:
        columns["secret_sealed"] = box.seal(secret, key_id)
        columns["secret_hint"] = secret[-HINT_LENGTH:] if len(secret) >= HINT_MIN_SECRET_LENGTH else ""
    return columns


@contextmanager
def _unique_name() -> Iterator[None]:
    try:
        yield
    except IntegrityError as exc:
        raise BadUserInput("You have a key of this name already.", field="name") from exc


def _managed_by(viewer: Viewer) -> QuerySet[Key]:
    own = Q(user_id=viewer.user_id, group_id=None)
    return Key.filter(own | Q(group_id__not_isnull=True) if viewer.is_admin else own)


async def _record_change(keys: Sequence[Key]) -> None:
    """For who made the keys, and for the members of the groups that share them."""
    members = await list_member_ids([key.group_id for key in keys if key.group_id is not None])
    await changelog.record_for({*members, *(key.user_id for key in keys)}, (ChangeKind.KEYS_CHANGED, []))


async def require_group(viewer: Viewer, group_id: str) -> None:
    """Raise Forbidden or NotFound unless the viewer may share keys with this group."""
    if not viewer.is_admin:
        raise Forbidden("Only an admin shares keys with groups.")
    if not (is_id(group_id, "grp") and await Group.exists(id=group_id)):
        raise NotFound("There is no such group.")
