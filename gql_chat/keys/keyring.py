"""Keys: created, changed, found and deleted by their owners.

A key with a group is shared: the members of the group use it, and admins manage it. The admin who created it can use
and manage it only while an admin: whoever can change its address can read what members write.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from gql_chat.changes import changelog
from gql_chat.changes.models import ChangeKind
from gql_chat.errors import BadUserInput, Forbidden, NotFound, QuotaExceeded, QuotaKind, found
from gql_chat.infra import clock
from gql_chat.infra.crypto import SecretBox
from gql_chat.infra.db.combining import padded
from gql_chat.infra.db.database import execute, fetch_models, require_last, transaction
from gql_chat.infra.db.quick import Quick
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.infra.ids import is_id, new_id
from gql_chat.infra.net.destinations import DEFAULT_PORTS, Allowed
from gql_chat.infra.net.ssrf import check_base_url, is_listed
from gql_chat.keys.groups import list_member_ids
from gql_chat.keys.headers import checked_headers
from gql_chat.keys.models import Group, Key
from gql_chat.keys.parameters import checked_parameters
from gql_chat.keys.secret_sealing import seal_secret
from gql_chat.users.models import Scope, User
from gql_chat.users.names import normalize_line
from gql_chat.users.viewer import Viewer

MAX_LENGTHS = {"name": 100, "model": 200, "secret": 4096}  # characters
CONTEXT_TOKENS = range(512, 100_000_001)
SILENCE_SECONDS = range(1, 3601)

SELECT_USABLE = Quick("""
SELECT * FROM keys
WHERE user_id = $1 AND (group_id IS NULL OR EXISTS (SELECT 1 FROM users WHERE id = $1 AND role = 'ADMIN'))
    OR group_id IN (SELECT group_id FROM group_members WHERE user_id = $1)
ORDER BY group_id IS NOT NULL, created_at, id
""")
MARK_USED = Quick("UPDATE keys SET last_used_at = $2 WHERE id = $1")


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """The limits of users' keys. `allowed_networks` may be reached in addition to public addresses."""

    max_per_user: int
    allowed_networks: Sequence[Allowed] = ()
    allowed_ports: Sequence[range] = DEFAULT_PORTS


async def list_keys(user_id: str) -> list[Key]:
    """Return the user's own keys, oldest first, then those shared by groups, oldest first."""
    return await fetch_models(Key, SELECT_USABLE, user_id)


async def find_key(user_id: str, **by: str) -> Key | None:
    """Return the first of the user's keys with this `id`, `name` or `model`, or None."""
    ((attribute, value),) = by.items()
    return next((key for key in await list_keys(user_id) if getattr(key, attribute) == value), None)


async def get_key(user_id: str, key_id: str) -> Key:
    """Return a key that the user may use. Raises NotFound."""
    return found(await find_key(user_id, id=key_id), "key")


async def can_create_keys(viewer: Viewer, count: int, *, policy: KeyPolicy) -> bool:
    """Return whether the viewer may create keys, and this many more fit the limit. Raises BadUserInput."""
    if count < 1:
        raise BadUserInput("count must be at least 1.", field="count")
    if not viewer.permits(Scope.KEYS):
        return False
    return await Key.filter(user_id=viewer.user_id, group_id=None).count() + count <= policy.max_per_user


@repeated_on_conflict
async def create_key(viewer: Viewer, fields: Mapping[str, Any], *, box: SecretBox, policy: KeyPolicy) -> Key:
    """Create a key from name, model, base_url and secret, and optionally parameters, group_id, headers and the rest.

    Raises BadUserInput, QuotaExceeded at the user's limit, Forbidden for a shared key unless the viewer is an admin.
    """
    now = clock.now()
    key = Key(id=new_id("key"), user_id=viewer.user_id, parameters={}, created_at=now, updated_at=now)
    key.update_from_dict(seal_secret(key.id, checked_fields(fields, policy=policy), box))
    key.group_id = fields.get("group_id")
    if key.group_id is not None:
        await require_group(viewer, key.group_id)
    async with transaction():
        if key.group_id is None:
            # Locking the user's row makes counting and inserting one step (on SQLite, the transaction does).
            await User.filter(id=viewer.user_id).select_for_update(no_key=True).first()
            if not await can_create_keys(viewer, 1, policy=policy):
                message = f"You have {policy.max_per_user} keys, the maximum. Delete one first."
                raise QuotaExceeded(message, quota=QuotaKind.KEYS, limit=policy.max_per_user)
        with _unique_name():
            await key.save(force_create=True)
        await _record_change([key])
    return key


@repeated_on_conflict
async def update_key(
    viewer: Viewer, key_id: str, changes: Mapping[str, Any], *, box: SecretBox, policy: KeyPolicy
) -> Key:
    """Change the given fields, which are those of `create_key`. Raises NotFound, BadUserInput."""
    fields = checked_fields(changes, policy=policy)
    with _unique_name():
        async with transaction():
            managed = _managed_by(viewer).filter(id=key_id).select_for_update()
            key = found(await managed.first() if is_id(key_id, "key") else None, "key")
            require_credentials_again(key.base_url, fields, has_headers=bool(key.header_names))
            if not fields.get("headers", key.header_names):
                require_secret(fields.get("secret", "unchanged"), fields.get("base_url", key.base_url), policy)
            columns = seal_secret(key.id, fields, box) | {"updated_at": clock.now()}
            key.update_from_dict(columns)
            # Unchanged columns are not written: the secret may have been sealed again since it was read.
            await key.save(update_fields=list(columns))
            await _record_change([key])
    return key


