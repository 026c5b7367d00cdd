"""The interface of everything that has an id."""

import strawberry


@strawberry.interface(description="Something that has an id and can be read again by it.")
class Node:
    id: strawberry.ID = strawberry.field(description="A TypeID: a type's prefix and a UUIDv7, sorted by time.")
