"""Reads along one branch: the messages from its end up to its root, by ranges of chains, and those beside them.

A statement walks from the branch's end upwards, chain by chain and only as far as the wanted orders, and reads the
messages of each chain as a range of one index. Decision record: docs/decisions/0061-chains.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeAlias

import msgspec

from gql_chat.chats import pieces
from gql_chat.chats.models import Message
from gql_chat.infra.db.database import dialect, fetch_all, fetch_models, fetch_rows
from gql_chat.infra.db.keyset import Number, Ordering, Page, PageRequest
from gql_chat.infra.db.listing import Listing
from gql_chat.infra.db.quick import Quick

OLDEST_FIRST = Ordering({"order": Number})
ORDER_MAX = 2**31 - 1

# The chains of the branch that ends with `end`, each with the last order that is of the branch. Wanted are the orders
# from $2 to $3, and of these the last $4. One bound on either side: SQLite would take any of several for the index.
WITH_CHAINS = """
WITH RECURSIVE tip AS (
    SELECT session_id AS session, chain_id AS chain, "order" AS "end",
        CASE WHEN "order" < $3 THEN "order" ELSE $3 END AS highest
    FROM messages WHERE id = {end}
), wanted AS (
    SELECT tip.*, CASE WHEN highest - $4 + 1 > $2 THEN highest - $4 + 1 ELSE $2 END AS lowest FROM tip
), chains (chain, above, "first", "last") AS (
    SELECT opening.id, opening.forked_from, opening."order", wanted."end"
    FROM wanted CROSS JOIN messages AS opening WHERE opening.id = wanted.chain
    UNION ALL
    SELECT opening.id, opening.forked_from, opening."order", chains."first" - 1
    FROM chains CROSS JOIN wanted CROSS JOIN messages AS opening
    WHERE opening.id = chains.above AND chains."first" > wanted.lowest
)
"""
# Of a few chains, PostgreSQL could read the whole table; OFFSET 0 has it look up each chain by itself.
LOOK_UP = {
    "sqlite": "messages AS {name} WHERE {conditions}",
    "postgres": "LATERAL (SELECT {name}.* FROM messages AS {name} WHERE {conditions} OFFSET 0) AS {name}",
}
OF_CHAIN = """
messages.session_id = wanted.session AND messages.chain_id = chains.chain AND messages."order" BETWEEN wanted.lowest
    AND CASE WHEN chains."last" < wanted.highest THEN chains."last" ELSE wanted.highest END
"""
SELECT_RANGE = """
SELECT {columns} FROM wanted CROSS JOIN chains CROSS JOIN {messages} ORDER BY messages."order" {direction}
"""
SELECT_ONE = Quick("SELECT * FROM messages WHERE id = $1")
SELECT_IS_ON = f"""{WITH_CHAINS.format(end="$1")} SELECT 1 FROM chains WHERE chain = $5 AND "last" >= $2"""  # noqa: S608
SELECT_LENGTH = 'SELECT "order" FROM messages WHERE id = (SELECT head_id FROM sessions WHERE id = $1)'
HEAD = "(SELECT head_id FROM sessions WHERE id = $1)"
OF_FORK = 'fork.forked_from = below.chain_id AND fork."order" > below."first"'
# The chains of the subtree below $1, each with its first order there. A leaf ends its chain, and nothing forks from it:
# no fork is deeper. LIMIT has PostgreSQL sort the ends first, and look for forks of the newest alone.
SELECT_NEWEST_END = f"""
WITH RECURSIVE below (session_id, chain_id, "first") AS (
    SELECT session_id, chain_id, "order" FROM messages WHERE id = $1
    UNION ALL
    SELECT fork.session_id, fork.id, fork."order" FROM below CROSS JOIN {{forks}}
), ends (id, chain_id) AS (
    SELECT (
        SELECT id FROM messages WHERE messages.session_id = below.session_id AND messages.chain_id = below.chain_id
        ORDER BY messages."order" DESC LIMIT 1
    ), chain_id FROM below
)
SELECT id FROM (SELECT id, chain_id FROM ends ORDER BY id DESC LIMIT {ORDER_MAX}) AS ends
WHERE (SELECT "order" FROM messages WHERE messages.id = ends.id)
    >= coalesce((SELECT max("order") FROM messages WHERE forked_from = ends.chain_id), 0)
