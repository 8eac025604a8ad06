"""System calls that change files, in one class so that tests can inject faults.

Every name is relative to an open folder, and no call follows a symbolic link in the last
component. Exchange and no-replace rename are emulated where the system does not provide them.
"""

import contextlib
import ctypes
import errno
import os
import stat
import sys

_NOREPLACE = 1
_EXCHANGE = 2
_NO_SUCH_CALL = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

ASIDE = ".aside"
"""Suffix of the intermediate file of an emulated exchange."""


class System:
    """The real system calls. Every method raises OSError. Tests override methods to fail."""

    def folder(self, name: str | bytes, at: int | None = None) -> int:
        return os.open(name, _FOLDER, dir_fd=at)

    def open_new(self, name: str, at: int, mode: int) -> int:
        return os.open(name, _NEW, mode, dir_fd=at)

    def open_old(self, name: str, at: int) -> int:
        """Opens an existing file for reading; never blocks, whatever the file type."""
        return os.open(name, _OLD, dir_fd=at)

    def write(self, fd: int, data: memoryview) -> int:
        return os.write(fd, data)

    def fsync(self, fd: int) -> None:
        os.fsync(fd)

    def chmod(self, fd: int, mode: int) -> None:
        os.fchmod(fd, mode)

    def unlink(self, name: str, at: int) -> None:
        os.unlink(name, dir_fd=at)

    def mkdir(self, name: str, at: int, mode: int = 0o777) -> None:
        os.mkdir(name, mode, dir_fd=at)

    def rmdir(self, name: str, at: int) -> None:
        os.rmdir(name, dir_fd=at)

    def replace(self, source: str, target: str, at: int) -> None:
        os.replace(source, target, src_dir_fd=at, dst_dir_fd=at)

    def link(self, source: str, target: str, at: int) -> None:
        os.link(source, target, src_dir_fd=at, dst_dir_fd=at, follow_symlinks=False)

    def rename_flags(self, source: str, target: str, at: int, flags: int) -> bool:
        """Calls renameat2. Returns False where the system or file system does not support it."""
        call = _renameat2()
        if call is None:
            return False
        if call(at, os.fsencode(source), at, os.fsencode(target), flags) == 0:
            return True
        code = ctypes.get_errno()
        if code in _NO_SUCH_CALL:
            return False
        raise OSError(code, os.strerror(code), target)

    def move_new(self, source: str, target: str, at: int) -> None:
        """Renames without replacing: raises FileExistsError when the target exists."""
        if self.rename_flags(source, target, at, _NOREPLACE):
            return
        try:
            self.link(source, target, at)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if exists(target, at):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target) from error
            self.replace(source, target, at)
        else:
            self.unlink(source, at)

    def exchange(self, fresh: str, target: str, at: int) -> None:
        """Swaps two files.

        Emulated where needed. If the process dies during an emulated exchange, the target's old
        file may be left at `fresh` + ASIDE; `settle_exchange` resolves that.
        """
        if self.rename_flags(fresh, target, at, _EXCHANGE):
            return
        aside = fresh + ASIDE
        try:
            self.link(target, aside, at)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            self.replace(target, aside, at)
        self.replace(fresh, target, at)
        self.replace(aside, fresh, at)

    def settle_exchange(self, fresh: str, target: str, at: int) -> None:
        """Completes an interrupted emulated exchange if it replaced the target, else reverts it."""
        aside = fresh + ASIDE
        if not exists(aside, at):
            return
        if not exists(fresh, at):
            self.replace(aside, fresh, at)
        elif not exists(target, at):
            self.replace(aside, target, at)
        elif same_file(aside, target, at):
            self.unlink(aside, at)

    def write_all(self, fd: int, data: bytes) -> None:
        """Writes all bytes, continuing after short writes."""
        rest = memoryview(data)
        while rest:
            written = self.write(fd, rest)
            if written <= 0:
                raise OSError(errno.EIO, "nothing was written")
            rest = rest[written:]

    def sync_folder(self, at: int) -> None:
        """Flushes renames in the folder to disk. Does nothing where the file system cannot."""
        try:
            self.fsync(at)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise


def exists(name: str, at: int) -> bool:
    """True when the name exists, also as a dangling link."""
    return status(name, at) is not None


def status(name: str, at: int) -> os.stat_result | None:
    """The `lstat` result of a name; None when it does not exist."""
    try:
        return os.stat(name, dir_fd=at, follow_symlinks=False)
    except FileNotFoundError:
        return None


def same_file(one: str, other: str, at: int) -> bool:
    """True when both names are hard links to one file."""
    first, second = status(one, at), status(other, at)
    return first is not None and second is not None and os.path.samestat(first, second)


def read_regular(system: System, name: str, at: int) -> bytes | None:
    """The bytes of a regular file; None when the name is missing or is something else."""
    info = status(name, at)
    if info is None or not stat.S_ISREG(info.st_mode):
        return None
    try:
        fd = system.open_old(name, at)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO):
            return None  # replaced since the check
        raise
    with os.fdopen(fd, "rb") as file:
        return file.read() if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else None


def copy_attributes(source: int, target: int) -> None:
    """Copies the owner and extended attributes, as far as permissions allow."""
    old, new = os.fstat(source), os.fstat(target)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        with contextlib.suppress(OSError):
            os.fchown(target, old.st_uid, old.st_gid)
    if not hasattr(os, "listxattr"):
        return
    with contextlib.suppress(OSError):
        for name in os.listxattr(source):
            with contextlib.suppress(OSError):
                os.setxattr(target, name, os.getxattr(source, name))


def _renameat2() -> "ctypes._NamedFuncPointer | None":
    if not sys.platform.startswith("linux"):
        return None
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return None
    call.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    call.restype = ctypes.c_int
    return call
