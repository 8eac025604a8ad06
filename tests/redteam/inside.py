"""Attacks that run inside the sandbox. A standalone script: python -I -S inside.py ARGUMENTS_JSON.

Each attack returns what it got hold of, or raises, and undoes what it did where it got through. The
script prints one JSON object: by name, what was got, or None. Each runs in a process of its own, so
that none changes the next. Only the attacks of SAFE may run without a sandbox.
"""

import ctypes
import errno
import fcntl
import json
import os
import resource
import shutil
import signal
import socket
import stat
import sys
import tempfile
import termios
from pathlib import Path

ATTACKS = {}
LIBC = ctypes.CDLL(None, use_errno=True)
SECONDS = 5
SAFE = (
    "sockets: abstract Unix socket of the host",
    "sockets: Unix socket in a temporary folder",
    "sockets: TCP to the host's loopback",
    "mounts: a hidden file",
    "signals: a process of the host",
)
"""Attacks that change nothing and stop nothing where they get through."""
NEW_USER, NEW_MOUNT = 0x10000000, 0x00020000
SEIZE, MNT_EXPIRE = 0x4206, 4
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


@attack("sockets: sockets made by io_uring")
def io_uring(given):
    parameters = ctypes.create_string_buffer(120)
    os.close(checked(LIBC.syscall(425, 4, parameters)))
    return "a ring"


@attack("sockets: 32-bit system calls")
def other_format(given):
    """Calls getpid in the x32 format, which has the numbers of 64 bits with one bit more."""
    if os.uname().machine == "x86_64":
        checked(LIBC.syscall(ctypes.c_long(0x40000000 | 39)))
        return "called"
    return None


@attack("sockets: the cryptography of the kernel")
def kernel_crypto(given):
    socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET).close()
    return "a socket"


# Descriptors and processes


@attack("descriptors: inherited ones")
def descriptors(given):
    return given["descriptors"] or None


@attack("descriptors: those of the sandbox's first process")
def descriptors_of_init(given):
    for name in Path("/proc/1/fd").iterdir():
        end = str(name.readlink())
        if end.startswith("/") and not end.startswith("/dev/null"):
            return end
    return None


@attack("ptrace: a process of the host")
def ptrace(given):
    checked(LIBC.ptrace(SEIZE, given["pid"], 0, 0))  # seizing does not stop it
    return "attached"


@attack("/proc: the environment of a process of the host")
def environ_of_host(given):
    data = Path(f"/proc/{given['pid']}/environ").read_bytes()
    return given["secret"].encode() in data or None


@attack("/proc: the environment of the sandbox's own processes")
def environ_of_sandbox(given):
    for path in Path("/proc").glob("[0-9]*/environ"):
        if given["secret"].encode() in path.read_bytes():
            return path
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
    folder = tempfile.mkdtemp()
    checked(LIBC.mount(b"none", folder.encode(), b"tmpfs", 0, None))
    checked(LIBC.umount2(folder.encode(), 0))
    return "mounted"


@attack("mounts: unmount what hides the home folder")
def unmount(given):
    try:
        checked(LIBC.umount2(given["home"].encode(), MNT_EXPIRE))  # only marks it, the first time
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.EBUSY):
            raise
    return "permitted"


@attack("mounts: make the root writable")
def remount(given):
    checked(LIBC.mount(b"none", b"/", None, 0x1000 | 0x20, None))
    return "writable"


@attack("mounts: chroot")
def chroot(given):
    os.chroot(".")
    return "changed"


@attack("mounts: write outside the copy")
def write_outside(given):
    path = Path("/usr/assistant-red-team")
    path.write_text("x")
    path.unlink()
    return "written"


@attack("mounts: a hidden file")
def hidden(given):
    return Path(given["hidden"]).read_text()


@attack("mounts: a device")
def device(given):
    os.mknod("memory", stat.S_IFCHR | 0o600, os.makedev(1, 1))
    return os.read(os.open("memory", os.O_RDONLY), 1)


@attack("privileges: capabilities of any process")
def capabilities(given):
    for path in Path("/proc").glob("[0-9]*/status"):
        lines = path.read_text().splitlines()
        (held,) = (line.split()[1] for line in lines if line.startswith("CapEff:"))
        if int(held, 16):
            return f"{path}: {held}"
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
    with Path("large").open("wb") as file:
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
    folder = tempfile.mkdtemp(dir="/dev/shm")
    for number in range(given["data_bytes"] // size + 1):
        Path(folder, str(number)).write_bytes(bytes(size))
    shutil.rmtree(folder)
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


def open_descriptors():
    """Descriptors of this process beside standard input, output and error."""
    found = []
    for fd in range(3, 1024):
        try:
            found.append(str(Path(f"/proc/self/fd/{fd}").readlink()))
        except OSError:
            continue
    return found


if __name__ == "__main__":
    values = json.loads(sys.argv[1])
    values["descriptors"] = open_descriptors()
    chosen = list(ATTACKS) if values["confined"] else SAFE
    found = {name: attempt(ATTACKS[name], values) for name in chosen}
    print("RESULT" + json.dumps(found))
