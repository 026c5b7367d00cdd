"""Relay connections over keyset pages."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Self, TypeAlias, TypeVar, cast

import strawberry

from gql_chat.api.engine.fields.costs import STATEMENT_COST, costs
from gql_chat.infra.db.keyset import DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET, Ordering, Page, PageRequest
from gql_chat.infra.db.listing import Listing

T = TypeVar("T")

Ends: TypeAlias = tuple[str, str] | tuple[None, None]
"""The cursors of a page's first and last item."""

First = Annotated[
    int | None,
    strawberry.argument(description=f"Return the first n items. Default {DEFAULT_LIMIT}, maximum {MAX_LIMIT}."),
]
After = Annotated[str | None, strawberry.argument(description="Return only items after this cursor.")]
Last = Annotated[int | None, strawberry.argument(description=f"Return the last n items. Maximum {MAX_LIMIT}.")]
Before = Annotated[str | None, strawberry.argument(description="Return only items before this cursor.")]
Offset = Annotated[
    int | None,
    strawberry.argument(
        description=f"Skip this many items first, at most {MAX_OFFSET:,}: for pages by number, with `first` and "
        "`totalCount`. Cannot be combined with `last` or a cursor. Unlike after a cursor, items shift while others "
        "are added."
    ),
]


@strawberry.type(description="The position of a page in the whole list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are items after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there are items before this page.")
    start_cursor: str | None = strawberry.field(description="The first item's cursor. Null if the page is empty.")
    end_cursor: str | None = strawberry.field(description="The last item's cursor. Null if the page is empty.")


@strawberry.type(description="An item of a page with its cursor.")
class Edge(Generic[T]):
    node: T = strawberry.field(description="The item.")
    cursor: str = strawberry.field(description="The item's position, for `after` and `before`.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The page's items with their cursors.")
    nodes: list[T] = strawberry.field(description="The page's items.")
    page_info: PageInfo = strawberry.field(description="The page's position in the list.")
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="The number of items on all pages.", metadata=costs(STATEMENT_COST))
    async def total_count(self) -> int:
        return await self.count()

    @classmethod
    def of(
        cls, listing: Listing[Any], request: PageRequest, wrap: Callable[[Any], T], *, copies_rows: bool = False
    ) -> Self:
        """Build a page of the listing's rows, each wrapped as a node, which the executor fetches.

        `copies_rows` says that `wrap` copies all leaves of a node from the row's attributes of the same names.
        """
        return cast(Self, UnfetchedConnection(cls, listing, request, wrap, copies_rows))

    @classmethod
    def of_page(
        cls, page: Page[Any], ordering: Ordering, wrap: Callable[[Any], T], count: Callable[[], Awaitable[int]]
    ) -> Self:
        """Build a page of rows, each wrapped as a node. `count` runs only if the client selects the total."""
        edges = [Edge(node=wrap(row), cursor=ordering.cursor(row)) for row in page.rows]
        ends = (edges[0].cursor, edges[-1].cursor) if edges else (None, None)
        return cls(edges=edges, nodes=[edge.node for edge in edges], page_info=_page_info(page, ends), count=count)


@dataclass(frozen=True, slots=True)
class UnfetchedConnection:
    """A connection whose page is fetched once its selection is known."""

    connection_type: type[Connection[Any]]
    listing: Listing[Any]
    request: PageRequest
    wrap: Callable[[Any], Any]
    copies_rows: bool

    async def fetch(self) -> Connection[Any]:
        """Fetch the page with all of its nodes."""
        listing = self.listing
        page = await listing.fetch(self.request)
        return self.connection_type.of_page(page, listing.ordering, self.wrap, listing.count)

    def connection_of(self, page: Page[Any], lists: Any, ends: Ends) -> Connection[Any]:
        """Build the connection of a fetched page. The executor completes `lists` in place of its edges and nodes."""
        return self.connection_type(
            edges=lists, nodes=lists, page_info=_page_info(page, ends), count=self.listing.count
        )


def _page_info(page: Page[Any], ends: Ends) -> PageInfo:
    start, end = ends
    return PageInfo(
        has_next_page=page.has_next, has_previous_page=page.has_previous, start_cursor=start, end_cursor=end
    )
