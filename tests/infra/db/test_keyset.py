"""Cursors: opaque, stable over versions, and refused unless they are exactly what a list gave."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from gql_chat.errors import BadUserInput
from gql_chat.infra.db.keyset import Moment, Number, Ordering, Text

# As clients may have kept it from an earlier version.
CURSOR = "WyIyMDI2LTExLTI4VDA5OjMwOjE1LjEyMzQ1NloiLCJzZXNfMDFoNDU1dmI0cGV4NXZza25rMDg0c24wMnEiLC03XQ"
ORDERING = Ordering({"at": Moment, "id": Text, "number": Number})


@dataclass
class Row:
    at: datetime
    id: str
    number: int


ROW = Row(datetime(2026, 11, 28, 9, 30, 15, 123456, tzinfo=UTC), "ses_01h455vb4pex5vsknk084sn02q", -7)


def test_a_cursor_that_a_client_kept_is_still_read() -> None:
    assert ORDERING.cursor(ROW) == CURSOR
    assert ORDERING.key_of(CURSOR, "after") == [ROW.at, ROW.id, ROW.number]


@pytest.mark.parametrize(
    "cursor", ["", "?", "é", "\ud83d", CURSOR + "=", CURSOR + "\n", CURSOR[:-1], CURSOR[1:], "WzFd"]
)
def test_any_other_text_is_refused(cursor: str) -> None:
    with pytest.raises(BadUserInput, match=r"^This is not a cursor of this list\.$") as refused:
        ORDERING.key_of(cursor, "after")
    assert refused.value.field == "after"
