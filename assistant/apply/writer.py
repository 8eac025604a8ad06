"""Owns the writing of reviewed changes to the working tree, all or nothing, and taking it back.

Accepts only what a review passed. Never touches git's index, refs, stash or any path but those of
the changes; undo and redo touch recorded paths only.
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
from assistant.apply.journal import Entry, EntryState, Journal, Prepared, Step
from assistant.apply.planning import inspected, merged_steps, refuse_unmerged, steps_of
from assistant.apply.system import System
from assistant.apply.transaction import Transaction
from assistant.apply.undo import (
    entry_to_redo,
    entry_to_undo,
    last_applied,
    reversed_steps,
    turned,
)
from assistant.errors import ApplyError, StaleFile
from assistant.repo.git import Repository
from assistant.review.decisions import Reviewed

_WAIT = 10.0
"""Seconds to wait for another instance that is writing to the same working tree."""

_OFFER = "Nothing was changed. Undo with a merge to keep your later edits, or save them first."
_CLASH = "Nothing was changed: your later edits are in the same lines. Take them back first."


class Outcome(Enum):
    """What came of a transaction that did not end."""

    ROLLED_BACK = "rolled back"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was found at the start and put right."""

    title: str
    outcome: Outcome
    conflicts: tuple[str, ...]
    """Paths that were changed by someone else meanwhile, and left as they are."""


class Writer:
    """Writes to one working tree. Safe to use from several threads and processes."""

    def __init__(
        self, root: Path, state_dir: Path, *, system: System | None = None, wait: float = _WAIT
    ) -> None:
        """`wait` is how long, in seconds, another instance may hold the working tree."""
        self._root = Path(root).resolve()
        name = hashlib.sha256(os.fsencode(self._root)).hexdigest()[:24]
        self._system = system or System()
        self._journal = Journal(Path(state_dir) / "undo" / name, self._system)
        self._wait = wait

    def apply(self, reviewed: Reviewed) -> Entry:
        """Writes the changes, all of them or none.

        Raises ApplyError when there is nothing to write, or when any of it is stale, unsafe or
        cannot be written; then every file is as it was.
        """
        if not reviewed.changes:
            raise ApplyError("Nothing was accepted.", hint="Accept a hunk first.")
        with self._ready():
            steps = steps_of(reviewed.changes, self._journal)
            renamed = {change.path: change.renamed_from for change in reviewed.changes}
            refuse_unmerged(self._root, [step.path for step in steps])
            steps, made = inspected(self._system, self._root, steps, renamed)
            last = last_applied(self._journal.entries())
            entry = self._journal.next_entry(reviewed.title, steps, last.id if last else "")
            return self._carry_out(replace(entry, made=made), steps, made)

    def undo(self, *, merge: bool = False) -> Entry:
        """Takes back what was applied last: the same bytes and modes as before.

        With `merge`, lines that the user changed since stay as they are and the rest goes back.
        Raises StaleFile when a file changed since (with `merge`: in the same lines), ApplyError
        when the undo store lacks or has damaged bytes; then nothing is changed.
        """
        with self._ready():
            entry = entry_to_undo(self._journal.entries())
            return self._turn(entry, reversed_steps(entry), EntryState.UNDONE, merge=merge)

    def redo(self) -> Entry:
        """Writes again what was undone last. Raises ApplyError as `undo` does."""
        with self._ready():
            entry = entry_to_redo(self._journal.entries())
            return self._turn(entry, entry.steps, EntryState.APPLIED)

    def commit(self, message: str) -> Committed:
        """Commits what was applied last, and only that. Raises ApplyError as `commit_written`."""
        with self._ready():
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
        """What was written here, oldest first; across launches."""
        return self._journal.entries()

    def recover(self) -> Recovery | None:
        """Ends a transaction that was cut off: all new if it had committed, else all old.

        None when there was none. Raises ApplyError when it cannot be ended now.
        """
        if self._journal.prepared() is None:
            return None
        with self._locked():
            return self._recover()

    def _turn(
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
            raise StaleFile(error.message, hint=_CLASH if merge else _OFFER) from error
        return self._carry_out(turned(entry, steps, state), steps, made)

    def _carry_out(self, entry: Entry, steps: tuple[Step, ...], made: tuple[str, ...]) -> Entry:
        transaction = uuid.uuid4().hex[:16]
        entry = replace(entry, transaction=transaction)
        prepared = Prepared(transaction, steps, made, entry)
        self._journal.prepare(prepared)
        Transaction(self._root, prepared, self._journal, self._system).run()
        with suppress(OSError):  # it is done; what is superfluous goes another time
            self._journal.prune()
        return entry

    def _recover(self) -> Recovery | None:
        prepared = self._journal.prepared()
        if prepared is None:
            return None
        transaction = Transaction(self._root, prepared, self._journal, self._system)
        if self._journal.committed(prepared):
            transaction.clean_up()
            return Recovery(prepared.entry.title, Outcome.COMPLETED, ())
        conflicts = transaction.roll_back()
        return Recovery(prepared.entry.title, Outcome.ROLLED_BACK, conflicts)

    @contextmanager
    def _ready(self) -> Iterator[None]:
        """The working tree locked, with nothing left over from before."""
        self._journal.open()
        with self._locked():
            self._recover()
            yield

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            with filelock.FileLock(self._journal.folder / "lock", timeout=self._wait, mode=0o600):
                yield
        except filelock.Timeout as error:
            raise ApplyError(
                "Another assistant is writing to this working tree.",
                hint="Wait until it is done, then try again.",
            ) from error
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> ApplyError:
        reason = error.strerror or str(error)
        name = f" ({error.filename})" if isinstance(error.filename, str) else ""
        if self._journal.pending:
            return ApplyError(
                f"Writing was cut off, and putting the files back too: {reason}{name}.",
                hint="Make room or permission on the disk; the next start puts the files back.",
            )
        return ApplyError(
            f"Nothing was written: {reason}{name}.",
            hint="Make room or permission on the disk, then apply again.",
        )
