"""Keys that groups share, as admins look after them."""

from collections.abc import Iterator
from itertools import count

from gql_chat.keys.keyring import MAX_LENGTHS
from gql_chat.keys.models import Key
from gql_chat.users.models import User, UserRole, UserStatus


async def list_shared_keys() -> list[Key]:
    """The keys of all groups, oldest first."""
    return await Key.filter(group_id__not_isnull=True).order_by("created_at", "id")


async def hand_over_shared_keys(user_id: str) -> None:
    """Give what this user made for groups to another active admin, so that the groups keep it when the user is deleted.

    To be called in that transaction; without another admin the keys go with the account. A name that the heir has in
    use already is numbered.
    """
    admins = User.filter(role=UserRole.ADMIN, status=UserStatus.ACTIVE).exclude(id=user_id)
    # Locked, as for making a key: the heir's names must not change meanwhile.
    heir = await admins.order_by("id").select_for_update(no_key=True).first()
    if heir is None:
        return
    taken = {key.name for key in await Key.filter(user_id=heir.id)}
    for key in await Key.filter(user_id=user_id, group_id__not_isnull=True).order_by("created_at", "id"):
        key.user_id, key.name = heir.id, next(name for name in _numbered(key.name) if name not in taken)
        taken.add(key.name)
        await key.save(update_fields=["user_id", "name"])


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in count(2):
        suffix = f" ({number})"
        yield name[: MAX_LENGTHS["name"] - len(suffix)] + suffix