@repeated_on_conflict
async def delete_keys(viewer: Viewer, key_ids: Sequence[str]) -> list[str]:
    """Delete keys, all or none; sessions and messages that used them stay. Raises NotFound."""
    wanted = list(dict.fromkeys(key_ids))
    async with transaction():
        well_formed = [key_id for key_id in wanted if is_id(key_id, "key")]
        managed = _managed_by(viewer).filter(id__in=padded(well_formed))
        keys = await managed
        if await managed.delete() != len(wanted):
            raise NotFound("At least one of these keys does not exist. None was deleted.")
        await _record_change(keys)
    return wanted


async def mark_used(key_id: str) -> None:
    """Record that the key was used now."""
    await execute(MARK_USED, key_id, clock.now())


async def require_used(key_id: str) -> None:
    """Record in a unit of work that the key was used now, and require that it is still there."""
    await require_last(MARK_USED, key_id, clock.now())


def checked_fields(fields: Mapping[str, Any], *, policy: KeyPolicy) -> dict[str, Any]:
    """Return the given fields of a key, normalized. Raises BadUserInput naming the field at fault."""
    checked: dict[str, Any] = {}
    for name, max_length in MAX_LENGTHS.items():
        if name == "secret" and not fields.get(name, "").strip():
            checked |= {name: ""} if name in fields else {}
        elif name in fields:
            checked[name] = normalize_line(fields[name], max_length, field=name)
    if not checked.get("secret", "").isascii():
        raise BadUserInput(
            "A secret is sent in an HTTP header, so it can contain ASCII characters only.", field="secret"
        )
    if "base_url" in fields:
        checked["base_url"] = check_base_url(
            fields["base_url"], policy.allowed_networks, ports=policy.allowed_ports, field="base_url"
        )
        if "secret" in checked and not fields.get("headers"):
            require_secret(checked["secret"], checked["base_url"], policy)
    if "parameters" in fields:
        checked["parameters"] = checked_parameters(fields["parameters"] or {})
    return checked | _checked_options(fields)


def _checked_options(fields: Mapping[str, Any]) -> dict[str, Any]:
    checks: dict[str, Callable[[Any], Any]] = {
        "headers": checked_headers,
        "context_tokens": partial(_checked_number, CONTEXT_TOKENS, "context_tokens"),
        "silence_seconds": partial(_checked_number, SILENCE_SECONDS, "silence_seconds"),
        "folds_system_prompt": bool,
    }
    return {name: check(fields[name]) for name, check in checks.items() if name in fields}


def _checked_number(allowed: range, field: str, number: int | None) -> int | None:
    if number is not None and number not in allowed:
        raise BadUserInput(f"The number must be from {allowed[0]} to {allowed[-1]}.", field=field)
    return number


def require_secret(secret: str, base_url: str, policy: KeyPolicy) -> None:
    """Raise BadUserInput for an empty secret where the address does not do without one."""
    if not secret and base_url.startswith("https:") and not is_listed(base_url, policy.allowed_networks):
        sentence = (
            "A secret has 1 to 4096 printable characters. Only addresses that begin with http://, or that the server's "
            "operator allows by themselves, may do without one."
        )
        raise BadUserInput(sentence, field="secret")


def require_credentials_again(base_url: str, fields: Mapping[str, Any], *, has_headers: bool) -> None:
    """Raise BadUserInput for changes of a key that change its base URL, but not its secret and its headers.

    Otherwise the thief of an access token could have the secret, which no token reveals, sent to a server of theirs.
    Behind one host, another path may be another tenant's. Both URLs are in the normal form, without a trailing slash.
    """
    if fields.get("base_url", base_url) == base_url:
        return
    if "secret" not in fields:
        raise BadUserInput("Another base URL needs the key's secret again. Send the secret too.", field="secret")
    if has_headers and "headers" not in fields:
        raise BadUserInput("Another base URL needs the key's headers again. Send the headers too.", field="headers")


@contextmanager
def _unique_name() -> Iterator[None]:
    try:
        yield
    except IntegrityError as exc:
        raise BadUserInput("You already have a key with this name.", field="name") from exc


def _managed_by(viewer: Viewer) -> QuerySet[Key]:
    own = Q(user_id=viewer.user_id, group_id=None)
    return Key.filter(own | Q(group_id__not_isnull=True) if viewer.is_admin else own)


async def _record_change(keys: Sequence[Key]) -> None:
    # For the users who created the keys, and for the members of the groups that share them.
    members = await list_member_ids([key.group_id for key in keys if key.group_id is not None])
    await changelog.record_for({*members, *(key.user_id for key in keys)}, (ChangeKind.KEYS_CHANGED, []))


async def require_group(viewer: Viewer, group_id: str) -> None:
    """Raise Forbidden or NotFound unless the viewer may share keys with this group."""
    if not viewer.is_admin:
        raise Forbidden("Only an admin can share keys with a group.")
    if not (is_id(group_id, "grp") and await Group.exists(id=group_id)):
        raise NotFound("There is no such group.")
