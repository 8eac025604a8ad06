"""Opens one hunk of a review and pins all the others, so that only this one can change.

Coordinates: a hunk's `start` counts lines of the old file. The *base* is the old file with the
pinned hunks in it and the old lines in place of the open one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple

from assistant.errors import ProposalError, UsageError
from assistant.proposal.changes import Change, ChangeKind, Hunk
from assistant.proposal.diff import apply_hunks, hunks_of
from assistant.repo.files import split_lines
from assistant.review.decisions import Decision, Review

_TAKEN_BACK = "The candidate takes the hunk back and writes nothing in its place."


class _Span(NamedTuple):
    """Where a pinned hunk is: lines [start, end) of the base."""

    start: int
    end: int
    old_size: int
    """Lines that it replaces in the old file."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A file of a review in which one hunk is open and the others stay byte for byte."""

    change: Change
    """With all hunks, as proposed."""
    hunk: Hunk
    """The open one, with the user's lines if it was edited."""
    others: tuple[Hunk, ...]
    """As they would be written: a rejected one has its old lines, an edited one the user's."""

    @classmethod
    def of(cls, review: Review, hunk_id: str) -> "Pinned":
        """Opens a hunk. Raises UsageError where there is none to write again."""
        hunk = next((each for each in review.hunks if each.id == hunk_id), None)
        if hunk is None:
            raise UsageError(f"There is no hunk {hunk_id!r}.", hint="Choose one of those shown.")
        change = next(each for each in review.changes if each.path == hunk.path)
        if change.kind not in (ChangeKind.MODIFY, ChangeKind.CREATE):
            raise UsageError(
                f"A {change.kind.value} cannot be written again.", hint="Accept or reject it."
            )
        written = {each.id: each.new for each in review.decide_all(Decision.ACCEPTED).accepted}
        others = tuple(
            replace(each, new=written.get(each.id, each.old))
            for each in review.hunks
            if each.path == hunk.path and each.id != hunk_id
        )
        return cls(change, replace(hunk, new=review.edits.get(hunk_id, hunk.new)), others)

    @property
    def base(self) -> bytes:
        """The file with the pinned hunks, and with the old lines of the open one."""
        return self._applied(self.others)

    @property
    def proposed(self) -> bytes:
        """The file with the pinned hunks and the open one."""
        return self._applied((*self.others, self.hunk))

    def kept(self, new: bytes) -> bytes:
        """A rewritten file without what it changes of pinned hunks.

        Raises ProposalError when nothing else is left, or only the lines that were sent back.
        """
        base, lines = split_lines(self.base), split_lines(new)
        spans = tuple(self._spans())
        result: list[bytes] = []
        done, touched, shift = 0, False, 0
        for hunk in _difference(self.base, new):
            at = hunk.start + shift
            shift += len(hunk.new) - len(hunk.old)
            if any(_touch(hunk, span) for span in spans):
                touched = True
                continue
            result += [*base[done : hunk.start], *lines[at : at + len(hunk.new)]]
            done = hunk.start + len(hunk.old)
        merged = b"".join([*result, *base[done:]])
        if merged == self.base:
            raise ProposalError(
                "The candidate changes only lines of other hunks, which stay."
                if touched
                else _TAKEN_BACK
            )
        if merged == self.proposed:
            raise ProposalError("The candidate writes the same lines again.")
        found = _difference(self.base, merged)
        if any(_touch(hunk, span) for hunk in found for span in spans):
            raise ProposalError("The candidate changes lines of other hunks, which stay.")
        if not any(map(self._replaces, found)):
            raise ProposalError(_TAKEN_BACK)
        return merged

    def hunks(self, new: bytes, confidence: Sequence[tuple[str, int, float]] = ()) -> list[Hunk]:
        """The hunks in place of the open one, for a file that `kept` returned; in order.

        The one nearest to the open hunk has its id. `confidence` is as in `Review.of`, for `new`.
        """
        spans = tuple(self._spans())
        found = [
            replace(hunk, start=_in_old(hunk.start, spans))
            for hunk in _difference(self.base, new, self.change.path, confidence)
        ]
        nearest = min(found, key=lambda each: abs(each.start - self.hunk.start))
        numbers = iter(range(self._last_number() + 1, self._last_number() + 1 + len(found)))
        return [
            replace(
                each,
                id=self.hunk.id if each is nearest else f"{self.change.path}#{next(numbers)}",
            )
            for each in found
        ]

    def _replaces(self, hunk: Hunk) -> bool:
        """Whether a hunk of the base is where the open one was, or has lines of it elsewhere."""
        shifts = (
            len(each.new) - len(each.old) for each in self.others if each.start < self.hunk.start
        )
        start = self.hunk.start + sum(shifts)
        if hunk.start <= start + len(self.hunk.old) and start <= hunk.start + len(hunk.old):
            return True
        moved = {line.strip() for line in self.hunk.new} & {line.strip() for line in hunk.new}
        return bool(moved - {b""})

    def _last_number(self) -> int:
        ids = (each.id for each in (*self.others, self.hunk))
        return max(int(each.rpartition("#")[2]) for each in ids)

    def _applied(self, hunks: Sequence[Hunk]) -> bytes:
        change = apply_hunks(self.change, hunks)
        return (change.new if change is not None else self.change.old) or b""

    def _spans(self) -> Iterator[_Span]:
        shift = 0
        for hunk in sorted(self.others, key=lambda each: each.start):
            start = hunk.start + shift
            yield _Span(start, start + len(hunk.new), len(hunk.old))
            shift += len(hunk.new) - len(hunk.old)


