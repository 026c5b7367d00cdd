"""Groups: users who share keys. Admins create and delete them. Users join with an activation code and cannot leave."""

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.functions import Count

from gql_chat.changes import changelog
from gql_chat.changes.models import ChangeKind
from gql_chat.errors import BadUserInput, CodeInvalid, NotFound, found
from gql_chat.infra import clock
from gql_chat.infra.db.combining import padded
from gql_chat.infra.db.database import explaining_conflicts, transaction
from gql_chat.infra.db.repeating import repeated_on_conflict
from gql_chat.infra.ids import is_id, new_id
from gql_chat.infra.rate_limits.limiter import Limit, RateLimiter, place_rates, require_rate, require_rates
from gql_chat.keys.models import Group, GroupMember
from gql_chat.users.names import normalize_line, normalize_name
from gql_chat.users.sign_ins import ClientInfo

NAME_MAX_LENGTH = 100

# 79 random bits that can be read out on the telephone: no 0 O, no 1 I L.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_BLOCKS, CODE_BLOCK_LENGTH = 4, 4
CODE_MIN_LENGTH, CODE_MAX_LENGTH = 6, 64  # letters and digits of a code that an admin chooses
NO_GROUP = "There is no group with this activation code."

# Codes may be short, and a guessed code gives access to a group's keys.
REDEEM_LIMIT = Limit(10, per_seconds=600)
REDEEM_LIMIT_PER_ADDRESS = Limit(50, per_seconds=600)  # a classroom behind one address


async def list_groups() -> list[Group]:
    """Return all groups, by name."""
    return await Group.all().order_by("name")


async def find_group(group_id: str) -> Group | None:
    """Return the group with this id, or None."""
    return await Group.get_or_none(id=group_id) if is_id(group_id, "grp") else None


async def create_group(fields: Mapping[str, Any]) -> Group:
    """Create a group from name, and optionally activation_code and monthly_token_quota. Raises BadUserInput.

    An absent activation code is generated. With None nobody can join.
    """
    now = clock.now()
    columns = _columns({"activation_code": _new_code(), **fields})
    group = Group(id=new_id("grp"), created_at=now, updated_at=now, **columns)
    async with explaining_conflicts(partial(_require_free, group)):
        await group.save(force_create=True)
    return group


async def update_group(group_id: str, changes: Mapping[str, Any]) -> Group:
    """Change the given fields of name, activation_code and monthly_token_quota. Raises NotFound, BadUserInput."""
    group = found(await find_group(group_id), "group")
    columns = _columns(changes) | {"updated_at": clock.now()}
    group.update_from_dict(columns)
    async with explaining_conflicts(partial(_require_free, group)):
        # Unchanged columns are not written: another admin may be changing them.
        await group.save(update_fields=list(columns))
    return group


@repeated_on_conflict
async def delete_groups(group_ids: Sequence[str]) -> list[str]:
    """Delete groups with the keys they share, all or none. Members and their chats stay. Raises NotFound."""
    wanted = list(dict.fromkeys(group_ids))
    async with transaction():
        well_formed = [group_id for group_id in wanted if is_id(group_id, "grp")]
        members = await list_member_ids(well_formed)
        if await Group.filter(id__in=padded(well_formed)).delete() != len(wanted):
            raise NotFound("At least one of these groups does not exist. None was deleted.")
        await changelog.record_for(members, (ChangeKind.KEYS_CHANGED, []))
    return wanted


async def redeem_activation_code(user_id: str, code: str, client: ClientInfo, *, limiter: RateLimiter) -> Group:
    """Join the group with this code, unless already a member. Raises CodeInvalid, RateLimited."""
    await require_rate(limiter, f"redeem:user:{user_id}", REDEEM_LIMIT)
    await require_rates(limiter, place_rates(limiter, "redeem:address", client.ip, REDEEM_LIMIT_PER_ADDRESS))
    wanted = normalize_code(code)
    group = await Group.get_or_none(activation_code_folded=wanted) if _is_code(wanted) else None
    if group is None:
        raise CodeInvalid(NO_GROUP, field="code")
    if not await GroupMember.exists(group_id=group.id, user_id=user_id):
        await _join(group, user_id)
    return group


