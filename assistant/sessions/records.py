"""What a session consists of: one frozen value for each thing that happened.

A record is written when it happens and never changed. `state` folds records into what was on
screen. A later version may add kinds, and fields with a default.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from assistant.checks.results import Evidence, Failure
from assistant.context.bundle import Selected
from assistant.proposal.changes import Change, Hunk
from assistant.review.comments import Comment
from assistant.review.decisions import Decision, Review
from assistant.review.lines import LineDecisions
from assistant.solving.events import Step
from assistant.solving.values import Proposal

Verb: TypeAlias = Literal["applied", "undone", "redone", "saved", "committed"]


@dataclass(frozen=True, slots=True)
class TaskBegan:
    task: str
    """What the user typed, without the command; the task of the plan for one of its steps."""
    kind: str
    """plan, edit, fix or ask."""
    step: Step | None = None
    """The step of a plan that it carries out."""


@dataclass(frozen=True, slots=True)
class TaskEnded:
    problem: str = ""
    """The message of the error that ended it; empty for a result."""


@dataclass(frozen=True, slots=True)
class Answered:
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan as it is from here on."""

    task: str
    """Empty if the user wrote all steps."""
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class LaidOut:
    """A review that is not what its candidate's changes give: a hunk was redrawn in it."""

    changes: tuple[Change, ...]
    hunks: tuple[Hunk, ...]

    @classmethod
    def of(cls, review: Review) -> "LaidOut":
        return cls(review.changes, review.hunks)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal is under review, in place of one that was."""

    proposal: Proposal
    selected: frozenset[str] = frozenset()
    """The paths that were selected for its task."""
    laid_out: tuple[LaidOut, ...] = ()
    """For each candidate its review; empty where these follow from the candidates."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The decisions on one candidate as they are from here on; it is the one on screen."""

    candidate: int
    """Index in the proposal."""
    decisions: tuple[tuple[str, Decision], ...]
    """Hunk id and decision, of every hunk."""
    edits: tuple[tuple[str, tuple[bytes, ...]], ...] = ()
    """Hunk id and the user's lines, with their line ends."""
    lines: tuple[tuple[str, LineDecisions], ...] = ()
    """Hunk id and the decisions on lines, of hunks that are decided in part."""

    @classmethod
    def of(cls, candidate: int, review: Review) -> "Decided":
        """Hunks in conflict count as undecided: the recorded proposal has other lines there."""
        known = {key: each for key, each in review.decisions.items() if key not in review.conflicts}
        parts = (key for key, each in known.items() if each is Decision.PARTLY)
        return cls(
            candidate,
            tuple(known.items()),
            tuple((key, lines) for key, lines in review.edits.items() if key in known),
            tuple((key, review.lines[key]) for key in parts if key in review.lines),
        )


@dataclass(frozen=True, slots=True)
class ReviewClosed:
    """The review ended without a write."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A check ran on the files before any change."""

    check: Evidence


@dataclass(frozen=True, slots=True)
class Failing:
    """What the check before any change, or pasted output, reported."""

    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Wrote:
    """The writer changed the working tree, or committed."""

    verb: Verb
    title: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """What is selected from here on."""

    items: tuple[Selected, ...]


@dataclass(frozen=True, slots=True)
class Commented:
    """The comments that no prompt has had yet, as they are from here on."""

    comments: tuple[Comment, ...]


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry of the log, other than an answer."""

    kind: str
    """you, note, good, bad or hint."""
    text: str


Record: TypeAlias = (
    TaskBegan
    | TaskEnded
    | Answered
    | Planned
    | Proposed
    | Decided
    | ReviewClosed
    | Checked
    | Failing
    | Wrote
    | Selection
    | Commented
    | Logged
)

KINDS: dict[str, type[Record]] = {
    "task": TaskBegan,
    "ended": TaskEnded,
    "answer": Answered,
    "plan": Planned,
    "proposal": Proposed,
    "decisions": Decided,
    "closed": ReviewClosed,
    "check": Checked,
    "failures": Failing,
    "write": Wrote,
    "selection": Selection,
    "comments": Commented,
    "log": Logged,
}
"""Kinds by their name in a session's file. A name never gets another meaning."""

NAMES: dict[type[Record], str] = {kind: name for name, kind in KINDS.items()}