def redrawn(
    review: Review,
    pinned: Pinned,
    new: bytes,
    confidence: Sequence[tuple[str, int, float]] = (),
) -> Review:
    """The review with other hunks in place of the open one, undecided; all decisions are kept.

    `new` is the file as `Pinned.kept` returned it. The review may have other decisions by now than
    when the hunk was opened.
    """
    path, gone = pinned.change.path, pinned.hunk.id
    fresh = pinned.hunks(new, confidence)
    mine = [each for each in review.hunks if each.path == path and each.id != gone]
    mine = sorted([*mine, *fresh], key=lambda each: (each.start, len(each.old)))
    change = apply_hunks(pinned.change, mine) or pinned.change
    first = next(at for at, each in enumerate(review.hunks) if each.path == path)
    others = [each for each in review.hunks if each.path != path]
    hunks = (*others[:first], *mine, *others[first:])
    undecided = {each.id for each in fresh}
    decisions = {
        each.id: Decision.UNDECIDED if each.id in undecided else review.decisions[each.id]
        for each in hunks
    }
    edits = {key: value for key, value in review.edits.items() if key != gone}
    return replace(
        review,
        changes=tuple(change if each.path == path else each for each in review.changes),
        hunks=hunks,
        decisions=MappingProxyType(decisions),
        edits=MappingProxyType(edits),
    )


def _difference(
    base: bytes,
    new: bytes,
    path: str = "",
    confidence: Sequence[tuple[str, int, float]] = (),
) -> tuple[Hunk, ...]:
    return hunks_of(Change(path, base, new), confidence)


def _touch(hunk: Hunk, span: _Span) -> bool:
    """Whether a hunk of the base changes pinned lines, or could not be told from a pinned hunk."""
    start, end = hunk.start, hunk.start + len(hunk.old)
    if span.start == span.end:  # pinned lines are gone, or yet to come: only their position is left
        return start <= span.start <= end
    if start == span.end and span.old_size == 0:
        return True  # both would start at one line of the old file
    if start == end:
        return span.start <= start < span.end
    return start < span.end and span.start < end


def _in_old(line: int, spans: Sequence[_Span]) -> int:
    """The line of the old file for a line of the base that no span holds."""
    return line - sum(span.end - span.start - span.old_size for span in spans if span.end <= line)
