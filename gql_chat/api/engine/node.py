"""The interface of everything that has an id, and the ids that a mutation takes at once."""

import strawberry

from gql_chat.errors import BadUserInput

MAX_IDS = 100  # of one mutation


@strawberry.interface(description="Something that has an id and can be read again by it.")
class Node:
    id: strawberry.ID = strawberry.field(description="A TypeID: a type's prefix and a UUIDv7, sorted by time.")


def checked_ids(ids: list[strawberry.ID], *, field: str = "ids") -> list[str]:
    """The ids, if one mutation may take so many. Raises BadUserInput."""
    if len(ids) > MAX_IDS:
        raise BadUserInput(f"At most {MAX_IDS} ids at once.", field=field)
    return [str(an_id) for an_id in ids]
