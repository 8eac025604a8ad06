"""Attacks that run inside the sandbox. A standalone script: python -I -S inside.py ARGUMENTS_JSON.

Each attack returns what it got hold of, or raises. The script prints one JSON object: by name, what
was got, or None. Each runs in a process of its own, so that none changes the next.
"""

import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import stat
import sys
import termios
from pathlib import Path

ATTACKS = {}
LIBC = ctypes.CDLL(None, use_errno=True)
SECONDS = 5
NEW_USER, NEW_MOUNT = 0x10000000, 0x00020000
KEYCTL = {"x86_64": (250, 248), "aarch64": (219, 217)}


def attack(name):
    def add(function):
        ATTACKS[name] = function
        return function

    return add


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


# Sockets


@attack("sockets: abstract Unix socket of the host")
def abstract(given):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("\0" + given["abstract"])
        return "connected"


@attack("sockets: Unix socket in a temporary folder")
def socket_in_tmp(given):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(given["socket_tmp"])
        return "connected"


@attack("sockets: Unix socket in a folder that stays visible")
def socket_visible(given):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(given["socket_visible"])
        return "connected"


@attack("sockets: TCP to the host's loopback")
def loopback(given):
    socket.create_connection(("127.0.0.1", given["port"]), 2).close()
    return "connected"


@attack("sockets: another address")
def far(given):
    socket.create_connection(("192.0.2.1", 9), 2).close()
    return "connected"


@attack("sockets: vsock to the machine below")
def vsock(given):
    with socket.socket(socket.AF_VSOCK) as client:
        client.settimeout(1)
        try:
            client.connect((socket.VMADDR_CID_HOST, 1))
        except OSError as error:
            return f"a socket, whose connection ends with: {error.strerror}"
        return "connected"


@attack("sockets: raw packets")
def raw(given):
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
    return "a raw socket"


# Descriptors and processes


@attack("descriptors: inherited ones")
def descriptors(given):
    found = []
    for fd in range(3, 256):
        try:
            found.append(os.readlink(f"/proc/self/fd/{fd}"))
        except OSError:
            continue
    return found or None


@attack("descriptors: those of the sandbox's first process")
def descriptors_of_init(given):
    for name in os.listdir("/proc/1/fd"):
        end = os.readlink(f"/proc/1/fd/{name}")
        if end.startswith("/") and not end.startswith("/dev/null"):
            return end
    return None


@attack("ptrace: a process of the host")
def ptrace(given):
    checked(LIBC.ptrace(16, given["pid"], 0, 0))
    return "attached"


@attack("/proc: the environment of a process of the host")
def environ_of_host(given):
    data = Path(f"/proc/{given['pid']}/environ").read_bytes()
    return given["secret"].encode() in data or None


@attack("/proc: the environment of the sandbox's own processes")
def environ_of_sandbox(given):
    for name in filter(str.isdigit, os.listdir("/proc")):
        if given["secret"].encode() in Path(f"/proc/{name}/environ").read_bytes():
            return name
    return None


@attack("/proc: settings of the kernel")
def kernel_settings(given):
    path = Path("/proc/sys/kernel/core_pattern")
    path.write_text(path.read_text())
    return "written"


@attack("/proc: memory of the kernel")
def kernel_memory(given):
    return len(Path("/proc/kcore").open("rb").read(16))


@attack("/proc: sysrq")
def sysrq(given):
    os.close(os.open("/proc/sysrq-trigger", os.O_WRONLY))
    return "open for writing"


@attack("signals: a process of the host")
def kill(given):
    os.kill(given["pid"], 0)
    return "it can be signalled"


@attack("terminal: TIOCSTI")
def tiocsti(given):
    for fd in (0, 1, 2, os.open("/dev/tty", os.O_RDWR)):
        fcntl.ioctl(fd, termios.TIOCSTI, b"x")
    return "typed"


@attack("keyring: a key of the user")
def keyring(given):
    search, _ = KEYCTL[os.uname().machine]
    for ring in (-3, -4, -5):
        if LIBC.syscall(search, 10, ring, b"user", given["key"].encode(), 0) > 0:
            return ring
    return None


@attack("keyring: the list of keys")
def key_list(given):
    return given["key"] in Path("/proc/keys").read_text() or None


