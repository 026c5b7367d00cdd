"""Names: which ones are accepted, at the edges."""

import pytest

from gql_chat.errors import BadUserInput
from gql_chat.users.names import normalize_email

LONGEST = f"a@{'b' * 249}.cd"


def test_an_address_has_at_most_254_characters_in_each_form() -> None:
    assert len(LONGEST) == 254
    assert normalize_email(f" {LONGEST} ") == LONGEST
    for too_long in (f"a{LONGEST}", f"a@{'b' * 248}\N{LATIN SMALL LIGATURE FFI}.cd"):
        with pytest.raises(BadUserInput) as refused:
            normalize_email(too_long, field="new_email")
        assert refused.value.field == "new_email"
