"""Runs one command with resource limits and kills all of its processes. A standalone script.

    python -I -S supervisor.py STATUS_FD LIMITS_JSON FILTER PROGRAM ARGUMENT...

The command inherits standard output and error. Standard input is a lifeline: when the other end is
closed, deliberately or because the parent died, everything is killed. One JSON object is written to
STATUS_FD: {"code": exit code, negative for a signal} or {"error": why the program did not start}.
FILTER is a seccomp filter in hexadecimal, or empty; the command and its children cannot remove it.

Uses only the standard library and imports nothing from this package, so that it starts fast.
"""

import ctypes
import json
import os
import resource
import select
import signal
import struct
import sys
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, _PR_SET_NO_NEW_PRIVS = 22, 2, 38
_KEYCTL = {"x86_64": 250, "aarch64": 219, "riscv64": 219}
"""System call number by machine; the C library has no function for it."""
_KEYCTL_JOIN_SESSION_KEYRING = 1
_CHANGED_SIGNALS = (
    signal.SIGCHLD,
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGPIPE,
    signal.SIGTERM,
    signal.SIGXFSZ,
)


def main(arguments: list[str]) -> int:
    """Supervises until the command ends or the lifeline is closed. Returns 0."""
    status, limits = int(arguments[0]), json.loads(arguments[1])
    calls, argv = bytes.fromhex(arguments[2]), arguments[3:]
    os.set_inheritable(status, False)
    become_reaper()
    wake, _ = _wake_on_child()
    ready, failed = os.pipe()
    own = os.getpid()
    child = os.fork()
    if child == 0:
        _die_with(own)
        _become_command(argv, limits, calls, failed)
    os.close(failed)
    error = os.read(ready, 4096)
    code = _wait(child, wake)
    kill_descendants()
    message = {"error": error.decode("utf-8", "replace")} if error else {"code": code}
    os.write(status, json.dumps(message).encode())
    return 0


def become_reaper() -> None:
    """Makes orphans of the command children of this process (Linux), so that none escapes."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _die_with(parent: int) -> None:
    """Kills the command when its supervisor is killed (Linux), also before it has started."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(127)


def _leave_keyring() -> None:
    """Joins an empty session keyring (Linux): the user's may contain tickets and keys."""
    number = _KEYCTL.get(os.uname().machine)
    if sys.platform == "linux" and number is not None:
        ctypes.CDLL(None).syscall(number, _KEYCTL_JOIN_SESSION_KEYRING, None)


def kill_descendants() -> None:
    """Kills and reaps all descendants of this process."""
    while True:
        children = _children()
        for pid in children:
            _kill(pid)
        try:
            # The children of a killed process become ours: repeat until there are none.
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _become_command(argv: list[str], limits: dict[str, int], calls: bytes, failed: int) -> None:
    try:
        os.setsid()
        _leave_keyring()
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        signal.set_wakeup_fd(-1)
        for number in _CHANGED_SIGNALS:
            # Ignored signals stay ignored across exec.
            signal.signal(number, signal.SIG_DFL)
        _prefer_for_oom_killer()
        for name, value in limits.items():
            _limit(getattr(resource, name), value)
        _filter_calls(calls)
        os.execv(argv[0], argv)  # noqa: S606  # the caller passes a fixed argument list
    except OSError as error:
        os.write(failed, (error.strerror or str(error)).encode())
    finally:
        os._exit(127)


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
    try:
        resource.setrlimit(kind, (ceiling, ceiling))
    except (OSError, ValueError):
        # Some systems do not allow setting every limit; the other limits still apply.
        return


def _filter_calls(calls: bytes) -> None:
    """Installs the filter. Without support in the kernel, the namespaces still separate."""
    if not calls:
        return
    libc, code = ctypes.CDLL(None), ctypes.create_string_buffer(calls, len(calls))
    # struct sock_fprog: the number of instructions, each of eight bytes, and where they are
    description = struct.pack("HP", len(calls) // 8, ctypes.addressof(code))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, description, 0, 0)


def _prefer_for_oom_killer() -> None:
    """Makes the kernel kill the tests, not the editor or the model, when memory runs out."""
    try:
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    except OSError:
        return


def _wake_on_child() -> tuple[int, int]:
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        # Only the lifeline ends the run, not a Ctrl+C sent to the terminal's process group.
        signal.signal(number, signal.SIG_IGN)
    return wake, woken


def _wait(child: int, wake: int) -> int:
    """The child's exit code; -9 when the lifeline was closed first."""
    while True:
        pid, state = os.waitpid(child, os.WNOHANG)
        if pid:
            if sys.platform != "linux":
                _kill(-child)
            return os.waitstatus_to_exitcode(state)
        readable, _, _ = select.select([0, wake], [], [])
        if 0 in readable and not os.read(0, 1):
            # Kill the whole group at once, before it can fork again. The rest follows.
            _kill(-child)
            os.waitpid(child, 0)
            return -signal.SIGKILL
        if wake in readable:
            os.read(wake, 512)


def _children() -> list[int]:
    own = os.getpid()
    try:
        text = Path(f"/proc/self/task/{own}/children").read_text(encoding="ascii")
        return [int(word) for word in text.split()]
    except OSError:
        # The kernel was built without that file: look up the parent of every process.
        stats = ((path, _read(path)) for path in Path("/proc").glob("[0-9]*/stat"))
        return [int(path.parent.name) for path, text in stats if _parent(text) == own]


def _parent(stat: str) -> int:
    # The process name before it is in parentheses and may contain anything.
    fields = stat.rpartition(")")[2].split()
    return int(fields[1]) if len(fields) > 1 else 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _kill(pid: int) -> None:
    try:
        if pid > 0 and os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        elif pid < 0:
            os.killpg(-pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
