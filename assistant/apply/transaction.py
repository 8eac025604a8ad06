"""Executes the steps of a prepared transaction atomically, and rolls them back.

Everything needed for a rollback is synced before the first file changes. A file is replaced by
exchange and the displaced file is hashed, so a file that the user saved meanwhile is put back.
A rollback leaves alone what the transaction did not write, and reports it as a conflict.
"""

import errno
import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assistant.apply.journal import EntryState, Image, Journal, Prepared, Step, image_at
from assistant.apply.paths import Folders, parts_of
from assistant.apply.system import System, copy_attributes, exists, read_regular, same_file
from assistant.errors import ApplyError, StaleFile
from assistant.sanitize import sanitize_line


@dataclass(frozen=True, slots=True)
class _Target:
    """The file that a step changes."""

    step: Step
    parts: tuple[str, ...]
    temporary: str

    @property
    def name(self) -> str:
        return self.parts[-1]


class Transaction:
    """A prepared transaction. Call `run` once, or `roll_back` or `clean_up` to recover it."""

    def __init__(self, root: Path, prepared: Prepared, journal: Journal, system: System) -> None:
        self._root = root
        self._prepared = prepared
        self._journal = journal
        self._system = system
        self._targets = tuple(
            _Target(step, parts_of(step.path), prepared.temporary(index))
            for index, step in enumerate(prepared.steps)
        )

    def run(self) -> None:
        """Executes the steps and commits the entry.

        Raises ApplyError or OSError after a rollback. If the rollback also fails, the journal
        stays and the next start continues it.
        """
        try:
            with Folders(self._system, self._root) as folders:
                self._write_temporaries(folders)
                self._recheck(folders)
                for target in self._targets:
                    self._swap(folders, target)
                self._sync(folders)
            self._journal.commit(self._prepared.entry)
        except BaseException as error:
            if not self._journal.committed(self._prepared):
                self.roll_back()
                raise
            if not isinstance(error, OSError):
                self.clean_up()
                raise
        with suppress(OSError):  # the next start removes what is left
            self.clean_up()

    def clean_up(self) -> None:
        """Removes displaced files, folders left empty, and the journal, after the commit."""
        with Folders(self._system, self._root) as folders:
            for target in self._targets:
                with suppress(FileNotFoundError, ApplyError):
                    at = folders.parent(target.parts)
                    self._system.settle_exchange(target.temporary, target.name, at)
                    self._remove_temporary(target, at)
            if self._prepared.entry.state is EntryState.UNDONE:
                self._remove_folders(folders, self._prepared.entry.made)
        self._journal.finish()

    def roll_back(self) -> tuple[str, ...]:
        """Restores every file that is still as this transaction left it.

        Returns the paths that were changed by something else since; they are left as they are.
        Raises OSError when a system call fails; the journal then stays for another attempt.
        """
        conflicts: list[str] = []
        with Folders(self._system, self._root) as folders:
            for target in reversed(self._targets):
                try:
                    at = folders.parent(target.parts)
                except FileNotFoundError:
                    if target.step.before is not None:
                        conflicts.append(target.step.path)
                    continue
                except ApplyError:
                    conflicts.append(target.step.path)
                    continue
                if not self._restore(target, at):
                    conflicts.append(target.step.path)
            self._sync(folders)
            self._remove_folders(folders, self._prepared.made)
        self._journal.finish()
        return tuple(reversed(conflicts))

    def _write_temporaries(self, folders: Folders) -> None:
        for target in self._targets:
            at = folders.parent(target.parts, make=True)
            if target.step.after is not None:
                data = self._journal.get(target.step.after.digest)
                self._write_temporary(target, at, target.step.after, data)

    def _write_temporary(self, target: _Target, at: int, image: Image, data: bytes) -> None:
        system = self._system
        fd = system.open_new(target.temporary, at, 0o666 if image.mode is None else 0o600)
        try:
            system.write_all(fd, data)
            if target.step.before is not None:
                old = system.open_old(target.name, at)
                try:
                    copy_attributes(old, fd)
                finally:
                    os.close(old)
            if image.mode is not None:
                system.chmod(fd, image.mode)
            system.fsync(fd)
        finally:
            os.close(fd)

    def _recheck(self, folders: Folders) -> None:
        for target in self._targets:
            folders.require_unmoved(target.parts)
            found = image_at(self._system, target.name, folders.parent(target.parts))
            expected = target.step.before.digest if target.step.before else None
            if found != expected:
                raise stale(target.step.path)

    def _swap(self, folders: Folders, target: _Target) -> None:
        """Replaces one file. Raises StaleFile when the displaced file is not the expected one."""
        at, system, step = folders.parent(target.parts), self._system, target.step
        try:
            if step.before is None:
                system.move_new(target.temporary, target.name, at)
                return
            if step.after is None:
                system.move_new(target.name, target.temporary, at)
            else:
                system.exchange(target.temporary, target.name, at)
        except (FileExistsError, FileNotFoundError) as error:
            raise stale(step.path) from error
        if image_at(system, target.temporary, at) != step.before.digest:
            raise stale(step.path)

    def _restore(self, target: _Target, at: int) -> bool:
        """Restores one file. Returns False when something else has changed it."""
        system, step = self._system, target.step
        system.settle_exchange(target.temporary, target.name, at)
        here = image_at(system, target.name, at)
        ours = step.after is not None and here == step.after.digest
        aside = exists(target.temporary, at)
        if step.after is None and aside and not exists(target.name, at):
            system.move_new(target.temporary, target.name, at)
        elif ours and step.before is None:
            if same_file(target.temporary, target.name, at):
                system.unlink(target.name, at)
            elif not aside:
                self._remove_ours(target, at)
        elif ours and aside and image_at(system, target.temporary, at) != here:
            self._exchange_back(target, at)
        self._remove_temporary(target, at)
        before = step.before.digest if step.before else None
        return image_at(system, target.name, at) == before

    def _remove_ours(self, target: _Target, at: int) -> None:
        """Moves a file that this transaction created away; moves it back if it was replaced."""
        self._system.move_new(target.name, target.temporary, at)
        after = target.step.after
        if after and image_at(self._system, target.temporary, at) != after.digest:
            self._system.move_new(target.temporary, target.name, at)

    def _exchange_back(self, target: _Target, at: int) -> None:
        self._system.exchange(target.temporary, target.name, at)
        after = target.step.after
        if after and image_at(self._system, target.temporary, at) != after.digest:
            self._system.exchange(target.temporary, target.name, at)

    def _remove_temporary(self, target: _Target, at: int) -> None:
        """Removes the temporary file if this transaction wrote it or its bytes are stored."""
        data = read_regular(self._system, target.temporary, at)
        if data is None:
            return
        before, after = target.step.before, target.step.after
        known = before is not None and hashlib.sha256(data).hexdigest() == before.digest
        known = known or same_file(target.temporary, target.name, at)
        if not known and after is not None:
            with suppress(ApplyError):  # bytes missing from the store: keep the unknown file
                known = self._journal.get(after.digest).startswith(data)
        if known:
            self._system.unlink(target.temporary, at)

    def _remove_folders(self, folders: Folders, made: Sequence[str]) -> None:
        """Removes the empty ones among the folders, innermost first."""
        for path in reversed(made):
            try:
                parts = parts_of(path)
                self._system.rmdir(parts[-1], folders.parent(parts))
            except (FileNotFoundError, NotADirectoryError, ApplyError):
                continue
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise

    def _sync(self, folders: Folders) -> None:
        for at in folders.all_open():
            self._system.sync_folder(at)


def stale(path: str) -> StaleFile:
    """The error for a file that differs from the version the change is based on."""
    return StaleFile(
        f"{sanitize_line(path)} has changed since this change was prepared.",
        hint="Nothing was written. Ask for the change again.",
    )
