"""The slots of a cluster, by which keys and channels are distributed over its primaries."""

from collections.abc import Mapping, Sequence
from itertools import count

from redis.asyncio.cluster import ClusterNode
from redis.crc import key_slot

Slots = Mapping[int, Sequence[ClusterNode]]
"""The nodes of each slot, its primary first."""


def primary_of(slots: Slots, key: str) -> ClusterNode:
    """Return the primary that has this key or channel."""
    return slots[key_slot(key.encode())][0]


def keys_of_all_primaries(slots: Slots, name: str) -> list[str]:
    """Return a key that begins with the name for each primary."""
    missing, keys, numbers = {nodes[0].name for nodes in slots.values()}, [], count()
    while missing:
        key = f"{name}:{next(numbers)}"
        owner = primary_of(slots, key).name
        if owner in missing:
            missing.remove(owner)
            keys.append(key)
    return keys
