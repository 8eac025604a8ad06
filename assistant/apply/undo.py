"""Selects the entry to undo or redo next, and computes its steps. Writes nothing."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.apply.journal import Entry, EntryState, Step
from assistant.errors import ApplyError


def entry_to_undo(entries: Sequence[Entry]) -> Entry:
    """The last applied entry. Raises ApplyError when there is none."""
    found = last_applied(entries)
    if found is None:
        raise ApplyError(
            "There is nothing to undo here.", hint="Only changes applied here can be undone."
        )
    return found


def entry_to_redo(entries: Sequence[Entry]) -> Entry:
    """The undone entry that follows the last applied one; the latest if there are several.

    Raises ApplyError when there is none. An entry undone before another apply cannot be redone.
    """
    last = last_applied(entries)
    parent = last.id if last else ""
    undone = [e for e in entries if e.state is EntryState.UNDONE and e.parent == parent]
    if not undone:
        raise ApplyError("There is nothing to redo here.", hint="Undo something first.")
    return undone[-1]


def entry_named(entries: Sequence[Entry], number: int, state: EntryState) -> Entry:
    """The entry with this number. Raises ApplyError when there is none, or not in this state."""
    found = next((entry for entry in entries if int(entry.id) == number), None)
    if found is None:
        raise ApplyError(
            f"There is no write with the number {number} here.",
            hint="`assistant log` lists them; the oldest are dropped.",
        )
    if found.state is not state:
        raise ApplyError(
            f"The write {number} is {found.state.value} already.",
            hint="`assistant log` shows what is applied and what is undone.",
        )
    return found


def last_applied(entries: Sequence[Entry]) -> Entry | None:
    """The latest entry that is applied."""
    applied = [entry for entry in entries if entry.state is EntryState.APPLIED]
    return applied[-1] if applied else None


def reversed_steps(entry: Entry) -> tuple[Step, ...]:
    """The steps that undo an entry, last step first."""
    return tuple(Step(step.path, step.after, step.before) for step in reversed(entry.steps))


def turned(entry: Entry, steps: Sequence[Step], state: EntryState) -> Entry:
    """The entry after an undo or redo; `steps` are the steps that were executed."""
    if state is EntryState.UNDONE:
        steps = [Step(step.path, step.after, step.before) for step in reversed(steps)]
    return replace(entry, state=state, steps=tuple(steps))
