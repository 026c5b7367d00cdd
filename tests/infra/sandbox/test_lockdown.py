"""What a sandbox process has given up, where the kernel offers it: tried past Python, by the C library."""

import asyncio
import os
import platform
import subprocess
import sys
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path

import pytest

from gql_chat.infra.sandbox.lockdown import landlock_version
from gql_chat.infra.sandbox.sandbox import Sandbox, TaskFailed

FILTER = """
import ctypes, struct, sys
libc = ctypes.CDLL(None)
allow = ctypes.create_string_buffer(struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF0000))
header = struct.pack("@HP", 1, ctypes.addressof(allow))
sys.exit(libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, header, 0, 0))
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox("tests.support.chores", processes=1) as running:
        yield running


async def nothing() -> AsyncIterator[bytes]:
    yield b""


async def status_of(sandbox: Sandbox) -> dict[str, str]:
    await sandbox.call("reverse", nothing())
    [pid] = sandbox.pids
    text = await asyncio.to_thread(Path(f"/proc/{pid}/status").read_text)
    return {name: value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}


@cache
def kernel_filters() -> bool:
    """Return whether a process can have its system calls filtered: one tries it, by a filter that allows everything."""
    run = subprocess.run([sys.executable, "-c", FILTER], check=False)
    return run.returncode == 0 and platform.machine() in ("x86_64", "aarch64")


async def require_seccomp(sandbox: Sandbox) -> None:
    if not kernel_filters():
        pytest.skip("the kernel filters no system calls")
    assert (await status_of(sandbox))["Seccomp"] == "2"


async def test_it_cannot_gain_privileges_and_nobody_can_attach_to_it(sandbox: Sandbox) -> None:
    status = await status_of(sandbox)
    if "NoNewPrivs" in status:
        assert status["NoNewPrivs"] == "1"
    assert await sandbox.call("call_c", nothing(), name="prctl", arguments=[3, 0, 0, 0, 0]) == b"0"
    [pid] = sandbox.pids
    assert os.getpriority(os.PRIO_PROCESS, pid) >= 10


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("socket", [2, 1, 0]),
        ("socketpair", [1, 1, 0, 0]),
        ("execv", ["/bin/true", 0]),
        ("fork", []),
        ("ptrace", [0, 0, 0, 0]),
        ("unshare", [0x10000000]),
    ],
)
async def test_sockets_programs_and_other_processes_are_out_of_reach(
    sandbox: Sandbox, name: str, arguments: list[int | str]
) -> None:
    await require_seccomp(sandbox)
    assert await sandbox.call("call_c", nothing(), name=name, arguments=arguments) == b"EPERM"


async def test_threads_still_start(sandbox: Sandbox) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"by a thread"

    assert await sandbox.call("start_thread", body()) == b"by a thread"


@pytest.mark.skipif(not landlock_version(), reason="the kernel has no Landlock")
async def test_files_of_others_can_be_neither_read_nor_written_nor_deleted(sandbox: Sandbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    for path in (str(secret), "/etc/passwd", f"/proc/{os.getpid()}/environ"):
        with pytest.raises(TaskFailed, match="PermissionError"):
            await sandbox.call("read", nothing(), path=path)
    assert await sandbox.call("call_c", nothing(), name="creat", arguments=[str(tmp_path / "new"), 0o600]) == b"EACCES"
    assert await sandbox.call("call_c", nothing(), name="unlink", arguments=[str(secret)]) == b"EACCES"
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


async def test_files_of_python_itself_can_be_read(sandbox: Sandbox) -> None:
    for path in (f"{sys.prefix}/pyvenv.cfg", os.path.realpath(sys.executable)):
        assert (await sandbox.call("call_c", nothing(), name="open", arguments=[path, os.O_RDONLY])).isdigit()