# Namespaces, mounts, privileges


@attack("namespaces: a user namespace inside")
def user_namespace(given):
    checked(LIBC.unshare(NEW_USER))
    return "made"


@attack("mounts: a mount namespace inside")
def mount_namespace(given):
    checked(LIBC.unshare(NEW_MOUNT))
    return "made"


@attack("mounts: a mount")
def mount(given):
    checked(LIBC.mount(b"none", b"/tmp", b"tmpfs", 0, None))
    return "mounted"


@attack("mounts: unmount what hides the home folder")
def unmount(given):
    checked(LIBC.umount2(given["home"].encode(), 2))
    return os.listdir(given["home"])


@attack("mounts: make the root writable")
def remount(given):
    checked(LIBC.mount(b"none", b"/", None, 0x1000 | 0x20, None))
    return "writable"


@attack("mounts: chroot")
def chroot(given):
    os.chroot("/tmp")
    return "changed"


@attack("mounts: write outside the copy")
def write_outside(given):
    Path("/usr/assistant-red-team").write_text("x")
    return "written"


@attack("mounts: a hidden file")
def hidden(given):
    return Path(given["hidden"]).read_text()


@attack("mounts: a device")
def device(given):
    os.mknod("/tmp/memory", stat.S_IFCHR | 0o600, os.makedev(1, 1))
    return os.read(os.open("/tmp/memory", os.O_RDONLY), 1)


@attack("privileges: capabilities of any process")
def capabilities(given):
    for name in filter(str.isdigit, os.listdir("/proc")):
        lines = Path(f"/proc/{name}/status").read_text().splitlines()
        (held,) = (line.split()[1] for line in lines if line.startswith("CapEff:"))
        if int(held, 16):
            return f"process {name}: {held}"
    return None


@attack("privileges: setuid programs")
def setuid(given):
    lines = Path("/proc/self/status").read_text()
    if "NoNewPrivs:\t1" in lines:
        return None
    return "setuid programs work"


@attack("environment: LD_PRELOAD and other variables of the user")
def environment(given):
    names = [name for name, value in os.environ.items() if given["secret"] in value]
    return names or None


@attack("links: a hard link to a file outside")
def hard_link(given):
    os.link("/etc/passwd", "passwd-link")
    return "linked"


# Resources


@attack("disk: one file over the limit")
def large_file(given):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with open("large", "wb") as file:
        file.truncate(given["file_bytes"] + 1)
    return "written"


@attack("disk: many files over the limit of one")
def many_files(given):
    for number in range(3):
        Path(f"part{number}").write_bytes(bytes(given["file_bytes"] // 2))
    return "written"


@attack("memory: one process over the limit")
def memory(given):
    return len(bytearray(given["data_bytes"] + 1))


@attack("memory: files in memory over the limit of a process")
def memory_files(given):
    size = given["file_bytes"] // 2
    for number in range(given["data_bytes"] // size + 1):
        Path(f"/dev/shm/part{number}").write_bytes(bytes(size))
    for path in Path("/dev/shm").iterdir():
        path.unlink()
    return "written"


@attack("pids: more processes than allowed")
def pids(given):
    limit = resource.getrlimit(resource.RLIMIT_NPROC)[0]
    children = []
    try:
        for _ in range(given["processes"] + 1):
            child = os.fork()
            if child == 0:
                signal.pause()
                os._exit(0)
            children.append(child)
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
    return f"{len(children)} beside the others, where the limit is {limit}"


def attempt(function, given):
    """What an attack got, or None; it runs in a child process for SECONDS at most."""
    out, end = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        try:
            got = function(given)
        except (OSError, MemoryError, ValueError, KeyError) as error:
            got = None
            os.write(2, f"{function.__name__}: {error}\n".encode())
        os.write(end, json.dumps(None if got is None else str(got)).encode())
        os._exit(0)
    os.close(end)
    with os.fdopen(out, "rb") as answer:
        data = answer.read()
    os.waitpid(child, 0)
    return json.loads(data) if data else None


if __name__ == "__main__":
    values = json.loads(sys.argv[1])
    found = {name: attempt(function, values) for name, function in ATTACKS.items()}
    print("RESULT" + json.dumps(found))
