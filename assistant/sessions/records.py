"""What a session consists of: one frozen value for each thing that happened.

A record is written when it happens and never changed. `state` folds records into what was on
screen. A later version may add kinds, and fields with a default.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from assistant.checks.results import Evidence, Failure
from assistant.context.bundle import Selected
from assistant.review.decisions import Decision, Review
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
class Proposed:
    """A proposal is under review, in place of one that was."""

    proposal: Proposal
    selected: frozenset[str] = frozenset()
    """The paths that were selected for its task."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The decisions on one candidate as they are from here on; it is the one on screen."""

    candidate: int
    """Index in the proposal."""
    decisions: tuple[tuple[str, Decision], ...]
    """Hunk id and decision, of every hunk."""
    edits: tuple[tuple[str, tuple[bytes, ...]], ...] = ()
    """Hunk id and the user's lines, with their line ends."""

    @classmethod
    def of(cls, candidate: int, review: Review) -> "Decided":
        return cls(candidate, tuple(review.decisions.items()), tuple(review.edits.items()))


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
    "log": Logged,
}
"""Kinds by their name in a session's file. A name never gets another meaning."""

NAMES: dict[type[Record], str] = {kind: name for name, kind in KINDS.items()}
