"""Puts a review on files that have changed since the proposal was made: a three-way merge by hunks.

A hunk that touches no line that the user has changed moves with its lines and keeps its decision.
Where both changed the same or adjacent lines, one undecided hunk replaces the user's lines there
by the proposed ones, so that both stay visible. A hunk that is already in the file is dropped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from assistant.proposal.changes import Change, ChangeKind, Doubt, Hunk
from assistant.proposal.diff import apply_hunks, hunks_of
from assistant.proposal.matching import Region, changed_regions
from assistant.repo.files import split_lines
from assistant.review.decisions import Decision, Review


@dataclass(frozen=True, slots=True)
class Rebased:
    """A review on the current files."""

    review: Review
    """Its changes start from the current files. Hunks keep their ids."""
    changed: tuple[str, ...]
    """Paths that are not as the proposal found them."""
    conflicts: tuple[str, ...] = ()
    """Ids of the hunks that are undecided because the user changed the same lines."""
    present: tuple[str, ...] = ()
    """Ids of the hunks that are gone because the file has their lines already."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What became of one change."""

    change: Change | None = None
    """None if nothing of it is left to do."""
    hunks: tuple[Hunk, ...] = ()
    decided: Mapping[str, Decision] = field(default_factory=dict)
    """Decisions on hunks that have other lines than before. All other decisions are kept."""
    merged: tuple[str, ...] = ()
    """Ids of the earlier hunks that these were made of."""


def base_path(change: Change) -> str:
    """The path whose bytes the change starts from."""
    return change.renamed_from or change.path


def rebased(review: Review, files: Mapping[str, bytes | None]) -> Rebased:
    """Makes the review again on these files.

    `files` has the current bytes of the `base_path` of every change, None where there is no file.
    """
    parts = [_part(review, change, files[base_path(change)]) for change in review.changes]
    decided = {key: each for part in parts for key, each in part.decided.items()}
    hunks = tuple(hunk for part in parts for hunk in part.hunks)
    decisions = {hunk.id: decided.get(hunk.id) or review.decisions[hunk.id] for hunk in hunks}
    kept = decisions.keys() - decided.keys()
    conflicts = tuple(key for key, each in decided.items() if each is Decision.UNDECIDED)
    after = replace(
        review,
        changes=tuple(part.change for part in parts if part.change is not None),
        hunks=hunks,
        decisions=MappingProxyType(decisions),
        edits=MappingProxyType({key: each for key, each in review.edits.items() if key in kept}),
        lines=MappingProxyType({key: each for key, each in review.lines.items() if key in kept}),
        conflicts=frozenset(conflicts) | (review.conflicts & kept),
    )
    merged = {key for part in parts for key in part.merged}
    gone = review.decisions.keys() - decisions.keys() - merged
    return Rebased(
        after,
        changed=tuple(each.path for each in review.changes if files[base_path(each)] != each.old),
        conflicts=conflicts,
        present=tuple(hunk.id for hunk in review.hunks if hunk.id in gone),
    )


def _part(review: Review, change: Change, now: bytes | None) -> _Part:
    mine = [hunk for hunk in review.hunks if hunk.path == change.path]
    if now == change.old:
        return _Part(change, tuple(mine))
    if change.kind is ChangeKind.MODIFY and now is not None:
        return _modified(review, change, now)
    shown = [review.hunk(hunk.id) for hunk in mine]
    if change.kind is ChangeKind.RENAME and now is not None:
        return _renamed(review, change, now, shown)
    return _whole(review, change, now, shown)


def _again(review: Review, hunks: Sequence[Hunk]) -> Decision:
    """The decision on a hunk in conflict: undecided, unless all that it is made of was rejected."""
    rejected = all(review.decisions[hunk.id] is Decision.REJECTED for hunk in hunks)
    return Decision.REJECTED if rejected else Decision.UNDECIDED


def _modified(review: Review, change: Change, now: bytes) -> _Part:
    """Moves the hunks of a change to where their lines are now."""
    hunks: list[Hunk] = []
    decided: dict[str, Decision] = {}
    merged: list[str] = []
    base, lines = split_lines(change.old or b""), split_lines(now)
    shift = 0
    mine = [hunk for hunk in review.hunks if hunk.path == change.path]
    for group, regions in _clusters(mine, changed_regions(base, lines)):
        if not regions:
            hunks += [replace(hunk, start=hunk.start + shift) for hunk in group]
            continue
        if group:
            shown = [review.hunk(hunk.id) for hunk in group]
            if (hunk := _conflicting(shown, regions, (base, lines), shift)) is not None:
                hunks.append(hunk)
                decided[hunk.id] = _again(review, group)
                merged += [each.id for each in group]
        shift += sum(_growth(region) for region in regions)
    if not hunks:
        return _Part()
    start = Change(change.path, now, now)
    return _Part(apply_hunks(start, hunks) or start, tuple(hunks), decided, tuple(merged))


