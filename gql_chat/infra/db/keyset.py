"""Keyset pagination: a page follows a key, so it stays right while rows come and go, and is fast at any depth.

The arguments and their meaning are Relay's: https://relay.dev/graphql/connections.htm
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import msgspec

from gql_chat.errors import BadUserInput
from gql_chat.infra import base64url

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_OFFSET = 10_000  # rows that a database reads and throws away

Item = TypeVar("Item")
Key = TypeVar("Key")

# The types that a cursor may hold for a column: values that both databases accept.
Moment: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
Text: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$")]
Number: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The requested page: `limit` rows between two exclusive cursors, from the start or, if `from_end`, the end.

    Without cursors and from the start, `offset` rows are skipped first.
    """

    limit: int = DEFAULT_LIMIT
    after: str | None = None
    before: str | None = None
    from_end: bool = False
    offset: int = 0

    @classmethod
    def of(
        cls, first: int | None, after: str | None, last: int | None, before: str | None, offset: int | None = None
    ) -> "PageRequest":
        """Build the request from Relay's four arguments, or from `first` and `offset`. Raises BadUserInput."""
        if first is not None and last is not None:
            raise BadUserInput("Give first or last, not both.", field="last")
        for field, limit in (("first", first), ("last", last)):
            if limit is not None and not 0 <= limit <= MAX_LIMIT:
                raise BadUserInput(f"{field} must be from 0 to {MAX_LIMIT}.", field=field)
        given = last if last is not None else first
        limit = DEFAULT_LIMIT if given is None else given
        if offset is None:
            return cls(limit, after, before, from_end=last is not None)
        if any(other is not None for other in (after, before, last)):
            raise BadUserInput("offset goes with first alone, not with last or a cursor.", field="offset")
        if not 0 <= offset <= MAX_OFFSET:
            sentence = f"offset must be from 0 to {MAX_OFFSET}; beyond that, follow the cursors."
            raise BadUserInput(sentence, field="offset")
        return cls(limit, offset=offset)


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """The rows of a page in order, and whether there are more on either side."""

    rows: list[Item]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True)
class Ordering:
    """The columns that order the rows, unique together, each with its type: Moment, Text or Number."""

    columns: Mapping[str, Any]
    descending: bool = False

    def cursor(self, row: object) -> str:
        """Return the opaque cursor of this row."""
        return encode_cursor([getattr(row, column) for column in self.columns])

    def key_of(self, cursor: str, field: str) -> Sequence[Any]:
        """Return the columns' values at a cursor. Raises BadUserInput on `field`."""
        key_type: Any = tuple[tuple(self.columns.values())]  # type: ignore[misc]
        try:
            key = decode_cursor(cursor, key_type)
            return [value.astimezone(UTC) if isinstance(value, datetime) else value for value in key]
        except (ValueError, OverflowError) as exc:
            raise BadUserInput("This is not a cursor of this list.", field=field) from exc


def encode_cursor(key: Sequence[Any]) -> str:
    """Return the key as an opaque text."""
    return base64url.encode(msgspec.json.encode(key))


def decode_cursor(cursor: str, key_type: type[Key]) -> Key:
    """Return the key of a cursor. Raises ValueError for a text that is not a cursor of this type."""
    return msgspec.json.decode(base64url.decode(cursor), type=key_type)
