"""A function in a child process that is killed at its n-th system call which changes files.

The kernel stops the child before each such call (seccomp, ptrace), so none is missed, whether
SQLite or the interpreter makes it. For Linux on x86-64 and ARM64, without a compiler.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import sys
import traceback
from collections.abc import Callable

CALLS = {
    "x86_64": {
        "write": 1,
        "open": 2,
        "pwrite64": 18,
        "writev": 20,
        "sendfile": 40,
        "fsync": 74,
        "fdatasync": 75,
        "truncate": 76,
        "ftruncate": 77,
        "rename": 82,
        "mkdir": 83,
        "rmdir": 84,
        "creat": 85,
        "link": 86,
        "unlink": 87,
        "symlink": 88,
        "openat": 257,
        "mkdirat": 258,
        "unlinkat": 263,
        "renameat": 264,
        "linkat": 265,
        "symlinkat": 266,
        "fallocate": 285,
        "pwritev": 296,
        "renameat2": 316,
        "copy_file_range": 326,
    },
    "aarch64": {
        "mkdirat": 34,
        "unlinkat": 35,
        "symlinkat": 36,
        "linkat": 37,
        "renameat": 38,
        "truncate": 45,
        "ftruncate": 46,
        "fallocate": 47,
        "openat": 56,
        "write": 64,
        "writev": 66,
        "pwrite64": 68,
        "pwritev": 70,
        "sendfile": 71,
        "fsync": 82,
        "fdatasync": 83,
        "renameat2": 276,
        "copy_file_range": 285,
    },
}
"""Numbers of the calls that change a file or a name, or make that durable."""

FLAGS_AT = {"open": 1, "openat": 2}
"""Which argument says whether opening makes or empties a file."""

_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _TRACE = 0x7FFF_0000, 0x7FF0_0000
_TRACE_ME, _CONTINUE, _SET_OPTIONS, _CALL_INFO = 0, 7, 0x4200, 0x420E
_OPTIONS = 0x80 | 0x10_0000  # stop where the filter says so; the child dies with this process
_STOPPED_BY_FILTER = signal.SIGTRAP | 7 << 8
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("yes", ctypes.c_uint8),
        ("no", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("first", ctypes.c_void_p))


class _Call(ctypes.Structure):
    _fields_ = (
        ("head", ctypes.c_uint8 * 24),
        ("number", ctypes.c_uint64),
        ("rest", ctypes.c_uint64 * 8),
    )


_libc = ctypes.CDLL(None, use_errno=True)


def cannot_trace() -> str:
    """Why no child can be stopped at its calls here; empty when it can."""
    if platform.system() != "Linux" or platform.machine() not in CALLS:
        return f"no system call numbers for {platform.system()} on {platform.machine()}"
    try:
        killed_at(1, lambda: None)
    except OSError as error:
        return f"children cannot be traced: {error}"
    return ""


def killed_at(nth: int, act: Callable[[], None]) -> str:
    """Run `act` in a child, killed at its `nth` call; that call's name, or empty if it ended first.

    Raises OSError where children cannot be traced, AssertionError when `act` fails.
    """
    child = os.fork()
    if child == 0:
        _be_traced(act)
    _, status = os.waitpid(child, 0)
    if not os.WIFSTOPPED(status):
        raise OSError(os.WEXITSTATUS(status), "ptrace is not permitted")
    _ptrace(_SET_OPTIONS, child, _OPTIONS)
    seen, passed_on = 0, 0
    while True:
        _ptrace(_CONTINUE, child, passed_on)
        _, status = os.waitpid(child, 0)
        if not os.WIFSTOPPED(status):
            assert status == 0, f"the command failed with status {status:#x}"
            return ""
        stopped_by = status >> 8
        passed_on = 0 if stopped_by == _STOPPED_BY_FILTER else stopped_by
        seen += stopped_by == _STOPPED_BY_FILTER
        if seen == nth:
            name = _name_of_call(child)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return name


def _be_traced(act: Callable[[], None]) -> None:
    """In the child: stop for the parent, then run `act` under the filter. Never returns."""
    status = 1
    try:
        _ptrace(_TRACE_ME, 0, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        _set_filter()
        act()
        status = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _set_filter() -> None:
    instructions: list[tuple[int, int, int, int]] = [(_LOAD, 0, 0, 0)]
    calls = CALLS[platform.machine()]
    for name in sorted(calls, key=FLAGS_AT.__contains__):
        if name in FLAGS_AT:
            bits = os.O_CREAT | os.O_TRUNC
            instructions += [
                (_EQUAL, 0, 4, calls[name]),
                (_LOAD, 0, 0, 16 + 8 * FLAGS_AT[name]),
                (_ANY_BIT, 0, 1, bits),
                (_RETURN, 0, 0, _TRACE),
                (_RETURN, 0, 0, _ALLOW),
            ]
        else:
            instructions += [(_EQUAL, 0, 1, calls[name]), (_RETURN, 0, 0, _TRACE)]
    instructions.append((_RETURN, 0, 0, _ALLOW))
    array = (_Instruction * len(instructions))(*instructions)  # type: ignore[misc]
    program = _Program(len(array), ctypes.addressof(array))
    _checked(_libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _checked(_libc.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0))


def _name_of_call(child: int) -> str:
    call = _Call()
    _ptrace(_CALL_INFO, child, ctypes.addressof(call), ctypes.sizeof(call))
    names = {number: name for name, number in CALLS[platform.machine()].items()}
    return names.get(call.number, f"call {call.number}")


def _ptrace(request: int, child: int, data: int, address: int = 0) -> None:
    pointer = ctypes.c_void_p
    _checked(
        _libc.ptrace(ctypes.c_long(request), ctypes.c_long(child), pointer(address), pointer(data))
    )


def _checked(result: int) -> None:
    if result == -1:
        problem = ctypes.get_errno()
        raise OSError(problem, os.strerror(problem))
