"""Owns which entry is undone or redone next, and the steps that this takes.

Refuses an entry whose files changed since. Writes nothing itself.
"""

from collections.abc import Sequence
from dataclasses import replace

from assistant.apply.journal import Entry, EntryState, Step
from assistant.errors import ApplyError


def entry_to_undo(entries: Sequence[Entry]) -> Entry:
    """The entry applied last. Raises ApplyError when there is none."""
    found = last_applied(entries)
    if found is None:
        raise ApplyError(
            "There is nothing to undo here.", hint="Only what was written here counts."
        )
    return found


def entry_to_redo(entries: Sequence[Entry]) -> Entry:
    """The undone entry that continues what is applied, the latest if there are several.

    Raises ApplyError when there is none: what was undone before another apply stays undone.
    """
    last = last_applied(entries)
    parent = last.id if last else ""
    undone = [e for e in entries if e.state is EntryState.UNDONE and e.parent == parent]
    if not undone:
        raise ApplyError("There is nothing to redo here.", hint="Undo something first.")
    return undone[-1]


def last_applied(entries: Sequence[Entry]) -> Entry | None:
    """The latest entry that is in place."""
    applied = [entry for entry in entries if entry.state is EntryState.APPLIED]
    return applied[-1] if applied else None


def reversed_steps(entry: Entry) -> tuple[Step, ...]:
    """The steps that take an entry back, last first."""
    return tuple(Step(step.path, step.after, step.before) for step in reversed(entry.steps))


def turned(entry: Entry, steps: Sequence[Step], state: EntryState) -> Entry:
    """The entry after it was undone or redone; `steps` as they were carried out."""
    if state is EntryState.UNDONE:
        steps = [Step(step.path, step.after, step.before) for step in reversed(steps)]
    return replace(entry, state=state, steps=tuple(steps))
