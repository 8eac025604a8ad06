"""Applies reviewed changes to the working tree atomically, and undoes and redoes them.

Apply, undo and redo touch only the paths of the changes, never git's index, refs or stash.
"""

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

import filelock

from assistant.apply.commit import Committed, Written, commit_written
from assistant.apply.journal import LIMIT, Entry, EntryState, Journal, Prepared, Step
from assistant.apply.origin import UNKNOWN, Origin
from assistant.apply.planning import (
    current_files,
    inspected,
    merged_steps,
    refuse_unmerged,
    steps_of,
)
from assistant.apply.system import System
from assistant.apply.transaction import Transaction
from assistant.apply.undo import (
    entry_named,
    entry_to_redo,
    entry_to_undo,
    last_applied,
    reversed_steps,
    turned,
)
from assistant.credentials.redacting import redacted
from assistant.errors import ApplyError, StaleFile
from assistant.proposal.changes import Change
from assistant.proposal.diff import hunks_of
from assistant.repo.git import Repository
from assistant.review.decisions import Review, Reviewed
from assistant.review.rebasing import Rebased, rebased

_LOCK_TIMEOUT = 10.0
"""Seconds to wait for another instance that is writing to the same working tree."""

_MERGE_HINT = "Nothing was changed. Undo with a merge to keep your later edits, or save them first."
_CONFLICT_HINT = "Nothing was changed. Your later edits are in the same lines: revert them first."


class Outcome(Enum):
    """How an interrupted transaction was recovered."""

    ROLLED_BACK = "rolled back"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Recovery:
    """The recovery of an interrupted transaction."""

    title: str
    outcome: Outcome
    conflicts: tuple[str, ...]
    """Paths that something else changed meanwhile; they were left as they are."""
    paths: tuple[str, ...] = ()
    """Paths that are now as the outcome says: as before the write, or as after it."""

    @property
    def text(self) -> str:
        """What was done, in a sentence or two."""
        state = "as before" if self.outcome is Outcome.ROLLED_BACK else "as written"
        text = f"An interrupted write was {self.outcome.value}: {self.title}."
        if self.paths:
            text += f" Now {state}: {', '.join(self.paths)}."
        if self.conflicts:
            text += f" Left as something else changed them: {', '.join(self.conflicts)}."
        return text


