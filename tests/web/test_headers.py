"""Headers of requests, as the ASGI scope has them."""

from gql_chat.web.headers import read_header


def test_the_first_header_of_a_name_counts_as_in_starlette() -> None:
    scope = {"headers": [(b"host", b"a"), (b"accept", b"caf\xe9"), (b"accept", b"second")]}
    assert read_header(scope, b"accept") == "café"
    assert read_header(scope, b"x-request-id") is None
