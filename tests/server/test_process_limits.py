"""How many files the process may open, how many connections that leaves, and how many heaps its threads have."""

import ctypes
import os
import resource
import subprocess
import sys

import pytest

from gql_chat.server.process_limits import cap_connections, raise_open_file_limit


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


# Eight threads that hold memory of the C library at the same time, and then its own report of its heaps.
COUNT_HEAPS = """
import ctypes, threading
from gql_chat.server.process_limits import share_heaps
share_heaps()
libc, together = ctypes.CDLL(None), threading.Barrier(9)
libc.fdopen.restype = ctypes.c_void_p
def hold():
    held = bytearray(10_000)
    together.wait()
    together.wait()
for _ in range(8):
    threading.Thread(target=hold).start()
together.wait()
report = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, report)
libc.fflush(report)
together.wait()
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="the C library is not glibc")
@pytest.mark.parametrize(("of_operator", "heaps"), [({}, 2), ({"MALLOC_ARENA_MAX": "3"}, 3)])
def test_threads_share_two_heaps_or_as_many_as_the_operator_says(of_operator: dict[str, str], heaps: int) -> None:
    variables = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    counted = subprocess.run(
        [sys.executable, "-c", COUNT_HEAPS], env=variables | of_operator, check=True, capture_output=True, text=True
    )
    assert counted.stdout.count("<heap nr=") == heaps
