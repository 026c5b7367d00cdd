"""Searching what one's messages say."""

from typing import Annotated

import strawberry

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.pagination import After, Connection, First
from gql_chat.api.engine.permissions import SignedIn
from gql_chat.api.messages import Message
from gql_chat.chats.search import BEST_FIRST, PARTS_MAX, QUERY_MAX_LENGTH, RANKED_MAX, SearchHit, search_messages
from gql_chat.infra.db.keyset import PageRequest
from gql_chat.users.models import Scope


@strawberry.type
class SearchQueries:
    @strawberry.field(
        description="One's messages in which all these words occur, also as parts of longer words, best first: whole "
        "words before parts, words that stand together before scattered ones, then what says them often in few words; "
        f"among equals the newest. The newest {RANKED_MAX} matches are ranked and counted, of all branches; a reply is "
        "found once it has settled.",
        extensions=[SignedIn(Scope.CHAT)],
    )
    async def search(
        self,
        info: Info,
        query: Annotated[
            str,
            strawberry.argument(
                description=f"Up to {PARTS_MAX} words in {QUERY_MAX_LENGTH} characters; those between quotation marks "
                "must follow each other. Case, accents and width do not matter."
            ),
        ],
        first: First = None,
        after: After = None,
    ) -> Connection[Message]:
        found = await search_messages(info.context.user_id, query, PageRequest.of(first, after, None, None))

        async def count() -> int:
            return found.total

        return Connection[Message].of(found.page, BEST_FIRST, _wrap, count)


def _wrap(hit: SearchHit) -> Message:
    return Message.of(hit.message)
