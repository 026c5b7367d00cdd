"""Keys that groups share: listed for admins, and kept when the admin who created them is deleted."""

from collections.abc import Iterator
from itertools import count

from gql_chat.keys.keyring import MAX_LENGTHS
from gql_chat.keys.models import Key
from gql_chat.users.models import User, UserRole, UserStatus


async def list_shared_keys() -> list[Key]:
    """Return the keys of all groups, oldest first."""
    return await Key.filter(group_id__not_isnull=True).order_by("created_at", "id")


async def reassign_shared_keys(user_id: str) -> None:
    """Reassign the shared keys that this user created to another active admin, so that they survive a deletion.

    Call it in the transaction of the deletion. Without another admin the keys are deleted with the account. A name that
    the other admin already uses gets a number.
    """
    admins = User.filter(role=UserRole.ADMIN, status=UserStatus.ACTIVE).exclude(id=user_id)
    # Locked, as for creating a key: the names of the other admin's keys must not change meanwhile.
    new_owner = await admins.order_by("id").select_for_update(no_key=True).first()
    if new_owner is None:
        return
    taken = {key.name for key in await Key.filter(user_id=new_owner.id)}
    for key in await Key.filter(user_id=user_id, group_id__not_isnull=True).order_by("created_at", "id"):
        key.user_id, key.name = new_owner.id, next(name for name in _numbered(key.name) if name not in taken)
        taken.add(key.name)
        await key.save(update_fields=["user_id", "name"])


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in count(2):
        suffix = f" ({number})"
        yield name[: MAX_LENGTHS["name"] - len(suffix)] + suffix
