"""A filter of system calls for what namespaces do not separate (seccomp(2), Linux).

Sockets of other families than Unix, IPv4, IPv6 and netlink are refused: vsock, above all, reaches
the machine below a virtual one from any network namespace. So are the calls for keyrings, io_uring,
which opens sockets past any filter, and typing into the terminal. Calls in another format than the
machine's own (32 bits, x32) are refused, since they have other numbers.
"""

import errno
import functools
import os
import struct
import sys
from dataclasses import dataclass

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_NUMBER, _FORMAT, _FIRST, _SECOND = 0, 4, 16, 24
"""Offsets in struct seccomp_data: number, format, and the low halves of the first two arguments."""
_FAMILIES = (1, 2, 10, 16)
"""Unix, IPv4, IPv6 and netlink, in which programs look up their interfaces."""
_TYPING = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX."""
_X32 = 0x40000000


@dataclass(frozen=True, slots=True)
class _Machine:
    """What the kernel calls things on one kind of machine."""

    format: int
    """AUDIT_ARCH_... of <linux/audit.h>."""
    socket: int
    ioctl: int
    keys: tuple[int, ...]
    """add_key, request_key and keyctl."""
    io_uring: int = 425


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 41, 16, (248, 249, 250)),
    "aarch64": _Machine(0xC00000B7, 198, 29, (217, 218, 219)),
}


@functools.cache
def filter_program() -> bytes:
    """The filter as an array of struct sock_filter; empty where there is none for this machine."""
    machine = _MACHINES.get(os.uname().machine) if sys.platform == "linux" else None
    if machine is None or sys.maxsize < 2**32:
        return b""
    steps = [
        (_LOAD, 0, 0, _FORMAT),
        (_EQUAL, 1, 0, machine.format),
        _refuse(errno.ENOSYS),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        _refuse(errno.ENOSYS),
        (_EQUAL, 0, 1, machine.io_uring),
        _refuse(errno.ENOSYS),
    ]
    for number in machine.keys:
        steps += [(_EQUAL, 0, 1, number), _refuse(errno.ENOSYS)]
    allowed = [each for family in _FAMILIES for each in _if_equal(family, _ALLOW)]
    families = [(_LOAD, 0, 0, _FIRST), *allowed, _refuse(errno.EAFNOSUPPORT)]
    steps += [(_EQUAL, 0, len(families), machine.socket), *families]
    refused = [each for word in _TYPING for each in _if_equal(word, _ERROR | errno.EPERM)]
    typing = [(_LOAD, 0, 0, _SECOND), *refused, (_RETURN, 0, 0, _ALLOW)]
    steps += [(_EQUAL, 0, len(typing), machine.ioctl), *typing, (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _if_equal(value: int, action: int) -> tuple[tuple[int, int, int, int], ...]:
    return ((_EQUAL, 0, 1, value), (_RETURN, 0, 0, action))


def _refuse(number: int) -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, _ERROR | number)
