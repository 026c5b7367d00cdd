"""The rights that a sandbox process gives up before it reads a file, as far as the kernel offers: Linux's restrictions.

The process cannot be read or attached to by others of its user (dumpable), gain privileges (no_new_privs), write any
file or read others than Python's own (Landlock), nor open sockets or start programs (seccomp). Each is tried on its own
and none is required: limits and Python's audit hook hold everywhere (docs/decisions/0013-extraction.md).
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress

_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _SECCOMP_MODE_FILTER = 4, 22, 38, 2

# https://docs.kernel.org/userspace-api/landlock.html; these numbers are the same on all architectures.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_CREATE_RULESET_VERSION, _RULE_PATH_BENEATH = 1, 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FS_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}  # by version; each also has the earlier ones
_NET_RIGHTS = 0b11  # to bind and connect TCP, from version 4 on
_READABLE = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo", "/etc/ld.so.cache",
    "/etc/localtime", "/etc/mime.types", "/dev/null", "/dev/urandom",
)  # fmt: skip

# Of x86_64 and aarch64: sockets, programs, other processes, and interfaces of the kernel that no reader of files needs.
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_FORBIDDEN = {
    "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "sendto": (44, 206), "sendmsg": (46, 211),
    "bind": (49, 200), "listen": (50, 201), "socketpair": (53, 199), "accept4": (288, 242), "fork": (57, None),
    "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281), "ptrace": (101, 117), "mount": (165, 40),
    "keyctl": (250, 219), "unshare": (272, 97), "perf_event_open": (298, 241), "open_by_handle_at": (304, 265),
    "setns": (308, 268), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "bpf": (321, 280),
    "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "pidfd_getfd": (438, 438),
}  # fmt: skip
_CLONE, _CLONE3, _CLONE_THREAD = (56, 220), 435, 0x10000
_X32 = 0x40000000
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000  # the latter with an error number
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16


def lock_down() -> None:
    """Give up what the kernel lets this process give up."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)  # without which the kernel refuses the others
    _restrict_files(libc)
    _restrict_system_calls(libc)


def landlock_version() -> int:
    """Return the version of Landlock that the kernel offers, 0 for none."""
    if sys.platform != "linux":
        return 0
    return max(int(ctypes.CDLL(None).syscall(_CREATE_RULESET, None, 0, _CREATE_RULESET_VERSION)), 0)


def _restrict_files(libc: ctypes.CDLL) -> None:
    version = landlock_version()
    if not version:
        return
    rights = _FS_RIGHTS[min(version, max(_FS_RIGHTS))]
    attributes = struct.pack("=QQ", rights, _NET_RIGHTS) if version >= 4 else struct.pack("=Q", rights)
    ruleset = libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0:
        return
    try:
        for path in dict.fromkeys(_readable_paths()):
            with suppress(OSError):
                _allow_reading(libc, ruleset, path)
        libc.syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _readable_paths() -> Iterator[str]:
    yield from _READABLE
    yield from (sys.prefix, sys.base_prefix)
    yield from filter(None, sys.path)


def _allow_reading(libc: ctypes.CDLL, ruleset: int, path: str) -> None:
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = _READ_FILE | _READ_DIR if os.path.isdir(path) else _READ_FILE
        libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, struct.pack("=Qi", rights, folder), 0)
    finally:
        os.close(folder)


def _restrict_system_calls(libc: ctypes.CDLL) -> None:
    machine = platform.machine()
    if machine not in _ARCHITECTURES or struct.calcsize("P") != 8:
        return
    column = list(_ARCHITECTURES).index(machine)
    numbers = [number for pair in _FORBIDDEN.values() if (number := pair[column]) is not None]
    program = b"".join(_filter(_ARCHITECTURES[machine], numbers, _CLONE[column]))
    code = ctypes.create_string_buffer(program)
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0)


def _filter(architecture: int, forbidden: Iterable[int], clone: int) -> Iterator[bytes]:
    """Yield the instructions of the filter: https://docs.kernel.org/userspace-api/seccomp_filter.html."""
    yield _instruction(_LOAD, _ARCHITECTURE_AT)
    yield _instruction(_JUMP_EQUAL, architecture, if_true=1)
    yield _instruction(_RETURN, _REFUSE | errno.EPERM)
    yield _instruction(_LOAD, _NUMBER_AT)
    yield _instruction(_JUMP_AT_LEAST, _X32, if_false=1)
    yield _instruction(_RETURN, _REFUSE | errno.EPERM)
    for number in forbidden:
        yield _instruction(_JUMP_EQUAL, number, if_false=1)
        yield _instruction(_RETURN, _REFUSE | errno.EPERM)
    # clone3's flags are in memory, where no filter sees them. Without it, the C library starts threads by clone.
    yield _instruction(_JUMP_EQUAL, _CLONE3, if_false=1)
    yield _instruction(_RETURN, _REFUSE | errno.ENOSYS)
    yield _instruction(_JUMP_EQUAL, clone, if_false=3)
    yield _instruction(_LOAD, _FIRST_ARGUMENT_AT)
    yield _instruction(_JUMP_SET, _CLONE_THREAD, if_true=1)
    yield _instruction(_RETURN, _REFUSE | errno.EPERM)
    yield _instruction(_RETURN, _ALLOW)


def _instruction(code: int, value: int, *, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
