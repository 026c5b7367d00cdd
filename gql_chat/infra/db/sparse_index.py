"""An index for `Meta.indexes` of the rows alone in which its first column is not null."""

from collections.abc import Sequence
from typing import Any

from tortoise.indexes import Index


class SparseIndex(Index):
    """An index that costs nothing for the rows in which its first column is null."""

    def __init__(self, *, fields: Sequence[str], name: str) -> None:
        super().__init__(fields=list(fields), name=name)
        self.extra = f' WHERE "{fields[0]}" IS NOT NULL'

    def __eq__(self, other: Any) -> bool:
        """Compare by description, so that the plain Index that aerich reads back from it is equal too."""
        return isinstance(other, Index) and self.describe() == other.describe()

    __hash__ = Index.__hash__
