"""How many files the process may open, and how many connections that leaves."""

import resource

import pytest

from gql_chat.server.process import cap_connections, raise_open_file_limit


@pytest.mark.parametrize(
    ("wanted", "open_files", "capped"),
    [(10_000, None, 10_000), (10_000, 1_048_576, 10_000), (10_000, 1024, 768), (10_000, 256, 128), (100, 1024, 100)],
)
def test_the_cap_of_connections_leaves_files_for_everything_else(
    wanted: int, open_files: int | None, capped: int
) -> None:
    assert cap_connections(wanted, open_files) == capped


def test_the_limit_of_open_files_is_raised_as_far_as_it_goes() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 1024), hard))
    try:
        assert raise_open_file_limit() == min(hard, 2**20)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (min(hard, 2**20), hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
