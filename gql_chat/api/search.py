"""Full-text search of the user's messages."""

from typing import Annotated

import strawberry
from strawberry import argument

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import SEARCH_COST
from gql_chat.api.engine.fields.pagination import After, Connection, First
from gql_chat.api.engine.fields.permissions import SignedIn, query
from gql_chat.api.messages import Message
from gql_chat.chats.search import (
    BEST_FIRST,
    PARTS_MAX,
    QUERY_MAX_LENGTH,
    SearchHit,
    search_messages,
)
from gql_chat.chats.search_statement import RANKED_MAX, READ_MAX
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.users.models import Scope


@strawberry.type
class SearchQueries:
    @query(
        "Search the text of your messages on all branches, best match first. All words must occur, possibly as parts "
        "of longer words. Whole words rank before parts, and words close together before scattered ones; then "
        f"frequent words in short texts, then newer messages. Only the newest {RANKED_MAX} matches are ranked and "
        "counted. A reply can be found once it has ended.",
        SignedIn(Scope.CHAT),
        cost=SEARCH_COST,
    )
    async def search(
        self,
        info: Info,
        query: Annotated[
            str,
            argument(
                description=f"Up to {PARTS_MAX} words in at most {QUERY_MAX_LENGTH} characters. Put words in quotation "
                "marks to find them as a phrase. Case, accents and character width are ignored. A query that consists "
                f"of single letters searches only your newest {READ_MAX:,} messages. With PostgreSQL, two letters "
                "inside a word of a script such as Thai or Arabic are also found only in your newest "
                f"{READ_MAX:,} messages in the script."
            ),
        ],
        first: First = None,
        after: After = None,
    ) -> Connection[Message]:
        user_id, page = info.context.user_id, PageRequest.of(first, after, None, None)
        async with info.context.services.searches.turn(user_id):
            found = await search_messages(user_id, query, page)

        async def count() -> int:
            return found.total

        return Connection[Message].of_page(found.page, BEST_FIRST, _wrap, count)


def _wrap(hit: SearchHit) -> Message:
    return Message.of(hit.message)
