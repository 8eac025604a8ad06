"""Owns all-or-nothing: the steps of a prepared transaction on disk, forwards and back.

Before the first file changes, everything needed to go back is synced. A file is replaced by
exchange and what came out is hashed, so bytes that the user saved in between go back to their
place. Undoes nothing that is not its own: what it did not write is named as a conflict.
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
class _Place:
    """Where a step happens."""

    step: Step
    parts: tuple[str, ...]
    temporary: str

    @property
    def name(self) -> str:
        return self.parts[-1]


class Transaction:
    """One prepared transaction in a working tree. `run` it once, or `roll_back` an old one."""

    def __init__(self, root: Path, prepared: Prepared, journal: Journal, system: System) -> None:
        self._root = root
        self._prepared = prepared
        self._journal = journal
        self._system = system
        self._places = tuple(
            _Place(step, parts_of(step.path), prepared.temporary(index))
            for index, step in enumerate(prepared.steps)
        )

    def run(self) -> None:
        """Carries the steps out and commits the entry.

        Raises ApplyError or OSError after everything was put back; a rollback that itself failed
        leaves the journal, and the next start goes on with it.
        """
        try:
            with Folders(self._system, self._root) as folders:
                self._write_temporaries(folders)
                self._recheck(folders)
                for place in self._places:
                    self._swap(folders, place)
                self._sync(folders)
            self._journal.commit(self._prepared.entry)
        except BaseException as error:
            if not self._journal.committed(self._prepared):
                self.roll_back()
                raise
            if not isinstance(error, OSError):
                self.clean_up()
                raise
        with suppress(OSError):  # what is left over is removed at the next start
            self.clean_up()

    def clean_up(self) -> None:
        """After the commit: removes what was displaced, the folders left empty, the journal."""
        with Folders(self._system, self._root) as folders:
            for place in self._places:
                with suppress(FileNotFoundError, ApplyError):
                    at = folders.parent(place.parts)
                    self._system.settle_exchange(place.temporary, place.name, at)
                    self._drop(place, at)
            if self._prepared.entry.state is EntryState.UNDONE:
                self._remove_folders(folders, self._prepared.entry.made)
        self._journal.finish()

    def roll_back(self) -> tuple[str, ...]:
        """Brings back every file that is still as this transaction left it.

        Gives the paths that someone else changed since; their bytes stay. Raises OSError when the
        system fails; the journal then stays for another try.
        """
        conflicts: list[str] = []
        with Folders(self._system, self._root) as folders:
            for place in reversed(self._places):
                try:
                    at = folders.parent(place.parts)
                except FileNotFoundError:
                    if place.step.before is not None:
                        conflicts.append(place.step.path)
                    continue
                except ApplyError:
                    conflicts.append(place.step.path)
                    continue
                if not self._take_back(place, at):
                    conflicts.append(place.step.path)
            self._sync(folders)
            self._remove_folders(folders, self._prepared.made)
        self._journal.finish()
        return tuple(reversed(conflicts))

    def _write_temporaries(self, folders: Folders) -> None:
        for place in self._places:
            at = folders.parent(place.parts, make=True)
            if place.step.after is not None:
                data = self._journal.get(place.step.after.digest)
                self._write_temporary(place, at, place.step.after, data)

    def _write_temporary(self, place: _Place, at: int, image: Image, data: bytes) -> None:
        system = self._system
        fd = system.open_new(place.temporary, at, 0o666 if image.mode is None else 0o600)
        try:
            system.write_all(fd, data)
            if place.step.before is not None:
                old = system.open_old(place.name, at)
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
        for place in self._places:
            folders.require_unmoved(place.parts)
            found = image_at(self._system, place.name, folders.parent(place.parts))
            expected = place.step.before.digest if place.step.before else None
            if found != expected:
                raise stale(place.step.path)

    def _swap(self, folders: Folders, place: _Place) -> None:
        """Puts one file in place; raises ApplyError when another one than expected came out."""
        at, system, step = folders.parent(place.parts), self._system, place.step
        try:
            if step.before is None:
                system.move_new(place.temporary, place.name, at)
                return
            if step.after is None:
                system.move_new(place.name, place.temporary, at)
            else:
                system.exchange(place.temporary, place.name, at)
        except (FileExistsError, FileNotFoundError) as error:
            raise stale(step.path) from error
        if image_at(system, place.temporary, at) != step.before.digest:
            raise stale(step.path)

    def _take_back(self, place: _Place, at: int) -> bool:
        """Undoes what happened at one place; False when it is someone else's by now."""
        system, step = self._system, place.step
        system.settle_exchange(place.temporary, place.name, at)
        here = image_at(system, place.name, at)
        ours = step.after is not None and here == step.after.digest
        aside = exists(place.temporary, at)
        if step.after is None and aside and not exists(place.name, at):
            system.move_new(place.temporary, place.name, at)
        elif ours and step.before is None:
            if same_file(place.temporary, place.name, at):
                system.unlink(place.name, at)
            elif not aside:
                self._remove_ours(place, at)
        elif ours and aside and image_at(system, place.temporary, at) != here:
            self._exchange_back(place, at)
        self._drop(place, at)
        before = step.before.digest if step.before else None
        return image_at(system, place.name, at) == before

    def _remove_ours(self, place: _Place, at: int) -> None:
        """Moves a file that we created out of the way, unless it is another one by then."""
        self._system.move_new(place.name, place.temporary, at)
        after = place.step.after
        if after and image_at(self._system, place.temporary, at) != after.digest:
            self._system.move_new(place.temporary, place.name, at)

    def _exchange_back(self, place: _Place, at: int) -> None:
        self._system.exchange(place.temporary, place.name, at)
        after = place.step.after
        if after and image_at(self._system, place.temporary, at) != after.digest:
            self._system.exchange(place.temporary, place.name, at)

    def _drop(self, place: _Place, at: int) -> None:
        """Removes the temporary when its bytes are ours, or safe in the store."""
        data = read_regular(self._system, place.temporary, at)
        if data is None:
            return
        before, after = place.step.before, place.step.after
        known = before is not None and hashlib.sha256(data).hexdigest() == before.digest
        known = known or same_file(place.temporary, place.name, at)
        if not known and after is not None:
            with suppress(ApplyError):  # without the stored bytes it may be anyone's: it stays
                known = self._journal.get(after.digest).startswith(data)
        if known:
            self._system.unlink(place.temporary, at)

    def _remove_folders(self, folders: Folders, made: Sequence[str]) -> None:
        """Removes those of the folders that are empty, innermost first."""
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
    """The file is not what the change was made from."""
    return StaleFile(
        f"{sanitize_line(path)} changed since the change was made from it.",
        hint="Nothing was written. Ask for the change again on the file as it is now.",
    )