def _growth(region: Region) -> int:
    return region.new_end - region.new_start - (region.old_end - region.old_start)


def _clusters(
    hunks: Sequence[Hunk], regions: Sequence[Region]
) -> list[tuple[list[Hunk], list[Region]]]:
    """Groups hunks and the user's changes that overlap or touch in the old file, in order."""
    spans: list[tuple[int, int, Hunk | Region]] = [
        *((hunk.start, hunk.start + len(hunk.old), hunk) for hunk in hunks),
        *((region.old_start, region.old_end, region) for region in regions),
    ]
    clusters: list[tuple[list[Hunk], list[Region]]] = []
    reach = -1
    for start, end, each in sorted(spans, key=lambda span: span[:2]):
        if start > reach:
            clusters.append(([], []))
        reach = max(reach, end)
        group, changed = clusters[-1]
        if isinstance(each, Hunk):
            group.append(each)
        else:
            changed.append(each)
    return clusters


def _conflicting(
    hunks: Sequence[Hunk],
    regions: Sequence[Region],
    sides: tuple[Sequence[bytes], Sequence[bytes]],
    shift: int,
) -> Hunk | None:
    """A hunk from the user's lines to the proposed ones; None if they are the same.

    `sides` are the lines of the old file and of the current one, `shift` leads from one to the
    other before the first region.
    """
    base, lines = sides
    start = min(hunks[0].start, regions[0].old_start)
    end = max(hunks[-1].start + len(hunks[-1].old), regions[-1].old_end)
    wanted: list[bytes] = []
    at = start
    for hunk in hunks:
        wanted += [*base[at : hunk.start], *hunk.new]
        at = hunk.start + len(hunk.old)
    wanted += base[at:end]
    first = start + shift
    current = list(lines[first : end + shift + sum(_growth(region) for region in regions)])
    while current and wanted and current[0] == wanted[0]:
        del current[0], wanted[0]
        first += 1
    while current and wanted and current[-1] == wanted[-1]:
        del current[-1], wanted[-1]
    if current == wanted:
        return None
    return replace(hunks[0], start=first, old=tuple(current), new=tuple(wanted), confidence=None)


def _whole(review: Review, change: Change, now: bytes | None, hunks: Sequence[Hunk]) -> _Part:
    """A change of a whole file, or of one that is gone: the user decides about it again."""
    applied = apply_hunks(change, hunks)
    proposed = change.old if applied is None else applied.new
    if proposed == now:
        return _Part()
    fresh = Change(change.path, now, proposed)
    found = hunks_of(fresh)
    decided = {hunk.id: _again(review, hunks) for hunk in found}
    return _Part(fresh, found, decided, tuple(hunk.id for hunk in hunks))


def _renamed(review: Review, change: Change, now: bytes, hunks: Sequence[Hunk]) -> _Part:
    """A rename keeps its decision, unless the user changed the lines that it changes."""
    applied = apply_hunks(change, hunks)
    edit = Change(change.path, change.old, change.old if applied is None else applied.new)
    part = _modified(Review.of("", (edit,)), edit, now)
    new = now if part.change is None else part.change.new
    fresh = replace(change, old=now, new=new)
    found = hunks_of(fresh)
    before = {review.decisions[hunk.id] for hunk in hunks}
    if part.decided or Decision.PARTLY in before:
        decided = {hunk.id: _again(review, hunks) for hunk in found}
    elif Decision.EDITED in before:  # the user's lines are part of the file now
        decided = {hunk.id: Decision.ACCEPTED for hunk in found}
    else:
        decided = {}
    return _Part(fresh, found, decided, tuple(hunk.id for hunk in hunks))


def carried_doubts(before: Review, after: Review, doubts: Sequence[Doubt]) -> tuple[Doubt, ...]:
    """The doubts of the hunks that both reviews have, at their lines in the second one."""
    moved: dict[tuple[str, int], int] = {}
    targets = _first_lines(after)
    for key, (hunk, first) in _first_lines(before).items():
        if key not in targets or targets[key][0].new != hunk.new:
            continue
        target = targets[key][1]
        moved |= {(hunk.path, first + at): target + at for at in range(len(hunk.new))}
    return tuple(
        replace(doubt, line=moved[doubt.path, doubt.line])
        for doubt in doubts
        if (doubt.path, doubt.line) in moved
    )


def _first_lines(review: Review) -> dict[str, tuple[Hunk, int]]:
    """Each hunk with its first line in the proposed file, 0-based."""
    shifts: dict[str, int] = {}
    found: dict[str, tuple[Hunk, int]] = {}
    for hunk in review.hunks:
        shift = shifts.get(hunk.path, 0)
        found[hunk.id] = (hunk, hunk.start + shift)
        shifts[hunk.path] = shift + len(hunk.new) - len(hunk.old)
    return found
