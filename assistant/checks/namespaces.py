"""Runs one program in its own Linux namespaces. A standalone script.

    python -I -S namespaces.py OPTION... -- PROGRAM ARGUMENT...

For machines without bubblewrap. Supports the bubblewrap options that the sandbox uses:

    --setenv NAME VALUE    sets a variable in the otherwise empty environment
    --ro-bind A B          mounts the host path A at B, read-only
    --ro-bind-try A B      the same if A exists
    --bind A B             mounts the host path A at B, writable
    --tmpfs B              mounts an empty in-memory file system
    --proc B, --dev B      mounts the sandbox's own process and device files
    --chdir B              sets the working directory

`--ro-bind / /` must be the first option apart from `--setenv`. The program always runs with only a
loopback network, without other processes in sight, without privileges or nested namespaces, in a
new session, and dies with its parent. Nothing runs if any of this fails. Exits with the program's
exit code, with 128 + number for a signal as shells do, or with 1 and a line that starts with
`namespaces: ` when the sandbox cannot be set up.

Uses only the standard library and imports nothing from this package, so that it starts fast.
References: unshare(2), mount_setattr(2), open_tree(2), pid_namespaces(7), capabilities(7).
"""

import ctypes
import fcntl
import os
import select
import signal
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEW_NAMESPACES = (
    0x10000000  # users
    | 0x00020000  # mounts
    | 0x40000000  # network
    | 0x20000000  # processes
    | 0x08000000  # System V IPC
    | 0x04000000  # host name
    | 0x02000000  # control groups
)
# The same on all architectures except alpha and MIPS, where the first call fails.
_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_AT_FDCWD = -100
_AT_EMPTY_PATH, _AT_RECURSIVE = 0x1000, 0x8000
_OPEN_TREE_CLONE, _OPEN_TREE_CLOEXEC = 1, os.O_CLOEXEC
_MOVE_MOUNT_FROM_EMPTY_PATH = 4
_ATTR_READ_ONLY, _ATTR_NO_SETUID, _ATTR_NO_DEVICES = 1, 2, 4
_NO_SETUID, _NO_DEVICES, _NO_EXEC = 2, 4, 8
_MS_REC_PRIVATE = 0x4000 | (1 << 18)
_ROOT_BIND = ("--ro-bind", "/", "/")
_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 24, 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITY_VERSION = 0x20080522
_SIOCSIFFLAGS, _INTERFACE_UP = 0x8914, 0x1
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_ARGUMENT_COUNTS = {"--setenv": 2, "--ro-bind": 2, "--ro-bind-try": 2, "--bind": 2}


def main(arguments: list[str]) -> int:
    """Sets up the sandbox, runs the program, and returns the exit status."""
    # The first process of a PID namespace gets only the signals from inside that it handles.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        options, argv = _split(arguments)
        _separate()
        _die_with_parent()
        alive, parent = os.pipe()
        inside = os.fork()  # the child is the first process of the PID namespace
    except (OSError, ValueError) as error:
        return _report(error)
    if inside:
        os.close(alive)
        return _status(inside)
    try:
        os.close(parent)
        _die_with_parent()
        _end_without_parent(alive)
        environment = _set_up(options)
        _drop_privileges()
    except (OSError, ValueError, RuntimeError) as error:
        os._exit(_report(error))
    os._exit(_first_process(argv, environment))


def _split(arguments: list[str]) -> tuple[list[tuple[str, ...]], list[str]]:
    """Returns the options and the program. Raises ValueError when they are invalid."""
    if "--" not in arguments[:-1]:
        raise ValueError("no program is given")
    end = arguments.index("--")
    options = list(_options(arguments[:end]))
    shown = [option for option in options if option[0] != "--setenv"]
    if shown[:1] != [_ROOT_BIND]:
        raise ValueError("--ro-bind / / must come first")
    if any(os.path.realpath(each[1]) == "/" for each in shown[1:] if each[0] != "--chdir"):
        raise ValueError("the root is mounted twice or covered")
    return options, arguments[end + 1 :]


def _options(words: list[str]) -> Iterator[tuple[str, ...]]:
    position = 0
    while position < len(words):
        following = position + 1 + _ARGUMENT_COUNTS.get(words[position], 1)
        if following > len(words):
            raise ValueError(f"{words[position]} needs more arguments")
        yield tuple(words[position:following])
        position = following


def _report(error: Exception) -> int:
    reason = str(error)
    if isinstance(error, OSError):
        reason = f"{error.strerror} ({error.filename})" if error.filename else str(error.strerror)
    print(f"namespaces: {reason}", file=sys.stderr, flush=True)
    return 1


def _separate() -> None:
    """Enters new namespaces with the same user and group."""
    user, group = os.geteuid(), os.getegid()
    _call("unshare", _NEW_NAMESPACES)
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    # In nested namespaces, control groups of the host could be mounted writable.
    Path("/proc/sys/user/max_user_namespaces").write_text("0", encoding="ascii")


def _status(pid: int) -> int:
    """Waits for a child and returns its exit status as shells report it."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code if code >= 0 else 128 - code


def _die_with_parent() -> None:
    _call("prctl", _PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def _end_without_parent(alive: int) -> None:
    """Exits if the parent died before `_die_with_parent`: only it has the pipe's other end."""
    if select.select([alive], [], [], 0)[0]:
        os._exit(1)
    os.close(alive)


