"""Names: which ones are accepted, at the edges."""

import pytest

from gql_chat.errors import BadUserInput
from gql_chat.users.names import normalize_email

LONGEST = f"a@{('b' * 63 + '.') * 3}{'b' * 57}.cd"


def test_an_address_has_at_most_254_characters_in_each_form() -> None:
    assert len(LONGEST) == 254
    assert normalize_email(f" {LONGEST} ") == LONGEST
    for too_long in (f"a{LONGEST}", LONGEST.replace("b.cd", "\N{LATIN SMALL LIGATURE FFI}.cd")):
        with pytest.raises(BadUserInput) as refused:
            normalize_email(too_long, field="new_email")
        assert refused.value.field == "new_email"


@pytest.mark.parametrize(
    "address",
    ["<ada@example.com>", "ada,bob@example.com", "ada@example.com,bob", "ada;@example.com", "ada(x)@example.com",
     "ada..b@example.com", ".ada@example.com", f"ada@{'a' * 64}.com", "李@example.com", "ada@a\u200db.example"],
)  # fmt: skip
def test_an_address_that_no_email_reaches_is_refused(address: str) -> None:
    with pytest.raises(BadUserInput):
        normalize_email(address)
