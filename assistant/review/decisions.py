"""Decisions on hunks and on their lines, and `Reviewed`, the only input that can be applied.

Undecided hunks and lines are not written.
"""

from collections.abc import Collection, Mapping
from dataclasses import InitVar, dataclass, field, replace
from enum import Enum
from types import MappingProxyType

from assistant.errors import UsageError
from assistant.proposal.changes import Change, Hunk
from assistant.proposal.diff import apply_hunks, hunks_of
from assistant.review.lines import LineDecisions, lines_in, picked


class Decision(Enum):
    UNDECIDED = "undecided"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EDITED = "edited"
    """Accepted with the user's lines instead of the proposed ones."""
    PARTLY = "partly"
    """Decided line by line: some lines are decided otherwise than others, or still open."""


_OPEN = LineDecisions()


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Changes that passed review. Only `Review.reviewed` creates one."""

    changes: tuple[Change, ...]
    title: str
    key: InitVar[object] = None

    def __post_init__(self, key: object) -> None:
        if key is not _KEY:
            raise TypeError("Only Review.reviewed() creates a Reviewed.")


_KEY = object()


@dataclass(frozen=True, slots=True)
class Review:
    """The state of one review. Immutable: every decision returns a new Review."""

    title: str
    changes: tuple[Change, ...]
    hunks: tuple[Hunk, ...]
    """The hunks of all changes, in order. A create, delete or rename has one hunk."""
    decisions: Mapping[str, Decision]
    edits: Mapping[str, tuple[bytes, ...]]
    lines: Mapping[str, LineDecisions] = field(default_factory=lambda: MappingProxyType({}))
    """Decisions on lines of the hunks that are decided in part; other entries have no meaning."""
    conflicts: frozenset[str] = frozenset()
    """Hunks whose place the user has changed on disk since; they replace the user's lines."""

    @classmethod
    def of(
        cls,
        title: str,
        changes: tuple[Change, ...],
        confidence: tuple[tuple[str, int, float], ...] = (),
    ) -> "Review":
        """Starts a review with no decisions.

        `confidence` has the path, line in the new file, and confidence from 0 to 1.
        """
        hunks = tuple(hunk for change in changes for hunk in hunks_of(change, confidence))
        decisions = MappingProxyType({hunk.id: Decision.UNDECIDED for hunk in hunks})
        return cls(title, changes, hunks, decisions, MappingProxyType({}))

    def decide(self, hunk_id: str, decision: Decision) -> "Review":
        """Sets one hunk. Raises UsageError for an unknown hunk, and for EDITED and PARTLY.

        Of a hunk that is decided in part, only the open lines are accepted or rejected, as long as
        there are any. The user's lines stay when the hunk is rejected, and are what accepting it
        again accepts. UNDECIDED drops them.
        """
        _require_plain(decision)
        hunk = self.hunk(hunk_id)
        if decision is Decision.UNDECIDED:
            edits = {key: lines for key, lines in self.edits.items() if key != hunk_id}
            return self._with({**self.decisions, hunk_id: decision}, edits)
        open_lines = self.line_decisions(hunk).open_in(hunk)
        if self.decisions[hunk_id] is Decision.PARTLY and open_lines:
            return self.decide_lines(hunk_id, open_lines, decision)
        return self._with({**self.decisions, hunk_id: self._whole(hunk_id, decision)}, self.edits)

    def decide_lines(self, hunk_id: str, lines: Collection[int], decision: Decision) -> "Review":
        """Accepts, rejects or reopens exactly these lines of a hunk; the others stay as they are.

        Lines are numbered as in `review.lines`, those of an edited hunk after the edit. Raises
        UsageError for an unknown hunk or line, and for EDITED and PARTLY.
        """
        _require_plain(decision)
        hunk = self.hunk(hunk_id)
        if not lines_in(hunk).issuperset(lines):
            raise UsageError(
                f"The hunk {hunk_id!r} does not have these lines.",
                hint="Choose some of those shown.",
            )
        if not lines:
            return self
        before = self.line_decisions(hunk)
        after = {
            Decision.ACCEPTED: before.accept,
            Decision.REJECTED: before.reject,
            Decision.UNDECIDED: before.reopen,
        }[decision](lines)
        whole = _whole_of(hunk, after)
        if whole is None:
            decisions = {**self.decisions, hunk_id: Decision.PARTLY}
            return self._with(decisions, self.edits, {**self.lines, hunk_id: after})
        return self._with({**self.decisions, hunk_id: self._whole(hunk_id, whole)}, self.edits)

    def edit(self, hunk_id: str, lines: tuple[bytes, ...]) -> "Review":
        """Accepts a hunk with the given new lines, each including its line ending.

        An empty tuple deletes the old lines. Raises UsageError for an unknown hunk.
        """
        self.hunk(hunk_id)
        return self._with(
            {**self.decisions, hunk_id: Decision.EDITED}, {**self.edits, hunk_id: lines}
        )

    def decide_all(self, decision: Decision, *, path: str = "") -> "Review":
        """Decides every open hunk and line, of one path or of all paths.

        Does not accept hunks in conflict: each replaces lines that only the user knows.
        """
        _require_plain(decision)
        decisions, lines = dict(self.decisions), dict(self.lines)
        for hunk in self.hunks:
            if path not in ("", hunk.path) or not self.is_open(hunk.id):
                continue
            if decision is Decision.ACCEPTED and hunk.id in self.conflicts:
                continue
            if decisions[hunk.id] is Decision.UNDECIDED:
                decisions[hunk.id] = self._whole(hunk.id, decision)
            elif decision is not Decision.UNDECIDED:
                decided = self.decide(hunk.id, decision)
                decisions[hunk.id] = decided.decisions[hunk.id]
                lines[hunk.id] = decided.lines.get(hunk.id, _OPEN)
        return self._with(decisions, self.edits, lines)

    @property
    def complete(self) -> bool:
        """True when every hunk and line is decided."""
        return not any(self.is_open(hunk.id) for hunk in self.hunks)

    @property
    def accepted(self) -> tuple[Hunk, ...]:
        """The hunks that are accepted, in part or edited, with the lines that are written."""
        return tuple(
            replace(hunk, new=self.written(hunk))
            for hunk in self.hunks
            if self.is_accepted(hunk.id)
        )

    def hunk(self, hunk_id: str) -> Hunk:
        """A hunk as shown, with the user's lines if it was edited. Raises UsageError."""
        for hunk in self.hunks:
            if hunk.id == hunk_id:
                return replace(hunk, new=self.edits.get(hunk_id, hunk.new))
        raise UsageError(f"There is no hunk {hunk_id!r}.", hint="Choose one of those shown.")

    def editable(self, hunk_id: str) -> Hunk:
        """A hunk to edit: as shown, but without what is rejected of it. Raises UsageError."""
        hunk = self.hunk(hunk_id)
        if self.decisions[hunk_id] is not Decision.PARTLY:
            return hunk
        wanted = lines_in(hunk) - self.line_decisions(hunk).rejected
        return replace(hunk, new=picked(hunk, wanted))

    def is_open(self, hunk_id: str) -> bool:
        """True if the hunk or one of its lines is still to be decided."""
        decision = self.decisions[hunk_id]
        if decision is not Decision.PARTLY:
            return decision is Decision.UNDECIDED
        hunk = self.hunk(hunk_id)
        return bool(self.line_decisions(hunk).open_in(hunk))

    def is_accepted(self, hunk_id: str) -> bool:
        """True if the hunk or one of its lines is written."""
        decision = self.decisions[hunk_id]
        if decision is Decision.PARTLY:
            return bool(self.lines.get(hunk_id, _OPEN).accepted)
        return decision in (Decision.ACCEPTED, Decision.EDITED)

    def line_decisions(self, hunk: Hunk) -> LineDecisions:
        """The decisions on the lines of a hunk, which must be as shown."""
        match self.decisions[hunk.id]:
            case Decision.ACCEPTED | Decision.EDITED:
                return LineDecisions.all_accepted(hunk)
            case Decision.REJECTED:
                return LineDecisions.all_rejected(hunk)
            case Decision.PARTLY:
                return self.lines.get(hunk.id, _OPEN)
            case Decision.UNDECIDED:
                return _OPEN

    def line_decision(self, hunk_id: str, line: int) -> Decision:
        """The decision on one line of a hunk: accepted, rejected or undecided."""
        decision = self.decisions[hunk_id]
        if decision is Decision.EDITED:
            return Decision.ACCEPTED
        if decision is not Decision.PARTLY:
            return decision
        lines = self.lines.get(hunk_id, _OPEN)
        if line in lines.accepted:
            return Decision.ACCEPTED
        return Decision.REJECTED if line in lines.rejected else Decision.UNDECIDED

    def written(self, hunk: Hunk) -> tuple[bytes, ...]:
        """The lines in place of the hunk's old ones as it is decided now."""
        shown = replace(hunk, new=self.edits.get(hunk.id, hunk.new))
        match self.decisions[hunk.id]:
            case Decision.ACCEPTED | Decision.EDITED:
                return shown.new
            case Decision.PARTLY:
                return picked(shown, self.line_decisions(shown).accepted)
            case Decision.REJECTED | Decision.UNDECIDED:
                return hunk.old

    def reviewed(self) -> Reviewed:
        """The accepted changes, ready to apply. Changes with no accepted hunk are left out."""
        accepted: dict[str, list[Hunk]] = {}
        for hunk in self.accepted:
            accepted.setdefault(hunk.path, []).append(hunk)
        changes = (apply_hunks(change, accepted.get(change.path, ())) for change in self.changes)
        kept = tuple(change for change in changes if change is not None)
        return Reviewed(kept, self.title, _KEY)

    def _whole(self, hunk_id: str, decision: Decision) -> Decision:
        edited = decision is Decision.ACCEPTED and hunk_id in self.edits
        return Decision.EDITED if edited else decision

    def _with(
        self,
        decisions: Mapping[str, Decision],
        edits: Mapping[str, tuple[bytes, ...]],
        lines: Mapping[str, LineDecisions] | None = None,
    ) -> "Review":
        return replace(
            self,
            decisions=MappingProxyType(dict(decisions)),
            edits=MappingProxyType(dict(edits)),
            lines=self.lines if lines is None else MappingProxyType(dict(lines)),
        )


def _require_plain(decision: Decision) -> None:
    if decision is Decision.EDITED:
        raise UsageError("An edited hunk needs its lines.", hint="Call edit().")
    if decision is Decision.PARTLY:
        raise UsageError("A part of a hunk needs its lines.", hint="Call decide_lines().")


def _whole_of(hunk: Hunk, lines: LineDecisions) -> Decision | None:
    """The decision that all lines of a hunk have in common, or None."""
    everything = lines_in(hunk)
    if not lines.accepted and not lines.rejected:
        return Decision.UNDECIDED
    if lines.accepted == everything:
        return Decision.ACCEPTED
    return Decision.REJECTED if lines.rejected == everything else None
