"""Buckets by name, bounded in number: under a flood of new names a bucket that is not empty is never dropped."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, Protocol, Self, TypeVar

MAX_BUCKETS = 100_000  # ~25 MB
SHARED_BUCKETS = 1024  # per kind
LOOK_AT = 2  # oldest buckets for each new one, so that empty buckets go faster than new ones come
LOOK_AT_WHEN_FULL = 16


class Bucket(Protocol):
    """A bucket that leaks."""

    def is_empty(self, now: float) -> bool:
        """Return whether everything has leaked out."""
        ...

    def copy(self) -> Self:
        """Return another bucket that is as full."""
        ...


B = TypeVar("B", bound=Bucket)


class BucketTable(Generic[B]):
    """At most `max_buckets` buckets with names of their own. While there are so many, new names share buckets.

    Names are distributed by their hash, which is another one in every process. A name that gets a bucket of its own
    later inherits the level of the shared one. So each name's limit holds at all times. Under a flood it is stricter
    for new names, because several of them use up one limit.
    """

    def __init__(self, make: Callable[[], B], *, max_buckets: int = MAX_BUCKETS) -> None:
        self._make = make
        self._max_buckets = max_buckets
        self._buckets: Final[OrderedDict[str, B]] = OrderedDict()
        self._shared: Final[dict[tuple[Hashable, int], B]] = {}

    def __len__(self) -> int:
        """Return the number of buckets, with the shared ones."""
        return len(self._buckets) + len(self._shared)

    def get(self, name: str, now: float, kind: Hashable = None) -> B:
        """Return the bucket that counts for this name. Only names of one kind share a bucket."""
        return self._buckets.get(name) or self._add(name, now, kind)

    def find(self, name: str) -> B | None:
        """Return the name's own bucket. None if it has none, or shares one."""
        return self._buckets.get(name)

    def drop(self, name: str) -> None:
        """Drop the name's own bucket, which is empty."""
        del self._buckets[name]

    def _add(self, name: str, now: float, kind: Hashable) -> B:
        self._drop_empty(now)
        place = kind, hash(name) % SHARED_BUCKETS
        shared = self._shared.get(place)
        if shared is not None and shared.is_empty(now):
            del self._shared[place]
            shared = None
        if len(self._buckets) < self._max_buckets:
            bucket = self._buckets[name] = shared.copy() if shared else self._make()
            return bucket
        return shared or self._shared.setdefault(place, self._make())

    def _drop_empty(self, now: float) -> None:
        """Drop the empty ones among the oldest buckets, and put the others at the end."""
        is_full = len(self._buckets) >= self._max_buckets
        for _ in range(min(LOOK_AT_WHEN_FULL if is_full else LOOK_AT, len(self._buckets))):
            name, bucket = next(iter(self._buckets.items()))
            if bucket.is_empty(now):
                del self._buckets[name]
            else:
                self._buckets.move_to_end(name)
