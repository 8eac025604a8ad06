"""Turns reviewed changes into steps and checks them against the working tree, which it only reads.

One stale, unsafe or unsupported change is an error for all of them.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from assistant.apply.journal import Image, Journal, Step
from assistant.apply.merging import merged
from assistant.apply.paths import (
    Folders,
    is_writable,
    parts_of,
    protection_of,
    require_no_twin,
    require_regular,
)
from assistant.apply.system import System, read_regular, status
from assistant.apply.transaction import stale
from assistant.errors import ApplyError, ProtectedFile
from assistant.proposal.changes import Change, ChangeKind
from assistant.repo.command import Git
from assistant.repo.reading import is_binary
from assistant.review.rebasing import base_path
from assistant.sanitize import sanitize_line


def steps_of(changes: Sequence[Change], journal: Journal) -> tuple[Step, ...]:
    """Returns the steps for the changes and stores their bytes in the journal.

    Raises ApplyError for a binary file and for two changes to one path, OSError when the store
    cannot be written.
    """
    steps: list[Step] = []
    for change in changes:
        for data in (change.old, change.new):
            if data is not None and is_binary(data):
                raise ApplyError(
                    f"{sanitize_line(change.path)} is binary or a Git LFS pointer.",
                    hint="Only text files can be changed.",
                )
        before = _image(change.old, journal)
        after = _image(change.new, journal)
        if change.kind is ChangeKind.RENAME:
            steps.append(Step(change.renamed_from, before, None))
            before = None
        if before != after:
            steps.append(Step(change.path, before, after))
    paths = [step.path for step in steps]
    for path in paths:
        if paths.count(path) > 1:
            raise ApplyError(
                f"Two changes would write {sanitize_line(path)}.", hint="Accept only one of them."
            )
    return tuple(steps)


def inspected(
    system: System,
    root: Path,
    steps: Sequence[Step],
    renamed: Mapping[str, str] | None = None,
    *,
    anyway: bool = False,
) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """Returns the steps with the files' current modes, and the folders to create.

    `renamed` maps each new path to the path whose mode it inherits, or to an empty string. It is
    None for undo and redo: recorded names are not checked for portability. With `anyway`, the user
    has agreed to write protected files.

    Raises StaleFile, or ApplyError for the first path that is unsafe, exists already, or is not a
    regular file; if there is none of these, ProtectedFile for all that are read-only or have hard
    links. What was recorded as read-only may be.
    """
    protected: list[str] = []
    moded: list[Step] = []
    made: list[str] = []
    with Folders(system, root) as folders:
        for step in steps:
            parts = parts_of(step.path, new=renamed is not None and step.before is None)
            missing = folders.missing(parts)
            made += [folder for folder in missing if folder not in made]
            if missing:
                if step.before is not None:
                    raise stale(step.path)
                moded.append(step)
                continue
            at = folders.parent(parts)
            if renamed is not None and step.before is None:
                require_no_twin(parts[-1], step.path, at)
            moded.append(_inspected_file(system, step, parts[-1], at))
            protected += _protection(step, status(parts[-1], at))
    if protected and not anyway:
        raise ProtectedFile(
            f"{'; '.join(protected)}.",
            hint="Nothing was written. Agree to it when you are asked, or make it writable, or "
            "replace the link with a copy.",
        )
    modes = {step.path: step.before.mode for step in moded if step.before}
    for index, step in enumerate(moded):
        if step.after and (source := (renamed or {}).get(step.path)):
            moded[index] = replace(step, after=replace(step.after, mode=modes[source]))
    return tuple(moded), tuple(made)


def current_files(system: System, root: Path, changes: Sequence[Change]) -> dict[str, bytes | None]:
    """Reads the files that the changes start from as they are now; None where there is none.

    Raises ApplyError for a path that must not be written.
    """
    found: dict[str, bytes | None] = {}
    with Folders(system, root) as folders:
        for path in map(base_path, changes):
            parts = parts_of(path)
            found[path] = None
            if not folders.missing(parts):
                at = folders.parent(parts)
                require_regular(status(parts[-1], at), path)
                found[path] = read_regular(system, parts[-1], at)
    return found


def merged_steps(
    system: System, root: Path, steps: Sequence[Step], journal: Journal
) -> tuple[Step, ...]:
    """Adapts the steps of an undo so that they keep the user's later edits.

    Raises StaleFile for the first file that was edited in the same lines, created or deleted.
    """
    kept: list[Step] = []
    with Folders(system, root) as folders:
        for step in steps:
            parts = parts_of(step.path)
            now = None
            with suppress(FileNotFoundError):
                now = read_regular(system, parts[-1], folders.parent(parts))
            kept.append(_merged_step(step, now, journal))
    return tuple(kept)


def _merged_step(step: Step, now: bytes | None, journal: Journal) -> Step:
    if step.before is None or now is None:
        return step
    if hashlib.sha256(now).hexdigest() == step.before.digest:
        return step
    if step.after is None:
        raise stale(step.path)
    base, target = journal.get(step.before.digest), journal.get(step.after.digest)
    result = merged(base, now, target)
    if result is None:
        raise stale(step.path)
    before, after = journal.put(now), journal.put(result)
    return Step(step.path, Image(before, None), Image(after, step.after.mode))


def refuse_unmerged(root: Path, paths: Sequence[str]) -> None:
    """Raises ApplyError when a path has a git merge conflict. Does nothing outside a repository."""
    if not (root / ".git").exists():
        return
    listed = Git(root).output("ls-files", "--unmerged", "-z", "--", *paths)
    if listed:
        path = listed.split(b"\0")[0].partition(b"\t")[2].decode("utf-8", "replace")
        raise ApplyError(
            f"{sanitize_line(path)} has an unresolved merge conflict.",
            hint="Resolve it and `git add` it, then apply again.",
        )


def _image(data: bytes | None, journal: Journal) -> Image | None:
    return None if data is None else Image(journal.put(data), None)


def _inspected_file(system: System, step: Step, name: str, at: int) -> Step:
    info = status(name, at)
    if step.before is None:
        if info is not None:
            raise ApplyError(
                f"{sanitize_line(step.path)} exists already.",
                hint="Nothing was written. Choose another name, or ask for a change to that file.",
            )
        return step
    require_regular(info, step.path)
    data = read_regular(system, name, at)
    if info is None or data is None or hashlib.sha256(data).hexdigest() != step.before.digest:
        raise stale(step.path)
    mode = info.st_mode & 0o7777
    kept = Image(step.after.digest, mode) if step.after else None
    return Step(step.path, Image(step.before.digest, mode), kept)


def _protection(step: Step, info: os.stat_result | None) -> list[str]:
    """What to ask the user before the file of a step is written."""
    if step.before is None or info is None:
        return []
    reason = protection_of(info)
    mode = step.before.mode
    known = mode is not None and not is_writable(mode) and info.st_nlink == 1
    return [] if known or not reason else [f"{sanitize_line(step.path)} {reason}"]
