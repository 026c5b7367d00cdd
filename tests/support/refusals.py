"""The error of a refused operation, which must have changed nothing."""

from typing import Any

import pytest

from tests.support.client import Client, GraphQLErrors
from tests.support.stored.rows import all_rows


async def error_of(client: Client, query: str, **variables: Any) -> tuple[str, str, str | None]:
    """Return code, message and field of the only error. Fail if any row changed."""
    before = await all_rows()
    with pytest.raises(GraphQLErrors) as raised:
        await client.run(query, **variables)
    assert await all_rows() == before
    [error] = raised.value.errors
    return error["extensions"]["code"], error["message"], error["extensions"].get("field")