ORDER BY id DESC LIMIT 1
"""  # noqa: S608
SELECT_SIBLINGS = """
WITH wanted (session, above, place) AS ({wanted})
SELECT session, above, place, going_on.id FROM wanted CROSS JOIN {going_on}
UNION ALL
SELECT session, above, place, fork.id FROM wanted CROSS JOIN {forks}
ORDER BY id
"""
SIBLINGS_IN_CHAIN = """
going_on.session_id = wanted.session AND going_on.chain_id = wanted.above AND going_on."order" = wanted.place
"""
SIBLINGS_OF_FORK = 'fork.forked_from = wanted.above AND fork."order" = wanted.place'
WANTED_SIBLINGS = {
    "sqlite": "SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each($1)",
    "postgres": "SELECT one ->> 0, one ->> 1, (one ->> 2)::integer FROM jsonb_array_elements($1::jsonb) AS one",
}

Siblings: TypeAlias = tuple[str, str, int]
"""What siblings share: their session, `Message.above_id` and their order."""


@dataclass(frozen=True, slots=True)
class SelectedBranch(Listing[Message]):
    """The listing of a session's selected branch, oldest first. Its orders count from 1 without a gap."""

    session_id: str
    model = Message
    ordering = OLDEST_FIRST

    def select(self, columns: str, request: PageRequest) -> tuple[str, list[Any]]:
        """Return the SELECT of a page and one more row, and its values."""
        lowest, highest, rows = request.offset + 1, ORDER_MAX, request.limit + 1
        if request.after is not None:
            [after] = OLDEST_FIRST.key_of(request.after, "after")
            lowest = min(max(after + 1, 1), ORDER_MAX)
        if request.before is not None:
            [before] = OLDEST_FIRST.key_of(request.before, "before")
            highest = max(before - 1, 0)
        if not request.from_end:
            highest = min(highest, lowest + rows - 1)
        direction = "DESC" if request.from_end else "ASC"
        return _range_of(HEAD, columns, direction), [self.session_id, lowest, highest, rows]

    async def fetch(self, request: PageRequest) -> Page[Message]:
        """Return a page of rows, streaming replies with their whole text so far."""
        page = await Listing.fetch(self, request)
        await pieces.complete(page.rows)
        return page

    async def fetch_columns(self, columns: Sequence[str], request: PageRequest) -> Page[Sequence[Any]]:
        """Return a page of these columns' values, the text as `fetch` does."""
        if not pieces.TEXTS.intersection(columns):
            return await Listing.fetch_columns(self, columns, request)
        wanted = [*columns, *({"id", "status"} - {*columns})]
        page = await Listing.fetch_columns(self, wanted, request)
        rows = await pieces.complete_columns(wanted, page.rows)
        return replace(page, rows=rows if len(wanted) == len(columns) else [row[: len(columns)] for row in rows])

    async def count(self) -> int:
        """Return the number of messages."""
        rows = await fetch_all(SELECT_LENGTH, self.session_id)
        return int(rows[0]["order"]) if rows else 0


async def list_path(message_id: str | None, limit: int) -> list[Message]:
    """Return the message and its nearest ancestors, `limit` in all, oldest first; none for None.

    The ancestors of a message never change, whatever is selected.
    """
    if message_id is None or limit <= 0:
        return []
    if limit == 1:
        return await fetch_models(Message, SELECT_ONE, message_id)
    return await fetch_models(Message, _range_of("$1", "messages.*"), message_id, 1, ORDER_MAX, limit)


async def list_path_ids(message_id: str | None) -> set[str]:
    """Return the ids of the message and all its ancestors; none for None."""
    rows = await fetch_all(_range_of("$1", "messages.id"), message_id, 1, ORDER_MAX, ORDER_MAX)
    return {row["id"] for row in rows}


async def list_first_exchange(session_id: str) -> list[Message]:
    """Return the first message of the selected branch, and the reply to it if there is one."""
    return await fetch_models(Message, _range_of(HEAD, "messages.*"), session_id, 1, 2, 2)


async def is_on_branch(message: Message, end_id: str | None) -> bool:
    """Return whether the message lies on the branch that ends with the other."""
    return bool(await fetch_all(SELECT_IS_ON, end_id, message.order, message.order, 1, message.chain_id))


async def load_siblings(wanted: Sequence[Siblings]) -> list[list[str]]:
    """Return the ids of all messages at each of these places, oldest first."""
    found: dict[Siblings, list[str]] = {}
    places = msgspec.json.encode(list(dict.fromkeys(wanted))).decode()
    for session_id, above_id, order, message_id in await fetch_rows(_select_siblings(dialect()), places):
        found.setdefault((session_id, above_id, order), []).append(message_id)
    return [found.get(one, []) for one in wanted]


async def list_children(message: Message) -> list[str]:
    """Return the ids of the messages that follow this one, oldest first."""
    [children] = await load_siblings([(message.session_id, message.chain_id, message.order + 1)])
    return children


async def find_newest_end(message_id: str) -> str:
    """Return the end that was written last of the branches through this message."""
    forks = LOOK_UP[dialect()].format(name="fork", conditions=OF_FORK)
    [end] = await fetch_all(SELECT_NEWEST_END.format(forks=forks), message_id)
    return str(end["id"])


@cache
def _select_siblings(of_dialect: str) -> str:
    look_up = LOOK_UP[of_dialect]
    going_on = look_up.format(name="going_on", conditions=SIBLINGS_IN_CHAIN)
    forks = look_up.format(name="fork", conditions=SIBLINGS_OF_FORK)
    return SELECT_SIBLINGS.format(wanted=WANTED_SIBLINGS[of_dialect], going_on=going_on, forks=forks)


def _range_of(end: str, columns: str, direction: str = "ASC") -> str:
    """Return the statement that reads the wanted orders of the branch with this end."""
    messages = LOOK_UP[dialect()].format(name="messages", conditions=OF_CHAIN)
    select = SELECT_RANGE.format(columns=columns, messages=messages, direction=direction)
    return WITH_CHAINS.format(end=end) + select
