"""Kills a process at one of its system calls, for real: the parent traces its child."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_TRACEME, _SYSCALL, _SETOPTIONS = 0, 24, 0x4200
_SYSGOOD, _EXITKILL = 1, 0x100000
_AT_CALL = signal.SIGTRAP | 0x80


def _ptrace(request: int, pid: int, data: int = 0) -> int:
    call = ctypes.CDLL(None, use_errno=True).ptrace
    call.restype = ctypes.c_long
    call.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    return int(call(request, pid, None, data))


def killed_at(point: int, work: Callable[[], object]) -> int:
    """Runs `work` in a child, and kills that right before its system call number `point`.

    Counts from 1; with 0 it is never killed. Returns the number of calls that it got to. Raises
    OSError where the kernel forbids tracing, AssertionError when the work fails.
    """
    child = os.fork()
    if child == 0:
        code = 3
        try:
            if _ptrace(_TRACEME, 0) == 0:
                os.kill(os.getpid(), signal.SIGSTOP)
                work()
                code = 0
            else:
                code = 4
        finally:
            os._exit(code)
    return _watched(child, point)


def _watched(child: int, point: int) -> int:
    _, status = os.waitpid(child, 0)
    if not os.WIFSTOPPED(status) or _ptrace(_SETOPTIONS, child, _SYSGOOD | _EXITKILL):
        raise OSError("processes cannot be traced here")
    calls, entering, passed = 0, True, 0
    while True:
        _ptrace(_SYSCALL, child, passed)
        _, status = os.waitpid(child, 0)
        if not os.WIFSTOPPED(status):
            assert os.waitstatus_to_exitcode(status) == 0, f"the work failed: {status}"
            return calls
        passed = os.WSTOPSIG(status)
        if passed != _AT_CALL:
            continue
        passed = 0
        calls += entering
        if entering and calls == point:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return calls
        entering = not entering


def can_trace() -> bool:
    """Whether this system lets a process trace its child."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        return killed_at(1, os.getppid) == 1
    except OSError:
        return False
