"""Decisions on hunks, and `Reviewed`, the only input that can be applied.

Undecided hunks are not written.
"""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, replace
from enum import Enum
from types import MappingProxyType

from assistant.errors import UsageError
from assistant.proposal.changes import Change, Hunk
from assistant.proposal.diff import apply_hunks, hunks_of


class Decision(Enum):
    UNDECIDED = "undecided"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EDITED = "edited"
    """Accepted with the user's lines instead of the proposed ones."""


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
        """Sets one hunk; EDITED needs `edit`. Raises UsageError for an unknown hunk.

        The user's lines stay when the hunk is rejected, and are what accepting it again accepts.
        UNDECIDED drops them.
        """
        if decision is Decision.EDITED:
            raise UsageError("An edited hunk needs its lines.", hint="Call edit().")
        self._require_known(hunk_id)
        edits = dict(self.edits)
        if decision is Decision.UNDECIDED:
            edits.pop(hunk_id, None)
        elif decision is Decision.ACCEPTED and hunk_id in edits:
            decision = Decision.EDITED
        return self._with({**self.decisions, hunk_id: decision}, edits)

    def edit(self, hunk_id: str, lines: tuple[bytes, ...]) -> "Review":
        """Accepts a hunk with the given new lines, each including its line ending.

        An empty tuple deletes the old lines. Raises UsageError for an unknown hunk.
        """
        self._require_known(hunk_id)
        return self._with(
            {**self.decisions, hunk_id: Decision.EDITED}, {**self.edits, hunk_id: lines}
        )

    def decide_all(self, decision: Decision, *, path: str = "") -> "Review":
        """Decides every undecided hunk, of one path or of all paths."""
        if decision is Decision.EDITED:
            raise UsageError("An edited hunk needs its lines.", hint="Call edit().")
        decisions = dict(self.decisions)
        for hunk in self.hunks:
            if decisions[hunk.id] is Decision.UNDECIDED and path in ("", hunk.path):
                decisions[hunk.id] = decision
        return self._with(decisions, self.edits)

    @property
    def complete(self) -> bool:
        """True when every hunk is decided."""
        return Decision.UNDECIDED not in self.decisions.values()

    @property
    def accepted(self) -> tuple[Hunk, ...]:
        """The accepted hunks; edited ones have the user's lines."""
        taken = (Decision.ACCEPTED, Decision.EDITED)
        return tuple(
            replace(hunk, new=self.edits.get(hunk.id, hunk.new))
            for hunk in self.hunks
            if self.decisions[hunk.id] in taken
        )

    def reviewed(self) -> Reviewed:
        """The accepted changes, ready to apply. Changes with no accepted hunk are left out."""
        accepted: dict[str, list[Hunk]] = {}
        for hunk in self.accepted:
            accepted.setdefault(hunk.path, []).append(hunk)
        changes = (apply_hunks(change, accepted.get(change.path, ())) for change in self.changes)
        kept = tuple(change for change in changes if change is not None)
        return Reviewed(kept, self.title, _KEY)

    def _require_known(self, hunk_id: str) -> None:
        if hunk_id not in self.decisions:
            raise UsageError(f"There is no hunk {hunk_id!r}.", hint="Choose one of those shown.")

    def _with(
        self, decisions: Mapping[str, Decision], edits: Mapping[str, tuple[bytes, ...]]
    ) -> "Review":
        return replace(
            self, decisions=MappingProxyType(dict(decisions)), edits=MappingProxyType(dict(edits))
        )