class Writer:
    """Writes to one working tree. Safe to use from multiple threads and processes."""

    def __init__(
        self,
        root: Path,
        state_dir: Path,
        *,
        system: System | None = None,
        wait: float = _LOCK_TIMEOUT,
        limit: int = LIMIT,
    ) -> None:
        """`wait` is how many seconds to wait for another instance to release the lock, `limit` how
        many bytes of file contents the history keeps."""
        self._root = Path(root).resolve()
        name = hashlib.sha256(os.fsencode(self._root)).hexdigest()[:24]
        self._system = system or System()
        self._journal = Journal(Path(state_dir) / "undo" / name, self._system, limit)
        self._wait = wait
        self._recoveries: list[Recovery] = []

    def apply(self, reviewed: Reviewed, origin: Origin = UNKNOWN, *, anyway: bool = False) -> Entry:
        """Writes all of the changes or none of them. `origin` is kept in the history.

        Raises ApplyError when nothing was accepted, or when a change is stale, unsafe or cannot be
        written, and ProtectedFile when a file is read-only or has hard links, unless the user has
        agreed to write it `anyway`. On an error every file is as it was.
        """
        if not reviewed.changes:
            raise ApplyError("Nothing was accepted.", hint="Accept a hunk first.")
        with self._recovered():
            steps = steps_of(reviewed.changes, self._journal)
            renamed = {change.path: change.renamed_from for change in reviewed.changes}
            refuse_unmerged(self._root, [step.path for step in steps])
            steps, made = inspected(self._system, self._root, steps, renamed, anyway=anyway)
            last = last_applied(self._journal.entries())
            title = redacted(reviewed.title)
            entry = self._journal.next_entry(title, steps, last.id if last else "")
            hunks = sum(len(hunks_of(change)) for change in reviewed.changes)
            entry = replace(entry, made=made, origin=origin.stored(hunks))
            return self._execute(entry, steps, made)

    def rebased(self, review: Review) -> Rebased:
        """Makes a review again on the files as they are now. Writes nothing.

        Raises ApplyError when a path must not be written or cannot be read.
        """
        try:
            files = current_files(self._system, self._root, review.changes)
        except OSError as error:
            raise self._failed(error) from error
        return rebased(review, files)

    def undo(self, *, merge: bool = False) -> Entry:
        """Undoes the last applied entry and restores bytes and modes.

        With `merge`, lines that the user changed since are kept and the rest is reverted. Raises
        StaleFile when a file changed since (with `merge`: in the same lines), ApplyError when
        content in the undo store is missing or damaged. On an error nothing is changed.
        """
        with self._recovered():
            entry = entry_to_undo(self._journal.entries())
            return self._undo_or_redo(entry, reversed_steps(entry), EntryState.UNDONE, merge=merge)

    def redo(self) -> Entry:
        """Applies the last undone entry again. Raises the same errors as `undo`."""
        with self._recovered():
            entry = entry_to_redo(self._journal.entries())
            return self._undo_or_redo(entry, entry.steps, EntryState.APPLIED)

    def undo_one(self, number: int) -> Entry:
        """Undoes the applied entry with this number, whatever was written after it.

        What was changed since in other lines is kept. Raises the same errors as `undo`, and
        ApplyError when there is no such entry or it is undone.
        """
        with self._recovered():
            entry = entry_named(self._journal.entries(), number, EntryState.APPLIED)
            steps = reversed_steps(entry)
            return self._undo_or_redo(entry, steps, EntryState.UNDONE, merge=True)

    def redo_one(self, number: int) -> Entry:
        """Applies the undone entry with this number again, as `undo_one` undoes it."""
        with self._recovered():
            entry = entry_named(self._journal.entries(), number, EntryState.UNDONE)
            return self._undo_or_redo(entry, entry.steps, EntryState.APPLIED, merge=True)

    def changes(self, entry: Entry) -> tuple[Change, ...]:
        """What an entry changed, byte for byte.

        Raises ApplyError when content in the undo store is missing or damaged.
        """
        get = self._journal.get
        return tuple(
            Change(
                step.path,
                get(step.before.digest) if step.before else None,
                get(step.after.digest) if step.after else None,
            )
            for step in entry.steps
        )

    def commit(self, message: str) -> Committed:
        """Commits only the last applied entry. Raises ApplyError, see `commit_written`."""
        with self._recovered():
            entry = entry_to_undo(self._journal.entries())
            written = [
                Written(
                    step.path,
                    self._journal.get(step.before.digest) if step.before else None,
                    self._journal.get(step.after.digest) if step.after else None,
                    bool(step.after and (step.after.mode or 0) & 0o100),
                )
                for step in entry.steps
            ]
            return commit_written(Repository.open(self._root), written, message)

    def entries(self) -> tuple[Entry, ...]:
        """The persistent history of this working tree, oldest first."""
        return self._journal.entries()

    def recover(self) -> Recovery | None:
        """Completes an interrupted transaction if it had committed, else rolls it back.

        Returns None when there is none. Raises ApplyError when recovery fails.
        """
        if self._journal.prepared() is None:
            return None
        with self._locked():
            return self._recover()

    def taken_recoveries(self) -> tuple[Recovery, ...]:
        """What other calls than `recover` had to recover first, each told once."""
        found, self._recoveries = tuple(self._recoveries), []
        return found

    def _undo_or_redo(
        self, entry: Entry, steps: tuple[Step, ...], state: EntryState, *, merge: bool = False
    ) -> Entry:
        for step in steps:
            if step.after:
                self._journal.get(step.after.digest)
        refuse_unmerged(self._root, [step.path for step in steps])
        try:
            if merge:
                steps = merged_steps(self._system, self._root, steps, self._journal)
            steps, made = inspected(self._system, self._root, steps)
        except StaleFile as error:
            raise StaleFile(error.message, hint=_CONFLICT_HINT if merge else _MERGE_HINT) from error
        return self._execute(turned(entry, steps, state), steps, made)

    def _execute(self, entry: Entry, steps: tuple[Step, ...], made: tuple[str, ...]) -> Entry:
        transaction = uuid.uuid4().hex[:16]
        entry = replace(entry, transaction=transaction)
        prepared = Prepared(transaction, steps, made, entry)
        self._journal.prepare(prepared)
        Transaction(self._root, prepared, self._journal, self._system).run()
        with suppress(OSError):  # the entry is committed; a later write prunes again
            self._journal.prune()
        return entry

    def _recover(self) -> Recovery | None:
        prepared = self._journal.prepared()
        if prepared is None:
            return None
        transaction = Transaction(self._root, prepared, self._journal, self._system)
        paths = tuple(step.path for step in prepared.steps)
        if self._journal.committed(prepared):
            transaction.clean_up()
            return Recovery(prepared.entry.title, Outcome.COMPLETED, (), paths)
        conflicts = transaction.roll_back()
        restored = tuple(path for path in paths if path not in conflicts)
        return Recovery(prepared.entry.title, Outcome.ROLLED_BACK, conflicts, restored)

    @contextmanager
    def _recovered(self) -> Iterator[None]:
        """Locks the working tree and recovers an interrupted transaction."""
        self._journal.open()
        with self._locked():
            recovery = self._recover()
            if recovery is not None:
                self._recoveries.append(recovery)
            yield

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            with filelock.FileLock(self._journal.folder / "lock", timeout=self._wait, mode=0o600):
                yield
        except filelock.Timeout as error:
            raise ApplyError(
                "Another assistant is writing to this working tree.",
                hint="Wait until it has finished, then try again.",
            ) from error
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> ApplyError:
        reason = error.strerror or str(error)
        name = f" ({error.filename})" if isinstance(error.filename, str) else ""
        if self._journal.pending:
            return ApplyError(
                f"Writing was interrupted and the files could not be restored: {reason}{name}.",
                hint="Check disk space and permissions. The next start restores the files.",
            )
        return ApplyError(
            f"Nothing was written: {reason}{name}.",
            hint="Check disk space and permissions, then apply again.",
        )