def normalize_code(code: str) -> str:
    """Return the form in which codes are compared: without case, dashes and spaces."""
    plain = normalize_name(code)
    # Each character is looked up once: a client may send 100,000 of them.
    left_out = [sign for sign in set(plain) if sign.isspace() or unicodedata.category(sign) == "Pd"]
    return plain.translate(dict.fromkeys(map(ord, left_out))) if left_out else plain


async def list_joined_groups(user_id: str) -> list[Group]:
    """Return the groups that the user has joined, by name."""
    [groups] = await load_joined_groups([user_id])
    return groups


async def load_joined_groups(user_ids: Sequence[str]) -> list[list[Group]]:
    """Return the groups that each of these users has joined, by name."""
    members = await GroupMember.filter(user_id__in=padded(user_ids)).select_related("group").order_by("group__name")
    joined: dict[str, list[Group]] = {user_id: [] for user_id in user_ids}
    for member in members:
        joined[member.user_id].append(member.group)
    return list(joined.values())


async def load_groups(group_ids: Sequence[str]) -> list[Group | None]:
    """Return the groups with these ids, in the same order."""
    groups = await Group.in_bulk(padded(group_ids), "id")
    return [groups.get(group_id) for group_id in group_ids]


async def list_member_ids(group_ids: Sequence[str]) -> list[str]:
    """Return the ids of the users who have joined any of these groups."""
    members = GroupMember.filter(group_id__in=padded(group_ids)).order_by("user_id").distinct()
    return [str(user_id) for user_id in await members.values_list("user_id", flat=True)]


async def load_member_counts(group_ids: Sequence[str]) -> list[int]:
    """Return the number of members of each of these groups, in the same order."""
    counted = GroupMember.filter(group_id__in=padded(group_ids)).annotate(number=Count("id")).group_by("group_id")
    numbers: dict[Any, Any] = dict(await counted.values_list("group_id", "number"))
    return [numbers.get(group_id, 0) for group_id in group_ids]


def _columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    columns = dict(fields)
    if "name" in columns:
        columns["name"] = normalize_line(" ".join(columns["name"].split()), NAME_MAX_LENGTH, field="name")
    if "activation_code" in columns:
        columns["activation_code"] = code = _checked_code(columns["activation_code"])
        columns["activation_code_folded"] = normalize_code(code) if code is not None else None
    if (columns.get("monthly_token_quota") or 0) < 0:
        raise BadUserInput("A quota is 0 or more tokens, or null for no limit.", field="monthly_token_quota")
    return columns


def _checked_code(code: str | None) -> str | None:
    if code is None:
        return None
    shown = " ".join(code.split())
    if len(shown) > CODE_MAX_LENGTH or not _is_code(normalize_code(shown)):
        raise BadUserInput(
            f"An activation code has {CODE_MIN_LENGTH} to {CODE_MAX_LENGTH} letters and digits. Dashes and spaces are "
            "ignored.",
            field="activation_code",
        )
    return shown


def _is_code(form: str) -> bool:
    return CODE_MIN_LENGTH <= len(form) <= CODE_MAX_LENGTH and form.isalnum()


def _new_code() -> str:
    blocks = ("".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_BLOCK_LENGTH)) for _ in range(CODE_BLOCKS))
    return "-".join(blocks)


async def _require_free(group: Group) -> None:
    others = Group.exclude(id=group.id)
    if await others.filter(name=group.name).exists():
        raise BadUserInput("A group with this name already exists.", field="name")
    code = group.activation_code_folded
    if code is not None and await others.filter(activation_code_folded=code).exists():
        raise BadUserInput("Another group already has this activation code.", field="activation_code")


@repeated_on_conflict
async def _join(group: Group, user_id: str) -> None:
    try:
        async with transaction():
            await GroupMember.create(id=new_id("mem"), group_id=group.id, user_id=user_id, created_at=clock.now())
            await changelog.record(user_id, (ChangeKind.KEYS_CHANGED, []))
    except IntegrityError as exc:
        # The user joined from another device at the same time, or the group has just been deleted.
        if not await GroupMember.exists(group_id=group.id, user_id=user_id):
            raise CodeInvalid(NO_GROUP, field="code") from exc
