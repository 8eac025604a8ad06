"""Defines the values that solving works with: target, draft, candidate, proposal, budget.

All are frozen. Evidence is in `checks.results`, because checks produce it; the intent of a task is
in `intent.values`.
"""

import time
from dataclasses import dataclass, field
from enum import Enum

from assistant.checks.results import Evidence, Verdict
from assistant.context.bundle import ContextFile
from assistant.engine.base import Cancel, Completion
from assistant.proposal.changes import Change, Doubt
from assistant.repo.units import Unit


class TargetKind(Enum):
    REWRITE = "rewrite"
    """Code that is there is written again."""
    STUB = "stub"
    """Code without bodies is written from the words of the task."""
    ADDITION = "addition"
    """Code is inserted after the unit, or at the end of the file."""
    MEMBER = "member"
    """A method or field is inserted into the unit, which is a type."""
    NEW_FILE = "new file"


@dataclass(frozen=True, slots=True)
class Target:
    """What a step changes: a unit, or a whole file when `unit` is None."""

    file: ContextFile
    unit: Unit | None = None
    reason: str = ""
    """Why this target, in a few words."""
    weight: float = 1.0
    """How much likelier the evidence makes it than the task's words alone."""
    kind: TargetKind = TargetKind.REWRITE
    certain: bool = False
    """The task says that it changes, whatever else does."""

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def label(self) -> str:
        """`path::unit`, or the path where the file as a whole is meant."""
        named = self.unit is not None and self.kind is not TargetKind.ADDITION
        return self.unit.label if self.unit and named else self.path

    @property
    def adds(self) -> bool:
        """Code is inserted, and what is there stays."""
        return self.kind in (TargetKind.ADDITION, TargetKind.MEMBER)

    @property
    def from_words(self) -> bool:
        """The code is written from words alone: nothing that is there says what it should do."""
        return self.kind in (TargetKind.STUB, TargetKind.NEW_FILE)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a source made of a target, before it is spliced into the file."""

    target: Target
    text: str
    """The target's code, without fences."""
    written: tuple[Completion, ...] = ()
    """What the model wrote for it; empty when no model did."""
    base: "Candidate | None" = None
    """The candidate whose file this changes; None for the file in the repository."""
    id: int = 0
    """The number under which its text was streamed; 0 when none was."""
    file: bytes | None = None
    """The base's file with the text in it, where the source has put it there."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the targets before this one of the same step came to; every candidate carries it."""

    changes: tuple[Change, ...] = ()
    written: tuple[tuple[str, Completion], ...] = ()
    """What the model wrote for them, each with its path."""
    targets: tuple[Target, ...] = ()

    def change(self, path: str) -> Change | None:
        return next((each for each in self.changes if each.path == path), None)

    def then(self, change: Change, draft: Draft) -> "Earlier":
        """With one more target."""
        others = tuple(each for each in self.changes if each.path != change.path)
        written = ((change.path, each) for each in draft.written)
        return Earlier((*others, change), (*self.written, *written), (*self.targets, draft.target))


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the model's tokens say about a candidate."""

    count: int = 0
    mean_logprob: float | None = 0.0
    """Natural logarithm; 0 when the model wrote none of it, None when the engine does not tell."""
    lines: tuple[tuple[str, int, float], ...] = ()
    """Confidence by line: path, 0-based line in the new file, probability 0 to 1."""
    doubts: tuple[Doubt, ...] = ()
    """Tokens to which the model gave a low probability."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer to a step as changes to files, with the evidence about it."""

    id: int
    """Unique within a proposal, in the order of drawing; says nothing else."""
    changes: tuple[Change, ...]
    source: str = ""
    """Name of the source that drew it."""
    target: Target | None = None
    """None when the plan names the change, as it does a deletion."""
    tokens: Tokens = Tokens()
    evidence: tuple[Evidence, ...] = ()
    votes: int = 1
    """Candidates with equal syntax trees that were drawn."""

    @property
    def verdict(self) -> Verdict:
        """What the evidence amounts to."""
        return Verdict.of(self.evidence)

    @property
    def passes(self) -> bool:
        """A check that failed before passes now, and no check fails; it may still be disputed."""
        proved = any(each.proves for each in self.evidence)
        return proved and self.verdict is not Verdict.FAILED

    @property
    def by_model(self) -> bool:
        return self.tokens.count > 0

    @property
    def from_words(self) -> bool:
        return self.target is not None and self.target.from_words

    def found(self, judge: str) -> Evidence | None:
        """The evidence of a judge, or None when it found nothing."""
        return next((each for each in self.evidence if each.judge == judge), None)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one draft, for `--explain`."""

    id: int
    source: str
    target: str
    fate: str
    """Why it was discarded; empty for a candidate."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Ranked candidates for one step: what the user reviews. Never empty, never a no-op."""

    title: str
    candidates: tuple[Candidate, ...]
    """Best first."""
    reason: str = ""
    """Why these targets, in a sentence."""
    attempts: tuple[Attempt, ...] = ()
    """All that was drawn, in order."""
    judges: tuple[str, ...] = ()
    """Names of the judges, in the order in which their ranks count."""
    fixing: bool = False
    """It answers a fix."""

    @property
    def stands(self) -> bool:
        """No check speaks against the best candidate; else all are attempts, not results."""
        return self.best.verdict is not Verdict.FAILED

    @property
    def best(self) -> Candidate:
        return self.candidates[0]


@dataclass(frozen=True, slots=True)
class Budget:
    """Wall time of a request, which the user can cut short."""

    seconds: float
    cancel: Cancel
    started: float = field(default_factory=time.monotonic)

    @property
    def spent(self) -> bool:
        return self.cancel.hurried or time.monotonic() - self.started > self.seconds