def _set_up(options: list[tuple[str, ...]]) -> dict[str, str]:
    """Sets up the file system from the options and returns the environment."""
    _call("mount", b"none", b"/", None, _MS_REC_PRIVATE, None)
    # Clone all sources before a mount covers them.
    shown = [_clone_source(option) if "bind" in option[0] else None for option in options]
    devices = {name: _clone(f"/dev/{name}") for name in _DEVICES}
    environment: dict[str, str] = {}
    for option, tree in zip(options, shown, strict=True):
        match option:
            case ("--setenv", name, value):
                environment[name] = value
            case ("--ro-bind", "/", "/"):
                attributes = _ATTR_READ_ONLY | _ATTR_NO_SETUID | _ATTR_NO_DEVICES
                _set_attributes(_AT_FDCWD, b"/", attributes)
            case ("--ro-bind" | "--ro-bind-try" | "--bind", _, target):
                if tree is not None:
                    _attach(tree, target)
            case ("--tmpfs", target):
                _mount("tmpfs", target, _NO_SETUID | _NO_DEVICES, "mode=0755")
            case ("--proc", target):
                _mount("proc", target, _NO_SETUID | _NO_DEVICES | _NO_EXEC)
            case ("--dev", target):
                _make_devices(target, devices)
            case ("--chdir", target):
                os.chdir(target)
            case _:
                raise ValueError(f"{option[0]} is unknown")
    _loopback()
    return environment


def _clone_source(option: tuple[str, ...]) -> int | None:
    """Clones the source of an option. Returns None for the root and a missing optional path."""
    kind, source, _ = option
    if source == "/":
        return None
    try:
        tree = _clone(source)
    except FileNotFoundError:
        if kind == "--ro-bind-try":
            return None
        raise
    attributes = _ATTR_NO_SETUID | _ATTR_NO_DEVICES
    attributes |= 0 if kind == "--bind" else _ATTR_READ_ONLY
    _set_attributes(tree, b"", attributes)
    return tree


def _clone(path: str) -> int:
    """Returns a detached copy of the mounts at a path."""
    flags = _OPEN_TREE_CLONE | _OPEN_TREE_CLOEXEC | _AT_RECURSIVE
    return _syscall(_OPEN_TREE, _AT_FDCWD, os.fsencode(path), flags, about=path)


def _set_attributes(tree: int, path: bytes, attributes: int) -> None:
    asked = struct.pack("=QQQQ", attributes, 0, 0, 0)
    flags = _AT_RECURSIVE | (0 if path else _AT_EMPTY_PATH)
    _syscall(_MOUNT_SETATTR, tree, path, flags, asked, len(asked))


def _attach(tree: int, target: str) -> None:
    """Mounts a detached copy at a path, which is created if it does not exist."""
    path = Path(target).resolve()
    if Path(f"/proc/self/fd/{tree}").is_dir():
        path.mkdir(parents=True, exist_ok=True)
    elif not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    flags = _MOVE_MOUNT_FROM_EMPTY_PATH
    _syscall(_MOVE_MOUNT, tree, b"", _AT_FDCWD, os.fsencode(path), flags, about=target)
    os.close(tree)


def _mount(kind: str, target: str, flags: int, data: str = "") -> None:
    Path(target).mkdir(parents=True, exist_ok=True)
    where, name = os.fsencode(target), kind.encode()
    _call("mount", name, where, name, flags, data.encode() or None, about=target)


def _make_devices(target: str, devices: dict[str, int]) -> None:
    _mount("tmpfs", target, _NO_SETUID, "mode=0755")
    for name, tree in devices.items():
        _attach(tree, f"{target}/{name}")
    Path(target, "shm").mkdir()
    _mount("devpts", f"{target}/pts", _NO_SETUID | _NO_EXEC, "newinstance,ptmxmode=0666,mode=620")
    links = {"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "/proc/self/fd/0"}
    links |= {"stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"}
    for name, end in links.items():
        Path(target, name).symlink_to(end)


def _loopback() -> None:
    """Brings up the loopback interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _INTERFACE_UP))


def _drop_privileges() -> None:
    """Drops all capabilities, and prevents gaining any by executing a program."""
    _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _call("prctl", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text(encoding="ascii"))
    for capability in range(last + 1):
        _call("prctl", _PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    _call("capset", header, bytes(24))


def _first_process(argv: list[str], environment: dict[str, str]) -> int:
    """Starts the program and reaps orphans. When this process exits, the kernel kills the rest."""
    program = os.fork()
    if program == 0:
        try:
            os.setsid()
            for number in (signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)  # Python ignores them, exec keeps that
            os.execve(argv[0], argv, environment)  # noqa: S606  # the caller passes a fixed list
        except OSError as error:
            os._exit(_report(error))
    while True:
        pid, state = os.wait()
        if pid == program:
            code = os.waitstatus_to_exitcode(state)
            return code if code >= 0 else 128 - code


def _call(name: str, *arguments: object, about: str = "") -> None:
    _checked(getattr(_LIBC, name)(*(_word(each) for each in arguments)), about)


def _syscall(number: int, *arguments: object, about: str = "") -> int:
    return _checked(_LIBC.syscall(_word(number), *(_word(each) for each in arguments)), about)


def _word(value: object) -> object:
    """Converts an integer to a long, as variadic functions need."""
    return ctypes.c_long(value) if isinstance(value, int) else value


def _checked(result: int, about: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), about or None)
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
